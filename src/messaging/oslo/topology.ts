import type { ExchangeSpec, QueueSpec } from '../wire/bus.ts'

/**
 * How the queues and exchanges of a deployment are made. Must equal what the cloud's services have in [oslo_messaging_rabbit], or whoever
 * declares second is refused (406).
 */
export interface QueueStyle {
  /** `amqp_durable_queues`: topic exchanges and queues survive the broker. */
  readonly durable: boolean
  /** `amqp_auto_delete`. */
  readonly autoDelete: boolean
  /** `rabbit_quorum_queue`: durable topic queues are quorum queues. */
  readonly quorum: boolean
}

/** oslo.messaging's defaults. */
export const DEFAULT_STYLE: QueueStyle = { durable: false, autoDelete: false, quorum: false }

/** `rabbit_transient_queues_ttl`: an unused fanout or reply queue goes after half an hour. */
const TRANSIENT_QUEUE_TTL_MS = 1_800_000

/** The parking place is bounded; each message parked is also logged and counted. */
const PARKED_MAX_LENGTH = 10_000

/** A control exchange, e.g. `neutron`. */
export function controlExchange(name: string, style: QueueStyle): ExchangeSpec {
  return { name, type: 'topic', durable: style.durable || style.quorum, autoDelete: style.autoDelete }
}

/** `<topic>_fanout`. */
export function fanoutExchange(topic: string): ExchangeSpec {
  return { name: `${topic}_fanout`, type: 'fanout', durable: false, autoDelete: true }
}

/** A topic, topic.server or pool queue. */
export function topicQueue(name: string, style: QueueStyle): QueueSpec {
  return {
    name,
    durable: style.durable || style.quorum,
    autoDelete: style.autoDelete,
    arguments: style.quorum ? { 'x-queue-type': 'quorum' } : {},
  }
}

/** A reply or fanout queue. */
export function transientQueue(name: string): QueueSpec {
  return { name, durable: false, autoDelete: false, arguments: { 'x-expires': TRANSIENT_QUEUE_TTL_MS } }
}

/** Where poison messages of `queue` are kept. */
export function parkedQueue(queue: string): QueueSpec {
  return {
    name: `${queue}.parked`,
    durable: true,
    autoDelete: false,
    arguments: { 'x-max-length': PARKED_MAX_LENGTH },
  }
}
