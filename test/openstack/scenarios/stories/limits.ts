import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import { RestError } from '../support/rest-error.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

export const limits: readonly Story[] = [
  {
    title: 'a tenant at its quota is refused, and what it has goes on working',
    async play(site) {
      const { admin, projectId } = site.cloud
      const { router, machine } = await standing(site, '10.50.0.0/24')
      await admin('PUT', `v2.0/quotas/${projectId}`, { quota: { router: 1, floatingip: 0 } })
      try {
        await expect(site.gatewayRouter()).rejects.toSatisfy(
          (error: unknown) => error instanceof RestError && error.status === 409 && error.text.includes('OverQuota'),
        )
        await expect(site.floatingIp(machine.portId)).rejects.toThrow(/409/)
        await site.real(router.id)
        await site.reachesOutside(machine)
      } finally {
        await admin('DELETE', `v2.0/quotas/${projectId}`)
      }
      const floating = await site.floatingIp(machine.portId)
      await site.real(router.id)
      await site.answersOutside(floating.floating_ip_address)
    },
  },
  {
    title: 'deleting in every wrong order is refused and harms nothing; in a right one everything goes',
    async play(site) {
      const { tenant } = site.cloud
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.51.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      const floating = await site.floatingIp(machine.portId)
      await site.real(router.id)
      const refused = (path: string) => expect(tenant('DELETE', `v2.0/${path}`)).rejects.toThrow(/ 409 /)
      await refused(`routers/${router.id}`)
      await refused(`subnets/${network.subnetId}`)
      await refused(`networks/${network.id}`)
      await expect(site.unplug(router.id, { subnet_id: network.subnetId })).rejects.toThrow(/ 409 /)
      await expect(site.update('router', router.id, { external_gateway_info: {} })).rejects.toThrow(/ 409 /)
      await site.real(router.id)
      await site.answersOutside(floating.floating_ip_address)
      await machine.remove()
      await tenant('DELETE', `v2.0/floatingips/${floating.id}`)
      await site.unplug(router.id, { subnet_id: network.subnetId })
      await tenant('DELETE', `v2.0/routers/${router.id}`)
      // Its instance has a port on the network until it is gone.
      await site.nothingLeft(router.id)
      await tenant('DELETE', `v2.0/networks/${network.id}`)
    },
  },
  {
    title: 'a router deleted while it boots, and one made and deleted at once, leave nothing',
    async play(site) {
      const { tenant } = site.cloud
      const booting = await site.gatewayRouter()
      await until(
        () => site.cloud.orchestrator.resource(booting.id),
        (resource) => resource?.instance_state === 'booting',
        120_000,
      )
      await tenant('DELETE', `v2.0/routers/${booting.id}`)
      const brief = await site.gatewayRouter()
      await tenant('DELETE', `v2.0/routers/${brief.id}`)
      await site.nothingLeft(booting.id)
      await site.nothingLeft(brief.id)
    },
  },
]
