/**
 * What the engine needs of AMQP 0-9-1: the meeting point of the engine (subscriptions, calls, acknowledgements) with RabbitMQ and with
 * the broker in memory. One channel per subscription: a refused declaration closes a channel, never its neighbours.
 */

/** An exchange to be declared. Sources of the values: what oslo.messaging declares (captures: rpc/topology.json). */
export interface ExchangeSpec {
  readonly name: string
  readonly type: 'topic' | 'fanout' | 'direct'
  readonly durable: boolean
  readonly autoDelete: boolean
}

/** A queue to be declared. */
export interface QueueSpec {
  readonly name: string
  readonly durable: boolean
  readonly autoDelete: boolean
  /** AMQP arguments, e.g. `{'x-expires': 1800000}`. */
  readonly arguments: Readonly<Record<string, string | number | boolean>>
}

/** A queue's binding. */
export interface BindingSpec {
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
}

/** A message to be sent. Its properties are those that oslo.messaging sets: the bus adds the fixed ones. */
export interface BusMessage {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  /** Milliseconds after which the broker drops it (calls only). */
  readonly expirationMs?: number
  readonly headers?: Readonly<Record<string, string | number>>
  /** Tell us when no queue wants it. */
  readonly mandatory?: boolean
}

/** A message received. `tag` counts per channel, from 1. */
export interface Delivery {
  readonly tag: number
  readonly queue: string
  readonly redelivered: boolean
  readonly body: Buffer
}

/** One AMQP channel. Every method rejects with `BusClosedError` or `BrokerRefusedError` once it is closed. */
export interface BusChannel {
  /** Set once the channel is closed, by whomever. */
  readonly closedBy: Error | null
  /** Calls back once, when the channel is closed by anything but our own `close`. */
  onClosed(listener: (reason: Error) => void): void
  declareExchange(spec: ExchangeSpec): Promise<void>
  declareQueue(spec: QueueSpec): Promise<void>
  deleteQueue(name: string): Promise<void>
  bind(binding: BindingSpec): Promise<void>
  /** Starts a consumer that may have `prefetch` unacknowledged messages; answers its tag. */
  consume(queue: string, prefetch: number, onDelivery: (delivery: Delivery) => void): Promise<string>
  cancel(consumerTag: string): Promise<void>
  /** Acknowledges one delivery, or all up to and including it. */
  ack(tag: number, upTo: boolean): void
  /** Gives one delivery back to its queue. */
  requeue(tag: number): void
  /** Resolves when the broker has it: `routed`, or `unroutable` for a mandatory message that no queue wants. */
  publish(message: BusMessage): Promise<'routed' | 'unroutable'>
  /** Never rejects, never hangs. */
  close(): Promise<void>
}

/** One live connection to a broker. */
export interface BusConnection {
  openChannel(): Promise<BusChannel>
}

/** What a bus reports while it keeps itself connected. */
export interface BusListener {
  up(connection: BusConnection): void
  /** Lost or not reached; the bus tries again by itself in `retryInMs`. */
  down(reason: string, retryInMs: number): void
}

/** Keeps one connection to a broker, for ever, until closed. */
export interface Bus {
  readonly kind: 'rabbit' | 'memory'
  start(listener: BusListener): void
  /** Bounded, even on a dead link. */
  close(): Promise<void>
}
