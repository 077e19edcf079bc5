import type { Config } from '../config/index.ts'
import {
  type ParkedMessage,
  PoisonMessageError,
  type RpcRequest,
  type Subscription,
  type Transport,
} from '../messaging/index.ts'
import { backoffMs, type Clock, type Logger, messageOf, type Random } from '../shared/index.ts'
import type { Metrics } from './api/index.ts'
import {
  notificationToEvents,
  type OrchestratorEvent,
  rpcToEvents,
  type Translation,
  type TranslationOptions,
} from './events/index.ts'

interface BusIntakeOptions {
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

/** Those that Neutron waits for. */
const CALLED: ReadonlySet<string> = new Set(['router_added_to_agent'])

/**
 * The way in from the bus: Neutron's notifications (and operators' commands among them) and what the L3 plugin tells its agents. A message
 * is acknowledged when all that it means has been taken.
 */
async function startBusIntake(options: BusIntakeOptions): Promise<Subscription> {
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
  /** Neutron's API request hangs on the answer. What is lost with us is found by the next look at the schedule. */
  const handleAtOnce = (request: RpcRequest): null | Promise<void> => {
    const translation = rpcToEvents(request)
    const taking = takeAll(translation)
    if (translation.poison !== undefined) return taking
    taking.catch((error: unknown) =>
      logger.warn({ method: request.method, error: messageOf(error) }, 'a message of Neutron could not be taken'),
    )
    return null
  }
  const rpc = await transport.serve({
    exchange,
    topic: L3_AGENT_TOPIC,
    server: host,
    prefetch,
    onParked,
    endpoint: Object.fromEntries(
      L3_AGENT_METHODS.map((method) => [method, CALLED.has(method) ? handleAtOnce : handle]),
    ),
    onUnknownCast: (request) => logger.debug({ method: request.method }, 'cast of no concern to us'),
  })
  return {
    close: async () => {
      await Promise.all([...notifications, rpc].map((subscription) => subscription.close()))
    },
  }
}

/** Longest pause between two tries to subscribe. */
const MAX_PAUSE_MS = 60_000

/** The subscriptions, kept wanted until `close`. */
export interface BusMembership extends Subscription {
  /** Resolves when the subscriptions stand for the first time. */
  readonly joined: Promise<void>
  /** Why they do not stand; null once they do. */
  readonly trouble: string | null
}

/**
 * Connects and subscribes, again and again until it works: a broker that is away, or refuses a declaration until somebody has mended its
 * configuration, must not need a restart of the orchestrator.
 */
export function joinBus(
  options: BusIntakeOptions & { readonly clock: Clock; readonly random: Random; readonly signal: AbortSignal },
): BusMembership {
  const { transport, clock, random, signal, logger } = options
  let intake: Subscription | null = null
  let trouble: string | null = 'The message bus is not connected.'
  const join = async (): Promise<void> => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await transport.connect(signal)
        intake = await startBusIntake(options)
        trouble = null
        return
      } catch (error) {
        if (signal.aborted) return
        trouble = `Subscribing to the message bus fails: ${messageOf(error)}`
        const pauseMs = backoffMs(attempt, { baseMs: 1_000, maxMs: MAX_PAUSE_MS }, random)
        logger.error({ err: error, retry_in_ms: pauseMs }, 'could not subscribe to the message bus')
        await clock.sleep(pauseMs, signal).catch(() => {})
      }
    }
  }
  const joined = join()
  return {
    joined,
    get trouble() {
      return trouble
    },
    async close() {
      await joined
      await intake?.close()
    },
  }
}
