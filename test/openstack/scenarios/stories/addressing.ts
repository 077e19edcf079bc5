import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import type { Machine } from '../support/cloud.ts'
import type { Site } from '../support/site.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

/** Waits until a machine's NIC has an address, however it came by it. */
async function gets(machine: Machine, address: string): Promise<void> {
  await until(
    async () => (await machine.space.run('ip', '-6', '-o', 'address', 'show', 'dev', 'eth0', 'scope', 'global')).stdout,
    (text) => text.includes(`${address}/`) && !text.includes('tentative'),
    40_000,
  )
}

/** An IPv6 subnet with the same mode for both: `slaac`, `dhcpv6-stateless` or `dhcpv6-stateful`. */
async function subnet6(site: Site, networkId: string, cidr: string, mode: string): Promise<string> {
  const { subnet } = await site.cloud.tenant('POST', 'v2.0/subnets', {
    subnet: {
      network_id: networkId,
      ip_version: 6,
      cidr,
      gateway_ip: cidr.replace('/64', '1'),
      ipv6_ra_mode: mode,
      ipv6_address_mode: mode,
      dns_nameservers: ['2001:4860:4860::8888'],
    },
  })
  return subnet.id
}

const v6 = (machine: Machine): string => machine.addresses.find((address) => address.includes(':')) ?? ''

export const addressing: readonly Story[] = [
  {
    title:
      'dual stack by SLAAC, stateless and stateful DHCPv6: machines have the addresses that Neutron says, and meet',
    async play(site) {
      const router = await site.gatewayRouter()
      const machines: Machine[] = []
      const modes = ['slaac', 'dhcpv6-stateless', 'dhcpv6-stateful']
      for (const [index, mode] of modes.entries()) {
        const network = await site.network({ cidr: `10.60.${index}.0/24` })
        const id = await subnet6(site, network.id, `2001:db8:60:${index}::/64`, mode)
        await site.plug(router.id, { subnet_id: network.subnetId })
        await site.plug(router.id, { subnet_id: id })
        machines.push(await site.machine(network.id))
      }
      await site.real(router.id)
      const [slaac, stateless, stateful] = machines
      if (!slaac || !stateless || !stateful) throw new Error('three machines were made')
      await gets(slaac, v6(slaac))
      await gets(stateless, v6(stateless))
      const said = async (machine: Machine): Promise<string> =>
        (await machine.space.run('rdisc6', '-1', '-r', '5', 'eth0')).stdout
      expect(await said(slaac)).toMatch(/Stateful address conf\.\s*:\s*No[\s\S]*Autonomous address conf\.:\s+Yes/)
      expect(await said(stateless)).toMatch(
        /Stateful address conf\.\s*:\s*No\s+Stateful other conf\.\s*:\s*Yes[\s\S]*Autonomous address conf\.:\s+Yes/,
      )
      expect(await said(stateful)).toMatch(/Stateful address conf\.\s*:\s*Yes[\s\S]*Autonomous address conf\.:\s+No/)
      await stateful.space.run('dhclient', '-6', '-1', '-lf', '/dev/null', '-pf', '/dev/null', 'eth0')
      await gets(stateful, v6(stateful))
      await site.pings(slaac, v6(stateless))
      await site.pings(stateless, v6(stateful))
      await site.reachesOutside(stateful)
    },
  },
  {
    title: 'a network of IPv6 alone: its router leads to another one',
    async play(site) {
      const router = await site.router()
      const { tenant } = site.cloud
      const machines: Machine[] = []
      for (const index of [0, 1]) {
        const network = await site.emptyNetwork()
        const id = await subnet6(site, network, `2001:db8:61:${index}::/64`, 'slaac')
        await site.plug(router.id, { subnet_id: id })
        machines.push(await site.machine(network, { lease: false }))
      }
      await site.real(router.id)
      const [one, two] = machines
      if (!one || !two) throw new Error('two machines were made')
      await gets(one, v6(one))
      await gets(two, v6(two))
      await site.pings(one, v6(two))
      expect((await tenant('GET', `v2.0/routers/${router.id}`)).router.status).toBe('ACTIVE')
    },
  },
  {
    title: 'a subnet without a gateway: its lease names no router, and the router on it by port is reached',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.62.0.0/24', gateway: null })
      const { port } = await site.cloud.tenant('POST', 'v2.0/ports', {
        port: { network_id: network.id, fixed_ips: [{ subnet_id: network.subnetId, ip_address: '10.62.0.99' }] },
      })
      await site.plug(router.id, { port_id: port.id })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      await site.pings(machine, '10.62.0.99')
      expect((await machine.lease())?.router).toBeUndefined()
      // Afterwards it has one.
      await site.update('subnet', network.subnetId, {
        gateway_ip: '10.62.0.99',
        allocation_pools: [{ start: '10.62.0.10', end: '10.62.0.80' }],
      })
      await site.real(router.id)
      const other = await until(
        async () => {
          const one = await site.machine(network.id)
          if ((await one.lease())?.router === '10.62.0.99') return one
          await one.remove()
          return null
        },
        (one) => one !== null,
        40_000,
      )
      if (other) await site.reachesOutside(other)
    },
  },
  {
    title: 'a machine’s port gets another address, then a second one: DHCP follows',
    async play(site) {
      const { router, network, machine } = await standing(site, '10.63.0.0/24')
      const subnet_id = network.subnetId
      await site.update('port', machine.portId, { fixed_ips: [{ subnet_id, ip_address: '10.63.0.200' }] })
      await site.real(router.id)
      await site.update('port', machine.portId, {
        fixed_ips: [
          { subnet_id, ip_address: '10.63.0.200' },
          { subnet_id, ip_address: '10.63.0.201' },
        ],
      })
      await site.real(router.id)
    },
  },
  {
    title: 'a router’s own port keeps its address; unplugged and plugged in by another port, it has another one',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.64.0.0/24' })
      const at = (address: string) => [{ subnet_id: network.subnetId, ip_address: address }]
      const portAt = async (address: string): Promise<string> => {
        const { port } = await site.cloud.tenant('POST', 'v2.0/ports', {
          port: { network_id: network.id, fixed_ips: at(address) },
        })
        return port.id
      }
      const first = await portAt('10.64.0.50')
      await site.plug(router.id, { port_id: first })
      await site.real(router.id)
      const machine = await site.machine(network.id)
      await site.pings(machine, '10.64.0.50')
      await expect(site.update('port', first, { fixed_ips: at('10.64.0.51') })).rejects.toThrow(/400 .*are not allowed/)
      await site.unplug(router.id, { port_id: first })
      await site.plug(router.id, { port_id: await portAt('10.64.0.51') })
      await site.real(router.id)
      await site.pings(machine, '10.64.0.51')
      await site.pings(machine, '10.64.0.50', false)
    },
  },
  {
    title: 'ten networks on one router, each with a machine that reaches the outside and the last one',
    async play(site) {
      const router = await site.gatewayRouter()
      const machines: Machine[] = []
      for (let index = 0; index < 10; index += 1) {
        const network = await site.network({ cidr: `10.65.${index}.0/24` })
        await site.plug(router.id, { subnet_id: network.subnetId })
        if (index % 3 === 0) machines.push(await site.machine(network.id, { lease: false }))
      }
      await site.real(router.id, 240_000)
      for (const machine of machines) await site.lease(machine)
      const last = machines.at(-1)?.addresses[0] ?? ''
      for (const machine of machines) {
        await site.reachesOutside(machine)
        await site.pings(machine, last)
      }
    },
  },
  {
    title: 'a subnet’s pool and name servers change, a host route of its own appears',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.66.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      await site.real(router.id)
      await site.update('subnet', network.subnetId, {
        allocation_pools: [{ start: '10.66.0.240', end: '10.66.0.250' }],
        dns_nameservers: ['1.1.1.1'],
        host_routes: [{ destination: '10.97.0.0/16', nexthop: '10.66.0.9' }],
      })
      await site.real(router.id)
      const machine = await until(
        async () => {
          const one = await site.machine(network.id)
          if ((await one.lease())?.dns === '1.1.1.1') return one
          await one.remove()
          return null
        },
        (one) => one !== null,
        40_000,
      )
      expect(machine?.addresses[0]).toMatch(/^10\.66\.0\.24/)
      expect((await machine?.lease())?.staticroutes).toContain('10.97.0.0/16 10.66.0.9')
    },
  },
]
