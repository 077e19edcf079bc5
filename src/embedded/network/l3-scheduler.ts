import type { Caller } from '../identity/caller.ts'
import type { Emitter } from './emitter.ts'
import { type Agent, ROUTER_INTERFACE, type Router } from './model.ts'
import type { NetworkState } from './state.ts'

/** An agent whose last report is older than this is dead to Neutron (`agent_down_time`). */
const AGENT_DOWN_MS = 75_000

export const L3_AGENT_TYPE = 'L3 agent'

/** Which router is on which L3 agent, and what the agents are told. */
export class L3Scheduler {
  readonly #state: NetworkState
  readonly #emitter: Emitter
  /** Every router to whoever asks, agent or not. */
  readonly autoSchedule: boolean

  constructor(deps: { readonly state: NetworkState; readonly emitter: Emitter; readonly autoSchedule: boolean }) {
    this.#state = deps.state
    this.#emitter = deps.emitter
    this.autoSchedule = deps.autoSchedule
  }

  isAlive(agent: Agent): boolean {
    return agent.isBuiltIn || this.#state.clock.now() - agent.heartbeatAt < AGENT_DOWN_MS
  }

  agentOn(host: string): Agent | undefined {
    return [...this.#state.agents.values()].find((agent) => agent.agentType === L3_AGENT_TYPE && agent.host === host)
  }

  /**
   * Something about a router changed: it gets an agent if it has none, a gateway or an interface, and one is alive; then its agent is
   * told, if that is alive.
   */
  updated(routerId: string, caller: Caller): void {
    const router = this.#state.routers.get(routerId)
    if (!router) return
    if (router.agentHost === null && this.#isConnected(router)) this.#schedule(router)
    const agent = router.agentHost === null ? undefined : this.agentOn(router.agentHost)
    if (!agent || !this.isAlive(agent) || !agent.adminStateUp) return
    this.#emitter.castToAgent(agent.host, 'routers_updated', { routers: [router.id] }, caller, '1.1')
  }

  bind(router: Router, host: string | null): void {
    router.agentHost = host
    this.#state.routers.put(router)
  }

  /** All routers without an agent go to this host. */
  scheduleUnhosted(host: string): void {
    for (const router of this.#state.routers.by('agent_host', '')) this.bind(router, host)
  }

  /** Routers that this host is told about. */
  routersOn(host: string): readonly Router[] {
    const rows = this.autoSchedule ? [...this.#state.routers.ordered()] : this.#state.routers.by('agent_host', host)
    return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  isOn(router: Router, host: string): boolean {
    return this.autoSchedule || router.agentHost === host
  }

  #isConnected(router: Router): boolean {
    if (router.gatewayPortId !== null) return true
    return this.#state.ports.by('device_id', router.id).some((port) => port.deviceOwner === ROUTER_INTERFACE)
  }

  #schedule(router: Router): void {
    const alive = [...this.#state.agents.values()].filter(
      (agent) => agent.agentType === L3_AGENT_TYPE && agent.adminStateUp && this.isAlive(agent),
    )
    const load = (agent: Agent): number => this.#state.routers.countBy('agent_host', agent.host)
    const [least] = alive.sort((a, b) => load(a) - load(b))
    if (least) this.bind(router, least.host)
  }
}
