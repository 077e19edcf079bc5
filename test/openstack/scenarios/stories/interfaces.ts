import { expect } from 'vitest'
import type { Story } from './story.ts'

export const interfaces: readonly Story[] = [
  {
    title: 'interfaces come by subnet and by port and go by either, without a new instance',
    async play(site) {
      const router = await site.gatewayRouter()
      const [a, b] = [await site.network({ cidr: '10.20.0.0/24' }), await site.network({ cidr: '10.21.0.0/24' })]
      await site.plug(router.id, { subnet_id: a.subnetId })
      await site.real(router.id)
      const before = await site.cloud.appliance(router.id)
      const { port } = await site.cloud.tenant('POST', 'v2.0/ports', {
        port: { network_id: b.id, fixed_ips: [{ subnet_id: b.subnetId, ip_address: '10.21.0.77' }] },
      })
      await site.plug(router.id, { port_id: port.id })
      const [one, two] = [await site.machine(a.id), await site.machine(b.id)]
      await site.real(router.id)
      await site.pings(two, '10.21.0.77')
      await site.reachesOutside(one)
      await site.unplug(router.id, { port_id: port.id })
      await site.real(router.id)
      await site.pings(two, '10.21.0.77', false)
      await site.reachesOutside(one)
      await site.plug(router.id, { subnet_id: b.subnetId })
      await site.unplug(router.id, { subnet_id: a.subnetId })
      await site.real(router.id)
      await site.reachesOutside(two)
      expect((await site.cloud.appliance(router.id)).serverId).toBe(before.serverId)
    },
  },
  {
    title: 'several subnets on one network, IPv6 among them: one NIC with all addresses, leases from each',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.22.0.0/24', cidr6: '2001:db8:22::/64' })
      const second = await site.subnet(network.id, { cidr: '10.23.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      await site.plug(router.id, { subnet_id: second })
      if (network.subnet6Id !== null) await site.plug(router.id, { subnet_id: network.subnet6Id })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      await site.reachesOutside(machine)
      // Without being asked Neutron makes the network's own address the gateway of a SLAAC subnet.
      const { subnet } = await site.cloud.tenant('GET', `v2.0/subnets/${network.subnet6Id}`)
      await site.pings(machine, subnet.gateway_ip)
      // Neutron gave the machine an address of whichever it liked.
      const isOnFirst = machine.addresses.some((address) => address.startsWith('10.22.'))
      await site.unplug(router.id, { subnet_id: isOnFirst ? second : network.subnetId })
      await site.real(router.id)
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'a network plugged in and out five times in a row ends as Neutron says',
    async play(site) {
      const router = await site.gatewayRouter()
      const [a, b] = [await site.network({ cidr: '10.24.0.0/24' }), await site.network({ cidr: '10.25.0.0/24' })]
      await site.plug(router.id, { subnet_id: a.subnetId })
      const one = await site.machine(a.id)
      await site.real(router.id)
      for (let round = 0; round < 5; round += 1) {
        await site.plug(router.id, { subnet_id: b.subnetId })
        await site.unplug(router.id, { subnet_id: b.subnetId })
      }
      await site.real(router.id)
      await site.plug(router.id, { subnet_id: b.subnetId })
      await site.real(router.id)
      const two = await site.machine(b.id)
      await site.pings(one, two.addresses[0] ?? '')
    },
  },
]
