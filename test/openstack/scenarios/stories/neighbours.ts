import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import type { Story } from './story.ts'

const ODD_NAMES = [
  '',
  '--force',
  `it's "quoted" \`id\` $(id) ; rm -rf /`,
  'ünï 路由器 🛜 \u202eright to left',
  '../../etc/passwd\ttab\nline',
  '\u001b[2J\u001b[31mred',
  'x'.repeat(255),
]

export const neighbours: readonly Story[] = [
  {
    title: 'names as nobody would choose them, for router, network and subnet',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.80.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      for (const name of ODD_NAMES) {
        await site.update('router', router.id, { name })
        await site.update('network', network.id, { name })
        await site.update('subnet', network.subnetId, { name })
        await site.update('port', machine.portId, { name })
        await until(
          () => site.cloud.orchestrator.resource(router.id),
          (one) => one?.name === name,
          30_000,
        ).catch((error: unknown) => {
          throw new Error(`the name ${JSON.stringify(name)} is not seen: ${String(error)}`)
        })
        await site.real(router.id)
      }
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'a network administratively down and up again, a port without port security: the router stays as it is',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.83.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      const before = await site.cloud.appliance(router.id)
      await site.update('port', machine.portId, { security_groups: [], port_security_enabled: false })
      await site.update('network', network.id, { admin_state_up: false })
      await site.real(router.id)
      await site.update('network', network.id, { admin_state_up: true })
      await site.real(router.id)
      await site.reachesOutside(machine)
      expect((await site.cloud.appliance(router.id)).serverId).toBe(before.serverId)
    },
  },
  {
    title: 'everything of a tenant deleted at once, while it boots and while it works',
    async play(site) {
      const standing = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.84.0.0/24' })
      await site.plug(standing.id, { subnet_id: network.subnetId })
      await site.real(standing.id)
      const others = await Promise.all([0, 1].map(() => site.gatewayRouter()))
      for (const [index, router] of others.entries()) {
        const one = await site.network({ cidr: `10.84.${index + 1}.0/24` })
        await site.plug(router.id, { subnet_id: one.subnetId })
      }
      // What `clear` does after every story is the story here.
    },
  },
]
