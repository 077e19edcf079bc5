import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import { differences } from '../support/reality.ts'
import type { Body } from '../support/rest-error.ts'
import type { Site } from '../support/site.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

/** How long the orchestrator is stopped; the figures in the documents are those of five minutes. */
const STOPPED_MS = Number(process.env.ASTARA_SCENARIO_STOPPED_SECONDS ?? 300) * 1000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function replaced(site: Site, routerId: string, serverId: string): Promise<void> {
  await until(
    async () => (await site.cloud.appliance(routerId)).serverId,
    (id) => id !== serverId,
    120_000,
  )
  await site.real(routerId)
}

/** Somebody meddles with one router's instance. */
export const behindItsBack: readonly Story[] = [
  {
    title: 'an instance deleted in Nova is replaced',
    async play(site) {
      const { router, machine } = await standing(site, '10.60.0.0/24')
      const { serverId } = await site.cloud.appliance(router.id)
      await site.cloud.admin('DELETE', `servers/${serverId}`)
      await replaced(site, router.id, serverId)
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'an instance stopped in Nova is replaced',
    async play(site) {
      const { router, machine } = await standing(site, '10.61.0.0/24')
      const { serverId } = await site.cloud.appliance(router.id)
      await site.cloud.powerOff(serverId)
      await replaced(site, router.id, serverId)
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'a port of an instance on a tenant’s network deleted in Neutron is made anew',
    async play(site) {
      const { router, network, machine } = await standing(site, '10.62.0.0/24')
      const { serverId } = await site.cloud.appliance(router.id)
      const { ports } = await site.cloud.admin('GET', `v2.0/ports?device_id=${serverId}&network_id=${network.id}`)
      expect(ports).toHaveLength(1)
      await site.cloud.admin('DELETE', `v2.0/ports/${ports[0].id}`)
      await until(
        async () => {
          const now = await site.cloud.appliance(router.id)
          return site.cloud.admin('GET', `v2.0/ports?device_id=${now.serverId}&network_id=${network.id}`)
        },
        (answer) => answer.ports.length === 1 && answer.ports[0].id !== ports[0].id,
        120_000,
      )
      await site.real(router.id)
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'what somebody breaks inside an instance is put back by its agent within its minute',
    async play(site) {
      const { router, machine } = await standing(site, '10.74.0.0/24')
      const floating = await site.floatingIp(machine.portId)
      await site.real(router.id)
      const { space } = await site.cloud.appliance(router.id)
      const { stdout } = await space.run('ip', '-o', '-4', 'address')
      const device = /(eth\d+) +inet 10\.74\.0\.1\/24/.exec(stdout)?.[1] ?? ''
      await space.run('ip', 'address', 'del', '10.74.0.1/24', 'dev', device)
      await space.run('ip', 'route', 'del', 'default')
      await space.run('iptables', '-t', 'nat', '-F', 'FLOATING')
      // The comparison that every story ends with would have noticed.
      const found = (await differences(site.cloud, router.id)).join('; ')
      expect(found).toContain('instead of 10.74.0.1/24')
      expect(found).toContain('no route default via')
      expect(found).toContain(`no DNAT ${floating.floating_ip_address}`)
      await site.real(router.id)
      await site.reachesOutside(machine)
      await site.answersOutside(floating.floating_ip_address)
    },
  },
]

/** Whole services come and go: nothing else can be played meanwhile. */
export const cloudInTrouble: readonly Story[] = [
  {
    title:
      'the orchestrator stopped for five minutes under 20 changes catches up when it starts, with the same instances',
    async play(site) {
      const { cloud } = site
      const { router, network, machine } = await standing(site, '10.63.0.0/24')
      const doomed = await standing(site, '10.64.0.0/24')
      const { serverId } = await cloud.appliance(router.id)
      await cloud.orchestrator.stop()
      const began = Date.now()
      // 1–4: a network more, with two machines that wait for their lease.
      const more = await site.network({ cidr: '10.65.0.0/24', dns: ['9.9.9.9'] })
      await site.plug(router.id, { subnet_id: more.subnetId })
      const waiting = [await site.machine(more.id, { lease: false }), await site.machine(network.id, { lease: false })]
      // 5–9: floating IPs: given, moved, taken away, deleted.
      const floating = await site.floatingIp(machine.portId)
      await site.point(floating.id, waiting[1]?.portId ?? null)
      const brief = await site.floatingIp(machine.portId)
      await site.point(brief.id, null)
      await cloud.tenant('DELETE', `v2.0/floatingips/${brief.id}`)
      // 10–14: attributes.
      await site.update('router', router.id, { name: 'renamed while nobody looked' })
      await site.update('subnet', network.subnetId, { dns_nameservers: ['9.9.9.11'] })
      await site.update('network', network.id, { mtu: 1350 })
      await site.update('router', router.id, {
        routes: [{ destination: '10.97.0.0/24', nexthop: machine.addresses[0] ?? '' }],
      })
      await site.update('router', router.id, { admin_state_up: true })
      // 15–18: a router goes, another one comes.
      await doomed.machine.remove()
      await site.unplug(doomed.router.id, { subnet_id: doomed.network.subnetId })
      await cloud.tenant('DELETE', `v2.0/routers/${doomed.router.id}`)
      const fresh = await site.gatewayRouter()
      // 19–20: a network comes and goes.
      const short = await site.network({ cidr: '10.66.0.0/24' })
      await site.plug(router.id, { subnet_id: short.subnetId })
      await site.unplug(router.id, { subnet_id: short.subnetId })
      await pause(Math.max(0, STOPPED_MS - (Date.now() - began)))
      // What was configured goes on working meanwhile.
      await site.reachesOutside(machine)
      await cloud.orchestrator.start()
      await site.real(router.id)
      await site.real(fresh.id)
      for (const one of waiting) await site.lease(one)
      await site.answersOutside(floating.floating_ip_address)
      expect((await cloud.appliance(router.id)).serverId).toBe(serverId)
      await site.nothingLeft(doomed.router.id)
    },
    timeoutMs: 1_800_000,
  },
  {
    title: 'RabbitMQ restarted under changes: nothing is missed',
    async play(site) {
      const { cloud } = site
      const { router, network, machine } = await standing(site, '10.67.0.0/24')
      const back = cloud.restartBus()
      const more = await site.network({ cidr: '10.68.0.0/24' })
      // Neutron may answer late while it cannot speak; what it accepts must become real.
      await site.plug(router.id, { subnet_id: more.subnetId })
      const floating = await site.floatingIp(machine.portId)
      await back
      await site.update('subnet', network.subnetId, { dns_nameservers: ['9.9.9.12'] })
      await site.real(router.id)
      await site.answersOutside(floating.floating_ip_address)
      const late = await site.machine(more.id)
      await site.reachesOutside(late)
    },
  },
  {
    title: 'neutron-server restarted: nobody’s packets stop, and changes afterwards become real',
    async play(site) {
      const { cloud } = site
      const { router, machine } = await standing(site, '10.69.0.0/24')
      const { serverId } = await cloud.appliance(router.id)
      const back = cloud.restartNeutron()
      expect((await machine.space.ping('10.69.0.1', 20)).received).toBe(20)
      await back
      const more = await site.network({ cidr: '10.70.0.0/24' })
      await site.plug(router.id, { subnet_id: more.subnetId })
      const late = await site.machine(more.id)
      await site.real(router.id)
      await site.reachesOutside(late)
      expect((await cloud.appliance(router.id)).serverId).toBe(serverId)
    },
  },
  {
    title: 'tokens worth one minute only: changes over three minutes all become real',
    async play(site) {
      const { router, machine } = await standing(site, '10.71.0.0/24')
      await site.cloud.withShortTokens(async () => {
        for (let round = 0; round < 3; round += 1) {
          const floating = await site.floatingIp(machine.portId)
          await site.real(router.id)
          await site.answersOutside(floating.floating_ip_address)
          await pause(50_000)
          await site.cloud.tenant('DELETE', `v2.0/floatingips/${floating.id}`)
          await site.real(router.id)
        }
        const resource = await site.cloud.orchestrator.resource(router.id)
        expect(resource?.last_error).toBeNull()
      })
    },
  },
  {
    title: 'Nova away for half a minute: configured routers serve on, a new router and a new network wait for it',
    async play(site) {
      const { router, machine } = await standing(site, '10.72.0.0/24')
      const { serverId } = await site.cloud.appliance(router.id)
      const more = await site.network({ cidr: '10.73.0.0/24' })
      let fresh: Body
      await site.cloud.withoutNova(async () => {
        const floating = await site.floatingIp(machine.portId)
        await site.plug(router.id, { subnet_id: more.subnetId })
        fresh = await site.gatewayRouter()
        await pause(30_000)
        await site.reachesOutside(machine)
        await site.cloud.tenant('DELETE', `v2.0/floatingips/${floating.id}`)
      })
      await site.real(router.id)
      await site.real(fresh.id)
      const late = await site.machine(more.id)
      await site.reachesOutside(late)
      expect((await site.cloud.appliance(router.id)).serverId).toBe(serverId)
    },
  },
]
