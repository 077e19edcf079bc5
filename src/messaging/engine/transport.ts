import { type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import { formatNotification } from '../oslo/notification.ts'
import { controlExchange, parkedQueue, type QueueStyle } from '../oslo/topology.ts'
import {
  MessagingUnavailableError,
  type NotificationListenerOptions,
  type OutgoingNotification,
  type ParkedMessage,
  type RpcCallOptions,
  type RpcServerOptions,
  type RpcTarget,
  type Subscription,
  type Transport,
  type TransportState,
} from '../types.ts'
import type { Bus, BusChannel, BusConnection, Delivery } from '../wire/bus.ts'
import { settleWithin, withDeadline } from '../wire/deadline.ts'
import { Inbox } from './inbox.ts'
import { declareListener, readNotification } from './listener.ts'
import { ensureExchange, ensureQueue, Publisher } from './publisher.ts'
import { RpcClient } from './rpc-client.ts'
import { RpcServer } from './rpc-server.ts'
import { Subscriber, type SubscriberOptions } from './subscriber.ts'

/** Settings of the engine that both transports share. Times are milliseconds. */
export interface EngineOptions {
  readonly style: QueueStyle
  readonly publishTimeoutMs: number
  readonly connectWaitMs: number
  readonly drainMs: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

const LISTENER_PREFETCH = 300
const SERVER_PREFETCH = 100
const REPLY_PREFETCH = 300
const PARK_TIMEOUT_MS = 5000
/** A new connection is announced once the subscriptions are back, at the latest after this time. */
const RESUBSCRIBE_MS = 5000
/** Timers go no further; nobody waits 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What differs between subscriptions. */
type SubscriberInit = Pick<SubscriberOptions, 'name' | 'prefetch' | 'judge' | 'declare' | 'remove' | 'restored'>

/** oslo.messaging on any bus: state, epochs, and the subscriptions that every new connection brings back. */
export class OsloTransport implements Transport {
  readonly kind: 'rabbit' | 'memory'
  readonly #bus: Bus
  readonly #options: EngineOptions
  readonly #listeners = new Set<(state: TransportState) => void>()
  readonly #subscribers = new Set<Subscriber>()
  readonly #publisher: Publisher
  readonly #rpc: RpcClient
  #replies: Subscriber | null = null
  #state: TransportState = { state: 'connecting' }
  #epoch = 0
  readonly #stopping = new AbortController()
  #started = false
  #connection: BusConnection | null = null
  #announcing: { readonly connection: BusConnection; readonly done: Promise<void> } | null = null
  #waiters: { resolve: (connection: BusConnection) => void; reject: (error: Error) => void }[] = []
  #closing: Promise<void> | null = null

  constructor(bus: Bus, options: EngineOptions) {
    this.#bus = bus
    this.kind = bus.kind
    this.#options = options
    const { clock, log, style, connectWaitMs, publishTimeoutMs } = options
    this.#publisher = new Publisher({ connected: () => this.#connected(), clock, log })
    this.#rpc = new RpcClient({
      publisher: this.#publisher,
      repliesReady: () => this.#repliesReady(),
      style,
      connectWaitMs,
      publishTimeoutMs,
      clock,
      log,
    })
  }

  get state(): TransportState {
    return this.#state
  }

  onState(listener: (state: TransportState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async connect(signal?: AbortSignal): Promise<void> {
    await withDeadline(this.#announced(), { clock: this.#options.clock, ms: LONGEST_TIMER_MS, signal }, () => {
      return new MessagingUnavailableError('not connected')
    })
  }

  async listen(options: NotificationListenerOptions): Promise<Subscription> {
    const { style } = this.#options
    const name = `notifications ${options.pool}`
    const inbox = this.#inbox({
      name,
      parkedAs: options.pool,
      read: readNotification,
      take: ({ notification }) => options.handler(notification),
      onParked: options.onParked,
    })
    const declare = (channel: BusChannel): Promise<readonly string[]> => declareListener(channel, options, style)
    return await this.#subscribe({ name, prefetch: options.prefetch ?? LISTENER_PREFETCH, judge: inbox, declare })
  }

  async serve(options: RpcServerOptions): Promise<Subscription> {
    const { style, publishTimeoutMs, clock, random, log } = this.#options
    const server = new RpcServer(options, {
      publisher: this.#publisher,
      style,
      publishTimeoutMs,
      clock,
      random,
      log,
      stopping: this.#stopping.signal,
    })
    const name = `rpc ${options.topic}.${options.server}`
    const inbox = this.#inbox({
      name,
      parkedAs: `${options.topic}.${options.server}`,
      read: server.read,
      take: (received) => server.take(received),
      onParked: options.onParked,
    })
    return await this.#subscribe({
      name,
      prefetch: options.prefetch ?? SERVER_PREFETCH,
      judge: inbox,
      declare: (channel) => server.declare(channel),
      remove: (channel) => server.remove(channel),
    })
  }

  async notify(notification: OutgoingNotification, signal?: AbortSignal): Promise<void> {
    const { style, publishTimeoutMs, clock } = this.#options
    const message = formatNotification(notification, clock.now())
    await this.#publisher.publish(
      { exchange: notification.exchange, ...message },
      ensureExchange(controlExchange(notification.exchange, style)),
      { timeoutMs: publishTimeoutMs, signal },
    )
  }

  async call(
    target: RpcTarget,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: RpcCallOptions = {},
  ): Promise<unknown> {
    return await this.#rpc.call(target, method, args, options)
  }

  async cast(
    target: RpcTarget,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: RpcCallOptions = {},
  ): Promise<void> {
    await this.#rpc.cast(target, method, args, options)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    this.#bus.start({
      up: (connection) => this.#up(connection),
      down: (reason, retryInMs) => this.#down(reason, retryInMs),
    })
  }

  #connected(): Promise<BusConnection> {
    if (this.#closing) return Promise.reject(new MessagingUnavailableError('the transport is closed'))
    if (this.#connection) return Promise.resolve(this.#connection)
    this.#start()
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  async #announced(): Promise<void> {
    for (;;) {
      const connection = await this.#connected()
      if (this.#state.state === 'connected') return
      await this.#back(connection)
      if (this.#connection === connection && !this.#closing) return
    }
  }

  /** Resolves when the subscriptions are back on this connection; the first to ask makes it so. */
  #back(connection: BusConnection): Promise<void> {
    const known = this.#announcing
    if (known?.connection === connection) return known.done
    // Whoever reconciles on this news must not miss what happens before the subscriptions are back.
    const ready = Promise.all([...this.#subscribers].map((subscriber) => subscriber.ready()))
    const done = settleWithin(ready, this.#options.clock, RESUBSCRIBE_MS).then(() => {
      if (this.#connection === connection && !this.#closing) this.#announce()
    })
    this.#announcing = { connection, done }
    return done
  }

  #up(connection: BusConnection): void {
    if (this.#closing) return
    this.#connection = connection
    for (const subscriber of this.#subscribers) subscriber.connection(connection)
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(connection)
    void this.#back(connection)
  }

  /** Connected, for the first time or again: the epoch grows whenever messages may have been missed. */
  #announce(): void {
    this.#epoch++
    this.#change({ state: 'connected', epoch: this.#epoch })
  }

  #down(reason: string, retryInMs: number): void {
    if (this.#closing) return
    if (this.#connection) {
      this.#connection = null
      this.#publisher.reset()
      for (const subscriber of this.#subscribers) subscriber.connection(null)
      this.#rpc.disconnected(reason)
    }
    this.#change({ state: 'disconnected', reason, retryInMs })
  }

  #change(state: TransportState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) {
      try {
        listener(state)
      } catch (error) {
        this.#options.log.error({ err: error }, `a listener for the state of the bus threw: ${messageOf(error)}`)
      }
    }
  }

  #inbox<T extends { readonly uniqueId: string | null }>(init: {
    name: string
    /** Null: parked messages are only logged. */
    parkedAs: string | null
    read: (body: Buffer) => T
    take: (message: T) => Promise<void> | void
    onParked: ((parked: ParkedMessage) => void) | undefined
  }): Inbox<T> {
    const { clock, random, log } = this.#options
    return new Inbox({
      name: init.name,
      read: init.read,
      take: init.take,
      park: (delivery, parked) =>
        init.parkedAs === null ? Promise.resolve() : this.#park(init.parkedAs, delivery, parked),
      onParked: init.onParked ?? (() => undefined),
      clock,
      random,
      log,
    })
  }

  async #park(name: string, delivery: Delivery, parked: ParkedMessage): Promise<void> {
    const queue = parkedQueue(name)
    const headers = {
      reason: parked.reason,
      message: parked.message.slice(0, 500),
      queue: parked.queue,
      at: new Date(parked.at).toISOString(),
    }
    await this.#publisher.publish(
      { exchange: '', routingKey: queue.name, body: delivery.body, headers },
      ensureQueue(queue),
      { timeoutMs: PARK_TIMEOUT_MS },
    )
  }

  async #subscribe(init: SubscriberInit): Promise<Subscriber> {
    const subscriber = this.#addSubscriber({ ...init, restored: () => this.#announce() })
    await subscriber.ready()
    return subscriber
  }

  #addSubscriber(init: SubscriberInit): Subscriber {
    if (this.#closing) throw new MessagingUnavailableError('the transport is closed')
    const { clock, random, log, drainMs } = this.#options
    const subscriber = new Subscriber({ ...init, clock, random, log, drainMs }, (gone) =>
      this.#subscribers.delete(gone),
    )
    this.#subscribers.add(subscriber)
    this.#start()
    if (this.#connection) subscriber.connection(this.#connection)
    return subscriber
  }

  async #repliesReady(): Promise<void> {
    this.#replies ??= this.#addSubscriber({
      name: `rpc ${this.#rpc.replyQueue}`,
      prefetch: REPLY_PREFETCH,
      judge: this.#inbox({
        name: 'rpc replies',
        parkedAs: null,
        read: this.#rpc.read,
        take: (reply) => this.#rpc.take(reply),
        onParked: undefined,
      }),
      declare: (channel) => this.#rpc.declare(channel),
      remove: (channel) => channel.deleteQueue(this.#rpc.replyQueue),
    })
    await this.#replies.ready()
  }

  async #close(): Promise<void> {
    const { clock, drainMs } = this.#options
    const error = new MessagingUnavailableError('the transport is closed')
    this.#stopping.abort(error)
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
    await settleWithin(Promise.all([...this.#subscribers].map((s) => s.close())), clock, drainMs)
    this.#rpc.disconnected(error.message)
    await settleWithin(this.#publisher.close(), clock, 1000)
    this.#connection = null
    await this.#bus.close()
    this.#change({ state: 'closed' })
    this.#listeners.clear()
  }
}
