import { expect } from 'vitest'
import { ECHO_SERVER } from '../../../dataplane/appliance/support/traffic.ts'
import { until } from '../../../support/program.ts'
import { OUTSIDE } from '../support/cloud.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

export const gateways: readonly Story[] = [
  {
    title: 'a gateway with a chosen address, and one that does not translate (enable_snat off, then on)',
    async play(site) {
      const { cloud } = site
      const router = await site.router()
      const network = await site.network({ cidr: '10.70.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const { subnets } = await cloud.admin('GET', `v2.0/subnets?network_id=${cloud.externalId}&ip_version=4`)
      const chosen: string = subnets[0].cidr.replace(/\d+\/\d+$/, '222')
      const gateway = (enable_snat: boolean) =>
        cloud.admin('PUT', `v2.0/routers/${router.id}`, {
          router: {
            external_gateway_info: {
              network_id: cloud.externalId,
              enable_snat,
              external_fixed_ips: [{ ip_address: chosen }],
            },
          },
        })
      await gateway(true)
      const machine = await site.machine(network.id)
      await site.real(router.id)
      await site.reachesOutside(machine)
      const port = 10_000 + Math.floor(Math.random() * 1000)
      await site.outside.serve(ECHO_SERVER, OUTSIDE, String(port))
      const peer = async (): Promise<string> =>
        JSON.parse((await machine.space.get(`http://${OUTSIDE}:${port}/`)) ?? '{}').peer
      expect(await peer()).toBe(chosen)
      await site.outside.run('ip', 'route', 'replace', '10.70.0.0/24', 'via', chosen)
      try {
        await gateway(false)
        await site.real(router.id)
        expect(await until(peer, (one) => one === machine.addresses[0], 20_000)).toBe(machine.addresses[0])
        await site.answersOutside(machine.addresses[0] ?? '')
        // A floating IP is translated all the same.
        const floating = await site.floatingIp(machine.portId)
        await site.real(router.id)
        await site.answersOutside(floating.floating_ip_address)
        expect(await until(peer, (one) => one === floating.floating_ip_address, 20_000)).toBe(
          floating.floating_ip_address,
        )
        await site.point(floating.id, null)
        await gateway(true)
        await site.real(router.id)
        expect(await until(peer, (one) => one === chosen, 20_000)).toBe(chosen)
      } finally {
        await site.outside.run('ip', 'route', 'del', '10.70.0.0/24')
      }
    },
  },
  {
    title: 'another external network with two subnets: gateway on both, then back to the first network',
    async play(site) {
      const { cloud } = site
      const external = await site.externalNetwork(['203.0.113.0/26', '203.0.113.64/26'])
      const { router, machine } = await standing(site, '10.71.0.0/24')
      const far = await site.machine(external.id, { lease: false })
      // Both subnets are on its link: the router's address that it answers may be in the other one.
      await far.space.run('ip', 'address', 'add', `${far.addresses[0]}/25`, 'dev', 'eth0')
      await cloud.admin('PUT', `v2.0/routers/${router.id}`, {
        router: {
          external_gateway_info: {
            network_id: external.id,
            external_fixed_ips: external.subnetIds.map((subnet_id) => ({ subnet_id })),
          },
        },
      })
      await site.real(router.id)
      await site.pings(machine, far.addresses[0] ?? '')
      await site.update('router', router.id, { external_gateway_info: { network_id: cloud.externalId } })
      await site.real(router.id)
      await site.reachesOutside(machine)
      await far.remove()
    },
  },
  {
    title: 'a gateway on an external network of IPv6 alone: machines are reached from outside by their own addresses',
    async play(site) {
      const external = await site.externalNetwork(['2001:db8:72::/64'])
      const router = await site.router({ external_gateway_info: { network_id: external.id } })
      const network = await site.network({ cidr: '10.72.0.0/24', cidr6: '2001:db8:72:1::/64' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      if (network.subnet6Id !== null) await site.plug(router.id, { subnet_id: network.subnet6Id })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      const far = await site.machine(external.id, { lease: false })
      const address = far.addresses[0] ?? ''
      const own = router.external_gateway_info.external_fixed_ips[0].ip_address
      await far.space.run('ip', 'address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad')
      await far.space.run('ip', '-6', 'route', 'add', '2001:db8:72:1::/64', 'via', own)
      await site.pings(machine, address)
      await site.pings(far, machine.addresses.find((one) => one.includes(':')) ?? '')
      await far.remove()
    },
  },
  {
    title: 'floating IPs on a second address of a machine, and on a virtual address that it may use (allowed pairs)',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.73.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      const subnet_id = network.subnetId
      const [first = ''] = machine.addresses
      await site.update('port', machine.portId, {
        fixed_ips: [
          { subnet_id, ip_address: first },
          { subnet_id, ip_address: '10.73.0.180' },
        ],
        allowed_address_pairs: [{ ip_address: '10.73.0.190' }],
      })
      await machine.space.run('ip', 'address', 'add', '10.73.0.180/32', 'dev', 'eth0')
      await machine.space.run('ip', 'address', 'add', '10.73.0.190/32', 'dev', 'eth0')
      const { port: virtual } = await site.cloud.tenant('POST', 'v2.0/ports', {
        port: { network_id: network.id, name: 'vip', fixed_ips: [{ subnet_id, ip_address: '10.73.0.190' }] },
      })
      const one = await site.floatingIp()
      await site.cloud.tenant('PUT', `v2.0/floatingips/${one.id}`, {
        floatingip: { port_id: machine.portId, fixed_ip_address: '10.73.0.180' },
      })
      const two = await site.floatingIp(virtual.id)
      await site.real(router.id)
      await site.answersOutside(one.floating_ip_address)
      await site.answersOutside(two.floating_ip_address)
      await site.point(two.id, null)
      await site.cloud.tenant('DELETE', `v2.0/ports/${virtual.id}`)
      await site.real(router.id)
    },
  },
]
