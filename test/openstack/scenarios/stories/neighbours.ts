import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

// None with a character beyond U+FFFF: Neutron answers 500 to it where its database connection has MySQL's three-byte utf8, as the rig's.
const ODD_NAMES = [
  '',
  '--force',
  `it's "quoted" \`id\` $(id) ; rm -rf /`,
  'ünï 路由器 ☎ \u202eright to left',
  '../../etc/passwd\ttab\nline',
  '\u001b[2J\u001b[31mred',
  'x'.repeat(255),
]

export const neighbours: readonly Story[] = [
  {
    title: 'names as nobody would choose them, for router, network and subnet',
    async play(site) {
      const { router, network, machine } = await standing(site, '10.80.0.0/24')
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
      const { router, network, machine } = await standing(site, '10.83.0.0/24')
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
  {
    title: 'two tenants with the same addresses, one of them on a network shared by the other',
    async play(site) {
      const cidr = '10.81.0.0/24'
      const [router, second] = [await site.gatewayRouter(), await site.gatewayRouter()]
      const own = await site.network({ cidr })
      await site.plug(router.id, { subnet_id: own.subnetId })
      const shared = await site.sharedNetwork(cidr)
      // A tenant may not put a router at the gateway's address of a network that all use; an administrator may.
      await expect(site.plug(second.id, { subnet_id: shared.subnetId })).rejects.toThrow(
        /400 .*is not owned by project/,
      )
      await site.cloud.admin('PUT', `v2.0/routers/${second.id}/add_router_interface`, { subnet_id: shared.subnetId })
      const [mine, theirs] = [await site.machine(own.id), await site.machine(shared.id)]
      await Promise.all([site.real(router.id), site.real(second.id)])
      await Promise.all([site.reachesOutside(mine), site.reachesOutside(theirs)])
      await theirs.remove()
      await site.unplug(second.id, { subnet_id: shared.subnetId })
      await site.real(second.id)
      await site.reachesOutside(mine)
      // The instance has let go of it, so whoever owns it may delete it.
      await until(() => site.cloud.admin('DELETE', `v2.0/networks/${shared.id}`).then(() => true), Boolean, 40_000)
    },
  },
  {
    title: 'an interface moved from one router to another at once, and back: machines go out through whoever has it',
    async play(site) {
      const [first, second] = [await site.gatewayRouter(), await site.gatewayRouter()]
      const network = await site.network({ cidr: '10.82.0.0/24' })
      await site.plug(first.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      await Promise.all([site.real(first.id), site.real(second.id)])
      await site.reachesOutside(machine)
      for (const [from, to] of [
        [first, second],
        [second, first],
      ] as const) {
        await site.unplug(from.id, { subnet_id: network.subnetId })
        await site.plug(to.id, { subnet_id: network.subnetId })
        await Promise.all([site.real(first.id), site.real(second.id)])
        await site.reachesOutside(machine)
      }
    },
  },
]
