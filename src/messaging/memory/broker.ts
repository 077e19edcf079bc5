import { type Clock, systemClock } from '../../shared/index.ts'
import type { BindingSpec, BusMessage, ExchangeSpec, QueueSpec } from '../wire/bus.ts'
import { BrokerRefusedError } from '../wire/errors.ts'
import { MemoryQueue, type StoredMessage } from './queue.ts'
import { topicMatches } from './topic-match.ts'

interface Exchange {
  readonly spec: ExchangeSpec
  readonly bindings: Map<string, { readonly queue: string; readonly routingKey: string }>
}

/** Somebody connected, who wants to know when that ends. */
export interface MemoryPeer {
  dropped(reason: string): void
}

function differs(kind: string, name: string, was: object, wanted: object): BrokerRefusedError {
  return new BrokerRefusedError({
    replyCode: 406,
    entity: `${kind} '${name}'`,
    problem: `it exists as ${JSON.stringify(was)}, declared as ${JSON.stringify(wanted)}`,
    suggestion: `Delete the ${kind}, or declare it as it is.`,
  })
}

function missing(kind: string, name: string): BrokerRefusedError {
  return new BrokerRefusedError({
    replyCode: 404,
    entity: `${kind} '${name}'`,
    problem: 'it does not exist',
    suggestion: 'Declare it first.',
  })
}

/**
 * A broker in memory, with RabbitMQ's rules as far as oslo.messaging uses them: topic, fanout and default exchange, shared queues,
 * redelivery, refusal of unequal declarations, loss of what is not durable when it crashes. Several transports may share one.
 * Idle queues are not expired (`x-expires`).
 */
export class MemoryBroker {
  readonly #clock: Clock
  readonly #exchanges = new Map<string, Exchange>()
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #peers = new Set<MemoryPeer>()
  #running = true
  #order = 0

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock
  }

  /** False while it is down: nobody can connect. */
  get running(): boolean {
    return this.#running
  }

  /** Cuts all connections; clients come back by themselves. */
  dropConnections(reason = 'connection dropped'): void {
    for (const peer of [...this.#peers]) peer.dropped(reason)
  }

  /** Down, as by `kill -9`: connections are cut, exchanges and queues that are not durable are forgotten. */
  crash(): void {
    this.#running = false
    this.dropConnections('the broker crashed')
    for (const [name, queue] of this.#queues) if (!queue.spec.durable) this.#queues.delete(name)
    for (const [name, exchange] of this.#exchanges) {
      if (!exchange.spec.durable) this.#exchanges.delete(name)
      else for (const [key, { queue }] of exchange.bindings) if (!this.#queues.has(queue)) exchange.bindings.delete(key)
    }
  }

  start(): void {
    this.#running = true
  }

  /** The bodies waiting in a queue, oldest first, with their headers; null when there is no such queue. */
  peek(queue: string): readonly { readonly body: Buffer; readonly headers: StoredMessage['headers'] }[] | null {
    return this.#queues.get(queue)?.messages ?? null
  }

  /** Publishes bytes as they are. True when at least one queue took them. */
  publish(message: BusMessage): boolean {
    const queues = this.#route(message.exchange, message.routingKey)
    const expiresAt = message.expirationMs === undefined ? null : this.#clock.monotonic() + message.expirationMs
    for (const queue of queues) {
      const { body, headers = {} } = message
      queue.push({ body, headers, expiresAt, order: this.#order++, redelivered: false })
    }
    return queues.length > 0
  }

  /** @internal */
  attach(peer: MemoryPeer): void {
    this.#peers.add(peer)
  }

  /** @internal */
  detach(peer: MemoryPeer): void {
    this.#peers.delete(peer)
  }

  /** @internal */
  declareExchange(spec: ExchangeSpec): void {
    const existing = this.#exchanges.get(spec.name)
    if (!existing) this.#exchanges.set(spec.name, { spec, bindings: new Map() })
    else if (
      existing.spec.type !== spec.type ||
      existing.spec.durable !== spec.durable ||
      existing.spec.autoDelete !== spec.autoDelete
    ) {
      throw differs('exchange', spec.name, existing.spec, spec)
    }
  }

  /** @internal */
  declareQueue(spec: QueueSpec): void {
    const existing = this.#queues.get(spec.name)
    if (!existing) this.#queues.set(spec.name, new MemoryQueue(spec, () => this.#clock.monotonic()))
    else if (
      existing.spec.durable !== spec.durable ||
      existing.spec.autoDelete !== spec.autoDelete ||
      JSON.stringify(existing.spec.arguments) !== JSON.stringify(spec.arguments)
    ) {
      throw differs('queue', spec.name, existing.spec, spec)
    }
  }

  /** @internal */
  bind(binding: BindingSpec): void {
    const exchange = this.#exchanges.get(binding.exchange)
    if (!exchange) throw missing('exchange', binding.exchange)
    this.queue(binding.queue)
    const { queue, routingKey } = binding
    exchange.bindings.set(`${queue} ${routingKey}`, { queue, routingKey })
  }

  /** Deletes a queue; its consumers are told. */
  deleteQueue(name: string): void {
    const queue = this.#queues.get(name)
    if (!queue) return
    this.#queues.delete(name)
    for (const [exchangeName, exchange] of this.#exchanges) {
      const before = exchange.bindings.size
      for (const [key, binding] of exchange.bindings) if (binding.queue === name) exchange.bindings.delete(key)
      if (exchange.spec.autoDelete && before > 0 && exchange.bindings.size === 0) this.#exchanges.delete(exchangeName)
    }
    for (const consumer of [...queue.consumers]) consumer.cancelled()
  }

  /** @internal */
  queue(name: string): MemoryQueue {
    const queue = this.#queues.get(name)
    if (!queue) throw missing('queue', name)
    return queue
  }

  #route(exchangeName: string, routingKey: string): MemoryQueue[] {
    if (exchangeName === '') {
      const queue = this.#queues.get(routingKey)
      return queue ? [queue] : []
    }
    const exchange = this.#exchanges.get(exchangeName)
    if (!exchange) throw missing('exchange', exchangeName)
    const names = new Set<string>()
    for (const binding of exchange.bindings.values()) {
      if (exchange.spec.type === 'fanout' || this.#matches(exchange, binding.routingKey, routingKey))
        names.add(binding.queue)
    }
    return [...names].map((name) => this.queue(name))
  }

  #matches(exchange: Exchange, pattern: string, key: string): boolean {
    return exchange.spec.type === 'topic' ? topicMatches(pattern, key) : pattern === key
  }
}
