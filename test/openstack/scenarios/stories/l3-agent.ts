import { expect } from 'vitest'
import { until } from '../../../support/program.ts'
import { type Machine, OUTSIDE } from '../support/cloud.ts'
import type { Body } from '../support/rest-error.ts'
import { Site } from '../support/site.ts'
import { standing } from './standing.ts'
import type { Story } from './story.ts'

const SECOND_HOST = 'second'

/** Every L3 agent that Neutron knows. */
async function agents({ cloud }: Site): Promise<readonly Body[]> {
  return (await cloud.admin('GET', 'v2.0/agents?agent_type=L3%20agent')).agents
}

async function agentOf(site: Site, isOurs: (host: string) => boolean): Promise<Body> {
  const found = (await agents(site)).filter((one) => one.binary === 'astara-l3-agent' && isOurs(one.host))
  if (found.length !== 1) throw new Error(`${found.length} agents: ${JSON.stringify(found)}`)
  return found[0]
}

const firstAgent = (site: Site): Promise<Body> => agentOf(site, (host) => host !== SECOND_HOST)
const secondAgent = (site: Site): Promise<Body> => agentOf(site, (host) => host === SECOND_HOST)

/** An astara host more during the work, which sees the cloud with its eyes; afterwards Neutron knows nothing of it. */
async function withSecondHost(site: Site, work: (second: Site) => Promise<void>): Promise<void> {
  const { cloud } = site
  const orchestrator = cloud.another(SECOND_HOST)
  const second = new Site({ ...cloud, orchestrator })
  try {
    await orchestrator.start()
    await until(
      () => secondAgent(site),
      ({ alive }) => alive,
    )
    await work(second)
    await second.clear()
  } catch (error) {
    await second.clear().catch(() => undefined)
    throw error
  } finally {
    await orchestrator.stop()
    for (const { id, host } of await agents(site)) {
      if (host === SECOND_HOST) await cloud.admin('DELETE', `v2.0/agents/${id}`)
    }
  }
}

/** Moves a router from one agent to another, as `openstack network agent remove router --l3` and `… add router --l3` do. */
async function move(site: Site, routerId: string, from: Body, to: Body): Promise<void> {
  await site.cloud.admin('DELETE', `v2.0/agents/${from.id}/l3-routers/${routerId}`)
  await site.cloud.admin('POST', `v2.0/agents/${to.id}/l3-routers`, { router_id: routerId })
}

/** Waits until an orchestrator has nothing to do with a router any more. */
async function letGo({ cloud }: Site, routerId: string): Promise<void> {
  await until(
    () => cloud.orchestrator.resource(routerId),
    (one) => one === null,
    120_000,
  )
}

/** How many pings of a machine to the outside stay without an answer during the work. */
async function lostDuring(machine: Machine, work: () => Promise<void>): Promise<number> {
  let over = false
  const count = async (): Promise<number> => {
    let lost = 0
    while (!over) {
      const { sent, received } = await machine.space.ping(OUTSIDE, 10, 0.2)
      lost += sent - received
    }
    return lost
  }
  const counting = count()
  try {
    await work()
  } finally {
    over = true
    await counting
  }
  return counting
}

/** Neutron's scheduling of routers to agents. */
export const l3Agent: readonly Story[] = [
  {
    title: 'Neutron lists the agent as alive, with true counts, and says of floating IPs whether they work',
    async play(site) {
      const { router, machine } = await standing(site, '10.110.0.0/24')
      const more = await site.network({ cidr: '10.111.0.0/24' })
      await site.plug(router.id, { subnet_id: more.subnetId })
      const floating = await site.floatingIp(machine.portId)
      const counts = async (): Promise<Body> => {
        const { alive, configurations } = await firstAgent(site)
        const { routers, ex_gw_ports, interfaces, floating_ips } = configurations
        return { alive, routers, ex_gw_ports, interfaces, floating_ips }
      }
      const status = async (): Promise<string> =>
        (await site.cloud.tenant('GET', `v2.0/floatingips/${floating.id}`)).floatingip.status
      const becomes = async <T>(ask: () => Promise<T>, expected: T): Promise<void> => {
        // Counts come with the next report, half a minute later.
        await until(
          async () => JSON.stringify(await ask()),
          (now) => now === JSON.stringify(expected),
          120_000,
        )
      }
      await becomes(status, 'ACTIVE')
      await becomes(counts, { alive: true, routers: 1, ex_gw_ports: 1, interfaces: 2, floating_ips: 1 })
      expect((await site.cloud.tenant('GET', `v2.0/routers/${router.id}`)).router.status).toBe('ACTIVE')
      await site.point(floating.id, null)
      await becomes(status, 'DOWN')
      await becomes(counts, { alive: true, routers: 1, ex_gw_ports: 1, interfaces: 2, floating_ips: 0 })
    },
  },
  {
    title: 'moved to another astara host and back: the same instance, and no packet is lost',
    async play(site) {
      const { router, machine } = await standing(site, '10.112.0.0/24')
      const { serverId } = await site.cloud.appliance(router.id)
      await withSecondHost(site, async (second) => {
        const [here, there] = [await firstAgent(site), await secondAgent(site)]
        const lost = await lostDuring(machine, async () => {
          await move(site, router.id, here, there)
          await second.real(router.id)
          await letGo(site, router.id)
        })
        expect(lost).toBe(0)
        // The new host is the one that changes are made by.
        const more = await site.network({ cidr: '10.113.0.0/24' })
        await site.plug(router.id, { subnet_id: more.subnetId })
        await second.real(router.id)
        await site.reachesOutside(await site.machine(more.id))
        expect(await site.cloud.orchestrator.resource(router.id)).toBeNull()
        await move(site, router.id, there, here)
        await site.real(router.id)
        await letGo(second, router.id)
      })
      expect((await site.cloud.appliance(router.id)).serverId).toBe(serverId)
      await site.reachesOutside(machine)
    },
  },
  {
    title: 'disabled, it keeps its routers and serves their changes, and new ones go to another host',
    async play(site) {
      const { cloud } = site
      const { router } = await standing(site, '10.114.0.0/24')
      const { serverId } = await cloud.appliance(router.id)
      const { id } = await firstAgent(site)
      const enable = (up: boolean) => cloud.admin('PUT', `v2.0/agents/${id}`, { agent: { admin_state_up: up } })
      await withSecondHost(site, async (second) => {
        await enable(false)
        try {
          const elsewhere = await second.gatewayRouter()
          await second.real(elsewhere.id)
          expect(await cloud.orchestrator.resource(elsewhere.id)).toBeNull()
          const more = await site.network({ cidr: '10.115.0.0/24' })
          await site.plug(router.id, { subnet_id: more.subnetId })
          await site.real(router.id)
          await site.reachesOutside(await site.machine(more.id))
          expect((await cloud.appliance(router.id)).serverId).toBe(serverId)
        } finally {
          await enable(true)
        }
      })
    },
  },
  {
    title: 'its record deleted, it comes back by itself with the same routers and instances',
    async play(site) {
      const { cloud } = site
      const { router, machine } = await standing(site, '10.116.0.0/24')
      const { serverId } = await cloud.appliance(router.id)
      const before = await firstAgent(site)
      const lost = await lostDuring(machine, async () => {
        await cloud.admin('DELETE', `v2.0/agents/${before.id}`)
        const after = await until(
          () => firstAgent(site),
          ({ id }) => id !== before.id,
          90_000,
        )
        await until(
          async () => (await cloud.admin('GET', `v2.0/agents/${after.id}/l3-routers`)).routers,
          (routers) => routers.some(({ id }: Body) => id === router.id),
          90_000,
        )
      })
      expect(lost).toBe(0)
      const more = await site.network({ cidr: '10.117.0.0/24' })
      await site.plug(router.id, { subnet_id: more.subnetId })
      await site.real(router.id)
      expect((await cloud.appliance(router.id)).serverId).toBe(serverId)
    },
  },
  {
    title: 'its host stands still until Neutron takes it for dead: afterwards it catches up with what happened',
    async play(site) {
      const { router, machine } = await standing(site, '10.118.0.0/24')
      const { serverId } = await site.cloud.appliance(router.id)
      const goOn = site.cloud.orchestrator.standStill()
      try {
        await until(
          () => firstAgent(site),
          ({ alive }) => !alive,
          150_000,
        )
        const more = await site.network({ cidr: '10.119.0.0/24' })
        await site.plug(router.id, { subnet_id: more.subnetId })
        await site.floatingIp(machine.portId)
        await site.reachesOutside(machine)
      } finally {
        goOn()
      }
      await site.real(router.id)
      expect((await site.cloud.appliance(router.id)).serverId).toBe(serverId)
    },
  },
]
