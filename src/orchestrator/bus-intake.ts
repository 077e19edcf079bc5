import type { Config } from '../config/index.ts'
import {
  type ParkedMessage,
  PoisonMessageError,
  type RpcRequest,
  type Subscription,
  type Transport,
} from '../messaging/index.ts'
import type { Logger } from '../shared/index.ts'
import type { Metrics } from './api/index.ts'
import {
  notificationToEvents,
  type OrchestratorEvent,
  rpcToEvents,
  type Translation,
  type TranslationOptions,
} from './events/index.ts'

export interface BusIntakeOptions {
  readonly config: Config
  readonly transport: Transport
  /** Resolves once every event sits in an automaton's queue. */
  readonly take: (event: OrchestratorEvent) => Promise<unknown>
  readonly metrics: Metrics
  readonly logger: Logger
}

/** Topic on which Neutron's L3 plugin speaks to its agents. */
const L3_AGENT_TOPIC = 'l3_agent'
/** What a Neutron L3 plugin may say to an agent; anything else is answered as unknown. */
const L3_AGENT_METHODS = [
  'routers_updated',
  'router_deleted',
  'router_added_to_agent',
  'router_removed_from_agent',
  'agent_updated',
] as const

/**
 * The way in from the bus: Neutron's notifications (and operators' commands among them) and what the L3 plugin tells its agents. A message
 * is acknowledged when all that it means has been taken.
 */
export async function startBusIntake(options: BusIntakeOptions): Promise<Subscription> {
  const { config, transport, take, metrics, logger } = options
  const { host, neutron_control_exchange: exchange } = config.DEFAULT
  const eventOptions: TranslationOptions = {
    ipsecVpn: config.router.ipsec_vpn,
    enabledDrivers: config.DEFAULT.enabled_drivers,
  }
  const prefetch = config.oslo_messaging_rabbit.rabbit_qos_prefetch_count

  const onParked = (parked: ParkedMessage): void => {
    metrics.parked(parked.reason)
    logger.warn({ queue: parked.queue, reason: parked.reason }, `message parked: ${parked.message}`)
  }
  const takeAll = async (translation: Translation): Promise<void> => {
    const { poison, ignored, detail } = translation
    if (poison !== undefined) throw new PoisonMessageError(poison, detail ?? poison)
    if (ignored === 'refused') logger.warn(`refused: ${detail ?? 'no reason given'}`)
    await Promise.all(
      translation.events.map((event) => {
        if (event.kind === 'resource') metrics.event(event.source, event.action)
        return take(event)
      }),
    )
  }

  const notifications = await Promise.all(
    config.oslo_messaging_notifications.topics.map((topic) =>
      transport.listen({
        exchange,
        topic,
        pool: `astara.${topic}.${host}`,
        prefetch,
        onParked,
        handler: (notification) => takeAll(notificationToEvents(notification, eventOptions)),
      }),
    ),
  )
  const handle = async (request: RpcRequest): Promise<null> => {
    await takeAll(rpcToEvents(request))
    return null
  }
  const rpc = await transport.serve({
    exchange,
    topic: L3_AGENT_TOPIC,
    server: host,
    prefetch,
    onParked,
    endpoint: Object.fromEntries(L3_AGENT_METHODS.map((method) => [method, handle])),
    onUnknownCast: (request) => logger.debug({ method: request.method }, 'cast of no concern to us'),
  })
  return {
    close: async () => {
      await Promise.all([...notifications, rpc].map((subscription) => subscription.close()))
    },
  }
}
