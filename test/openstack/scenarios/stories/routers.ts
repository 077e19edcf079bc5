import { expect } from 'vitest'
import { ECHO_SERVER } from '../../../dataplane/appliance/support/traffic.ts'
import { until } from '../../../support/program.ts'
import { OUTSIDE } from '../support/cloud.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

export const routers: readonly Story[] = [
  {
    title:
      'a router with a gateway: a tenant’s machine gets its lease and reaches the outside from the gateway’s address',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.1.0.0/24', dns: ['9.9.9.9'] })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      await site.pings(machine, '10.1.0.1')
      await site.reachesOutside(machine)
      const port = 8000 + Math.floor(Math.random() * 1000)
      await site.outside.serve(ECHO_SERVER, OUTSIDE, String(port))
      const peer = JSON.parse((await machine.space.get(`http://${OUTSIDE}:${port}/`)) ?? '{}').peer
      const own = router.external_gateway_info.external_fixed_ips.map((one: { ip_address: string }) => one.ip_address)
      expect(own).toContain(peer)
    },
  },
  {
    title:
      'as a person types it, with the openstack client: network, subnet, router, gateway, interface, and all deleted again',
    async play(site) {
      const { cloud } = site
      const type = (...words: readonly string[]) => cloud.openstack(...words)
      const id = ['-f', 'value', '-c', 'id']
      const network = await type('network', 'create', 'typed', ...id)
      await type('subnet', 'create', 'typed', '--network', 'typed', '--subnet-range', '10.2.0.0/24', ...id)
      const external = (await cloud.admin('GET', `v2.0/networks/${cloud.externalId}`)).network.name
      const router = await type('router', 'create', 'typed', ...id)
      await type('router', 'set', 'typed', '--external-gateway', external)
      await type('router', 'add', 'subnet', 'typed', 'typed')
      const machine = await site.machine(network)
      await site.real(router)
      await site.reachesOutside(machine)
      expect(await type('router', 'show', 'typed', '-f', 'value', '-c', 'status')).toBe('ACTIVE')
      await machine.remove()
      await type('router', 'remove', 'subnet', 'typed', 'typed')
      await type('router', 'delete', 'typed')
      await type('network', 'delete', 'typed')
      await site.nothingLeft(router)
    },
  },
  {
    title:
      'a router without a gateway leads between its networks and nowhere else; it gets a gateway and loses it again',
    async play(site) {
      const router = await site.router()
      const [a, b] = [await site.network({ cidr: '10.3.0.0/24' }), await site.network({ cidr: '10.4.0.0/24' })]
      await site.plug(router.id, { subnet_id: a.subnetId })
      await site.plug(router.id, { subnet_id: b.subnetId })
      const [one, two] = [await site.machine(a.id), await site.machine(b.id)]
      await site.real(router.id)
      await site.pings(one, two.addresses[0] ?? '')
      expect(await one.space.reaches(OUTSIDE)).toBe(false)
      await site.update('router', router.id, { external_gateway_info: { network_id: site.cloud.externalId } })
      await site.real(router.id)
      await site.reachesOutside(one)
      await site.update('router', router.id, { external_gateway_info: {} })
      await site.real(router.id)
      await site.pings(one, OUTSIDE, false)
      await site.pings(one, two.addresses[0] ?? '')
    },
  },
  {
    title: 'several routers of one tenant: each has an instance of its own, and deleting one leaves the other alone',
    async play(site) {
      const [first, second] = [await site.gatewayRouter(), await site.gatewayRouter()]
      const [a, b] = [await site.network({ cidr: '10.5.0.0/24' }), await site.network({ cidr: '10.6.0.0/24' })]
      await site.plug(first.id, { subnet_id: a.subnetId })
      await site.plug(second.id, { subnet_id: b.subnetId })
      const [one, two] = [await site.machine(a.id), await site.machine(b.id)]
      await Promise.all([site.real(first.id), site.real(second.id)])
      await Promise.all([site.reachesOutside(one), site.reachesOutside(two)])
      const before = await site.cloud.appliance(second.id)
      await site.unplug(first.id, { subnet_id: a.subnetId })
      await site.cloud.tenant('DELETE', `v2.0/routers/${first.id}`)
      await site.nothingLeft(first.id)
      await site.real(second.id)
      await site.reachesOutside(two)
      expect((await site.cloud.appliance(second.id)).serverId).toBe(before.serverId)
    },
  },
  {
    title: 'two routers on one network, the second by a port: machines reach the other network through it',
    async play(site) {
      const [first, second] = [await site.gatewayRouter(), await site.router()]
      const shared = await site.network({
        cidr: '10.7.0.0/24',
        hostRoutes: [{ destination: '10.8.0.0/24', nexthop: '10.7.0.250' }],
      })
      const far = await site.network({ cidr: '10.8.0.0/24' })
      await site.plug(first.id, { subnet_id: shared.subnetId })
      const { port } = await site.cloud.tenant('POST', 'v2.0/ports', {
        port: { network_id: shared.id, fixed_ips: [{ subnet_id: shared.subnetId, ip_address: '10.7.0.250' }] },
      })
      await site.plug(second.id, { port_id: port.id })
      await site.plug(second.id, { subnet_id: far.subnetId })
      await site.update('router', second.id, { routes: [{ destination: '0.0.0.0/0', nexthop: '10.7.0.1' }] }).catch(
        // Some Neutrons refuse a default route as an extra one; the story needs none.
        () => undefined,
      )
      const [near, away] = [await site.machine(shared.id), await site.machine(far.id)]
      await Promise.all([site.real(first.id), site.real(second.id)])
      await site.pings(near, away.addresses[0] ?? '')
      await site.reachesOutside(near)
      await site.pings(away, near.addresses[0] ?? '')
    },
  },
  {
    title: 'renamed: the orchestrator says the new name, and packets flow on',
    async play(site) {
      const router = await site.gatewayRouter({ name: 'before' })
      const network = await site.network({ cidr: '10.9.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      await site.real(router.id)
      const before = await site.cloud.appliance(router.id)
      await site.update('router', router.id, { name: 'after' })
      await until(
        () => site.cloud.orchestrator.resource(router.id),
        (one) => one?.name === 'after',
        30_000,
      )
      await site.real(router.id)
      await site.reachesOutside(machine)
      expect((await site.cloud.appliance(router.id)).serverId).toBe(before.serverId)
    },
  },
  {
    title: 'administratively down, nothing passes; up again, everything does',
    async play(site) {
      const { router, machine } = await standing(site, '10.10.0.0/24')
      await site.update('router', router.id, { admin_state_up: false })
      await site.pings(machine, OUTSIDE, false)
      await site.update('router', router.id, { admin_state_up: true })
      await site.real(router.id)
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'static routes: given, changed and taken away',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.11.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const hop = await site.machine(network.id)
      const machine = await site.machine(network.id)
      const nexthop = hop.addresses[0] ?? ''
      await hop.space.run('ip', 'address', 'add', '10.99.1.1/32', 'dev', 'lo')
      await hop.space.run('ip', 'address', 'add', '10.99.2.1/32', 'dev', 'lo')
      // Its port lets nothing else out than its own address, unless Neutron is told so.
      await site.update('port', hop.portId, { allowed_address_pairs: [{ ip_address: '10.99.0.0/16' }] })
      await site.update('router', router.id, { routes: [{ destination: '10.99.1.0/24', nexthop }] })
      await site.real(router.id)
      await site.pings(machine, '10.99.1.1')
      await site.update('router', router.id, { routes: [{ destination: '10.99.2.0/24', nexthop }] })
      await site.real(router.id)
      await site.pings(machine, '10.99.2.1')
      await site.pings(machine, '10.99.1.1', false)
      await site.update('router', router.id, { routes: [] })
      await site.real(router.id)
      await site.pings(machine, '10.99.2.1', false)
    },
  },
]
