import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

export const dhcp: readonly Story[] = [
  {
    title: 'a new machine on a network whose router stands gets its lease without visible delay (5 s)',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.40.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      await site.real(router.id)
      for (let round = 0; round < 3; round += 1) {
        const machine = await site.machine(network.id, { lease: false })
        await site.lease(machine, 5_000)
      }
      await site.real(router.id)
    },
  },
  {
    title: 'a lease carries gateway, name servers, MTU and host routes, and changes with them',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({
        cidr: '10.41.0.0/24',
        dns: ['9.9.9.9', '8.8.4.4'],
        hostRoutes: [{ destination: '10.98.0.0/16', nexthop: '10.41.0.250' }],
        mtu: 1400,
      })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      expect(await machine.lease()).toMatchObject({
        mask: '24',
        mtu: '1400',
        dns: '9.9.9.9 8.8.4.4',
        staticroutes: '10.98.0.0/16 10.41.0.250 0.0.0.0/0 10.41.0.1',
      })
      await site.update('subnet', network.subnetId, { dns_nameservers: ['9.9.9.10'], host_routes: [] })
      await site.update('network', network.id, { mtu: 1300 })
      await site.real(router.id)
      const next = await until(
        async () => {
          const other = await site.machine(network.id)
          const lease = await other.lease()
          await other.remove()
          return lease
        },
        (lease) => lease?.dns === '9.9.9.10',
        30_000,
      )
      expect(next).toMatchObject({ mtu: '1300', router: '10.41.0.1' })
      expect(next?.staticroutes).toBeUndefined()
    },
  },
  {
    title: 'DHCP switched off, nobody gets a lease; switched on, everybody does',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.42.0.0/24', dhcp: false })
      await site.plug(router.id, { subnet_id: network.subnetId })
      await site.real(router.id)
      await site.update('subnet', network.subnetId, { enable_dhcp: true })
      await site.real(router.id)
      const machine = await site.machine(network.id)
      await site.reachesOutside(machine)
      await site.update('subnet', network.subnetId, { enable_dhcp: false })
      await site.real(router.id)
      const appliance = await site.cloud.appliance(router.id)
      await until(
        async () => (await appliance.space.run('ss', '-Hlun', 'sport', '=', ':67')).stdout.trim(),
        (text) => text === '',
        20_000,
      )
    },
  },
  {
    title: 'names: a machine without name servers of its own asks the router, which answers',
    async play(site) {
      const { machine } = await standing(site, '10.43.0.0/24')
      expect((await machine.lease())?.dns ?? '').toContain('10.43.0.1')
      const address = machine.addresses[0] ?? ''
      const name = address.replaceAll('.', '-')
      const { stdout } = await machine.space.run('busybox', 'nslookup', name, '10.43.0.1')
      expect(stdout).toContain(address)
    },
  },
]
