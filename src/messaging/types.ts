/** The context of an oslo.messaging message: keys without the `_context_` prefix. It may carry live tokens: never log it. */
export type MessageContext = Readonly<Record<string, unknown>>

/** A notification as Neutron's notifier sends it. Source: shared facts on the wire format (envelope 2.0 and the bare version 1). */
export interface Notification {
  readonly messageId: string
  readonly publisherId: string
  readonly eventType: string
  /** `INFO`, `ERROR`, … as sent. */
  readonly priority: string
  readonly payload: unknown
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC, as sent. */
  readonly timestamp: string
  readonly context: MessageContext
}

/** Thrown by a handler: this message can never be handled; it is parked with `reason` and not tried again. */
export class PoisonMessageError extends Error {
  readonly reason: string
  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'PoisonMessageError'
    this.reason = reason
  }
}

/** A message that could not be understood, as it is kept and counted. */
export interface ParkedMessage {
  readonly reason: string
  readonly message: string
  readonly queue: string
  readonly at: number
  /** The body, truncated to 4 KiB, with tokens masked. */
  readonly excerpt: string
}

/**
 * Called for each notification. Resolving means taken: only then is the message acknowledged. PoisonMessageError parks it; any other
 * error gives it back to the queue to be delivered again after a growing pause (0.5 s to 60 s); after 30 tries it is parked too
 * (`not_taken`).
 */
export type NotificationHandler = (notification: Notification) => Promise<void> | void

export interface NotificationListenerOptions {
  /** Control exchange, for Neutron `neutron`. Topic exchange, durable=false, auto_delete=false. */
  readonly exchange: string
  /** `notifications`. */
  readonly topic: string
  /** Default `['info']`. */
  readonly priorities?: readonly string[]
  /** Name of the queue shared by the listeners of one pool, e.g. `astara.notifications.<host>`. */
  readonly pool: string
  readonly handler: NotificationHandler
  readonly onParked?: (parked: ParkedMessage) => void
  /** Unacknowledged messages that the broker may have under way to us. Default 300. */
  readonly prefetch?: number
  /**
   * The pool's queue survives the broker, whatever the exchange does. Default: as the transport's queues (not durable, as
   * oslo.messaging's). A queue that exists otherwise must be deleted first, or the broker refuses.
   */
  readonly durable?: boolean
  /**
   * The queue goes when nobody has listened for so long (`x-expires`), so that a retired host's queue does not fill the broker. Default:
   * never, as oslo.messaging's. Like `durable`, it must agree with a queue that exists.
   */
  readonly expiresMs?: number
}

/** An incoming RPC request. */
export interface RpcRequest {
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
  readonly version: string
  readonly namespace: string | null
  readonly context: MessageContext
  /** True when the caller waits for an answer (a call), false for a cast. */
  readonly expectsReply: boolean
}

/**
 * Methods by name (own properties only). What a method returns (awaited) is the call's result; what it throws is the call's failure. A
 * cast whose method throws is delivered again after a pause; PoisonMessageError parks it.
 */
export type RpcEndpoint = Readonly<Record<string, (request: RpcRequest) => unknown>>

export interface RpcServerOptions {
  readonly exchange: string
  readonly topic: string
  /** Server name: the queue `<topic>.<server>` is consumed next to `<topic>` and `<topic>_fanout_<hex>`. */
  readonly server: string
  readonly endpoint: RpcEndpoint
  /** Highest version answered, per method compatibility by major. Default `1.9`. */
  readonly version?: string
  /**
   * Called for a cast of a method that the endpoint lacks, or of a version it does not answer (on a call the caller gets NoSuchMethod or
   * UnsupportedVersion).
   */
  readonly onUnknownCast?: (request: RpcRequest) => void
  readonly onParked?: (parked: ParkedMessage) => void
  readonly prefetch?: number
}

/** The far side answered with a failure. `className`/`module` are the remote exception's, e.g. `AgentNotFoundByTypeHost`. */
export class RemoteError extends Error {
  readonly className: string
  readonly module: string
  readonly args: readonly unknown[]
  readonly traceback: readonly string[]
  constructor(init: {
    className: string
    module: string
    message: string
    args?: readonly unknown[]
    traceback?: readonly string[]
  }) {
    super(init.message)
    this.name = 'RemoteError'
    this.className = init.className
    this.module = init.module
    this.args = init.args ?? []
    this.traceback = init.traceback ?? []
  }
}

/** No answer within the call's time. */
export class MessagingTimeoutError extends Error {
  constructor(method: string, timeoutMs: number) {
    super(`no answer to ${method} within ${timeoutMs} ms`)
    this.name = 'MessagingTimeoutError'
  }
}

/** The bus is not reachable (not connected, or lost while waiting). */
export class MessagingUnavailableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'MessagingUnavailableError'
  }
}

export interface RpcTarget {
  readonly exchange: string
  readonly topic: string
  /** Sends to `<topic>.<server>` only. */
  readonly server?: string
  readonly fanout?: boolean
  readonly version?: string
  readonly namespace?: string
}

export interface RpcCallOptions {
  /** Default 60,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly context?: MessageContext
}

export interface OutgoingNotification {
  readonly exchange: string
  readonly topic: string
  readonly publisherId: string
  readonly eventType: string
  /** Default `INFO`; also the routing key's end, lower-cased. */
  readonly priority?: string
  readonly payload: unknown
  readonly context?: MessageContext
}

/** Something that can be stopped: no more deliveries after `close` resolves; deliveries under way are finished first. */
export interface Subscription {
  close(): Promise<void>
}

export type TransportState =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' /** 1 for the first connection, then growing. */; readonly epoch: number }
  | { readonly state: 'disconnected'; readonly reason: string; readonly retryInMs: number | null }
  | { readonly state: 'closed' }

/**
 * oslo.messaging, seen from our side. Two implementations: RabbitMQ (amqplib) and in-memory. Subscriptions survive reconnection: queues,
 * bindings and consumers are declared again on each new connection.
 */
export interface Transport {
  readonly kind: 'rabbit' | 'memory'
  readonly state: TransportState
  /** Calls back on every change of state (not with the present one); returns the unsubscribe function. */
  onState(listener: (state: TransportState) => void): () => void
  /** Resolves once connected; keeps trying until `signal` aborts. */
  connect(signal?: AbortSignal): Promise<void>
  listen(options: NotificationListenerOptions): Promise<Subscription>
  /** Resolves when the broker has confirmed it. */
  notify(notification: OutgoingNotification, signal?: AbortSignal): Promise<void>
  serve(options: RpcServerOptions): Promise<Subscription>
  /** Throws RemoteError, MessagingTimeoutError, MessagingUnavailableError, or the signal's reason. */
  call(
    target: RpcTarget,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options?: RpcCallOptions,
  ): Promise<unknown>
  /** Resolves when the broker has confirmed it. */
  cast(
    target: RpcTarget,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options?: RpcCallOptions,
  ): Promise<void>
  /** Stops everything within a bounded time, even on a dead link. Idempotent. */
  close(): Promise<void>
}
