import type { Config } from '../config/index.ts'
import type { Transport } from '../messaging/index.ts'
import type { NeutronClient } from '../openstack/index.ts'
import type { Clock, Logger, Random } from '../shared/index.ts'
import type { Metrics } from './api/index.ts'
import { L3Agent } from './l3-agent/index.ts'
import { countedCalls } from './l3-plugin.ts'
import { lookAgain } from './look-again.ts'
import type { Dispatcher } from './scheduler/dispatcher.ts'

/** The parts of the orchestrator that its L3 agent works with. */
export interface L3AgentParts {
  /** The configuration in force. */
  readonly config: () => Config
  readonly transport: Transport
  readonly neutron: NeutronClient
  readonly metrics: Pick<Metrics, 'apiCalls'>
  readonly dispatcher: Dispatcher
  /** Has the router forgotten; nothing of it is touched. */
  readonly release: (routerId: string) => void
  readonly resync: (why: string) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** What this orchestrator is to Neutron; null: nothing (`[AGENT] report_state` is off), and every router is its own. */
export function joinAsL3Agent(parts: L3AgentParts): L3Agent | null {
  const { transport, dispatcher, metrics, clock, random, logger, signal, release } = parts
  const config = parts.config()
  if (!config.AGENT.report_state) return null
  return new L3Agent({
    identity: {
      host: config.DEFAULT.host,
      availabilityZone: config.AGENT.availability_zone,
      interfaceDriver: config.DEFAULT.interface_driver,
      logHeartbeats: config.AGENT.log_agent_heartbeats,
    },
    reportIntervalMs: config.AGENT.report_interval * 1_000,
    call: countedCalls({ transport, config: parts.config, metrics, clock }),
    neutron: parts.neutron,
    isConnected: () => transport.state.state === 'connected',
    isHeld: (id) => dispatcher.holds(id),
    held: () => dispatcher.held(),
    async manage(ids) {
      const results = await Promise.all(
        ids.map(async (id) => ({ id, result: await dispatcher.dispatch(lookAgain(id, null, 'router', 'rpc')) })),
      )
      return results.flatMap(({ id, result }) => (result === 'no_tenant' ? [id] : []))
    },
    release,
    deleted: (id) => dispatcher.dispatch({ ...lookAgain(id, null, 'router', 'rpc'), action: 'delete' }),
    resync: parts.resync,
    clock,
    random,
    logger,
    signal,
  })
}
