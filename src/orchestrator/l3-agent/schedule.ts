import { hasStatus, type NeutronAgent, type NeutronClient } from '../../openstack/index.ts'

const L3_AGENT = 'L3 agent'
const SCHEDULER_EXTENSION = 'l3_agent_scheduler'

export interface ScheduleSources {
  readonly host: string
  /** `get_router_ids`: what is scheduled to this host; Neutron schedules here whatever has no agent yet. */
  readonly getRouterIds: (signal: AbortSignal) => Promise<readonly string[]>
  /** True when that failed because nobody could be asked over the bus, as opposed to: was refused. */
  readonly isUnheard: (error: unknown) => boolean
  readonly neutron: Pick<NeutronClient, 'listAgents' | 'listRoutersOnAgent' | 'listAgentsOfRouter' | 'listExtensions'>
}

/** Routers scheduled to this host; `everything`: there is nobody else whose they could be. */
export type Here = ReadonlySet<string> | 'everything'

/** Where Neutron has a router: `absent` is its own 404. */
export type Place = 'here' | 'elsewhere' | 'nowhere' | 'absent'

/** What Neutron says of which L3 agent has which router. Every method throws what the sources throw, and guesses nothing. */
export class Schedule {
  readonly #o: ScheduleSources

  constructor(sources: ScheduleSources) {
    this.#o = sources
  }

  /** Whether this Neutron schedules routers to agents at all. */
  async isKept(signal: AbortSignal): Promise<boolean> {
    return (await this.#o.neutron.listExtensions({ signal })).includes(SCHEDULER_EXTENSION)
  }

  /**
   * What is scheduled here. A disabled agent is told of nothing over the bus although its routers are still its own, and without a bus
   * nothing can be asked there: then REST knows. Without a bus and without any other L3 agent, whatever there is can only be ours.
   */
  async here(signal: AbortSignal): Promise<Here> {
    let unheard = false
    try {
      const ids = await this.#o.getRouterIds(signal)
      if (ids.length > 0) return new Set(ids)
    } catch (error) {
      signal.throwIfAborted()
      if (!this.#o.isUnheard(error)) throw error
      unheard = true
    }
    const agents = await this.#agents(signal)
    const own = agents.find(({ host }) => host === this.#o.host)
    if (unheard && !agents.some(({ host }) => host !== this.#o.host)) return 'everything'
    return new Set(own ? await this.#o.neutron.listRoutersOnAgent(own.id, { signal }) : [])
  }

  /** Where one router is. */
  async placeOf(routerId: string, signal: AbortSignal): Promise<Place> {
    try {
      const agents = await this.#o.neutron.listAgentsOfRouter(routerId, { signal })
      return this.#placeAmong(agents.map(({ host }) => host))
    } catch (error) {
      if (hasStatus(error, 404)) return 'absent'
      throw error
    }
  }

  /** Of these routers, those that another host's agent has and ours has not. Costs one call for each L3 agent. */
  async elsewhere(routerIds: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (routerIds.length === 0) return new Set()
    const hosts = new Map<string, string[]>()
    const agents = await this.#agents(signal)
    await Promise.all(
      agents.map(async ({ id, host }) => {
        for (const routerId of await this.#o.neutron.listRoutersOnAgent(id, { signal })) {
          hosts.set(routerId, [...(hosts.get(routerId) ?? []), host])
        }
      }),
    )
    return new Set(routerIds.filter((id) => this.#placeAmong(hosts.get(id) ?? []) === 'elsewhere'))
  }

  async #agents(signal: AbortSignal): Promise<readonly NeutronAgent[]> {
    const agents = await this.#o.neutron.listAgents({ agent_type: L3_AGENT }, { signal })
    return agents.filter((agent) => agent.agent_type === L3_AGENT)
  }

  #placeAmong(hosts: readonly string[]): Place {
    if (hosts.length === 0) return 'nowhere'
    return hosts.includes(this.#o.host) ? 'here' : 'elsewhere'
  }
}
