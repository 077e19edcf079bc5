import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib'
import { type Clock, type Logger, messageOf, type Random, redactText } from '../../shared/index.ts'
import { describeBroker, type TransportUrl } from '../transport-url.ts'
import type { Bus, BusChannel, BusConnection, BusListener } from '../wire/bus.ts'
import { settleWithin, withDeadline } from '../wire/deadline.ts'
import { BusClosedError } from '../wire/errors.ts'
import { BrokerList, type ReconnectPause } from './broker-list.ts'
import { RabbitChannel } from './channel.ts'
import type { TlsOptions } from './tls.ts'

/** Settings of a connection to RabbitMQ. */
export interface RabbitBusOptions {
  readonly url: TransportUrl
  readonly tls: TlsOptions | null
  readonly heartbeatSeconds: number
  readonly connectTimeoutMs: number
  readonly backoff: ReconnectPause
  readonly connectionName: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

const OPEN_CHANNEL_TIMEOUT_MS = 20_000
const CLOSE_TIMEOUT_MS = 2000
/** A socket that is still there so long after its connection ended is cut. */
const LINGER_MS = 1000

/** Text of a connection error: Node's AggregateError (several addresses of one name) has none of its own. */
function describe(error: unknown): string {
  const nested = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : ''
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const text = messageOf(error) || nested || code || 'unknown error'
  // The library tells only that the broker answered "open the virtual host" with a close.
  if (/Expected ConnectionOpenOk/.test(text)) return 'the broker refused the virtual host'
  return redactText(text)
}

/** The library leaves the socket of a dead connection to itself; its type does not show it. */
function socketOf(model: ChannelModel): { destroy(): void } | null {
  const stream: unknown = Reflect.get(model.connection, 'stream')
  return typeof stream === 'object' && stream !== null && 'destroy' in stream && typeof stream.destroy === 'function'
    ? (stream as { destroy(): void })
    : null
}

class RabbitConnection implements BusConnection {
  readonly #model: ChannelModel
  readonly #clock: Clock

  constructor(model: ChannelModel, clock: Clock) {
    this.#model = model
    this.#clock = clock
  }

  async openChannel(): Promise<BusChannel> {
    const limits = { clock: this.#clock, ms: OPEN_CHANNEL_TIMEOUT_MS }
    const late = (): Error => new BusClosedError('the broker did not open a channel in time')
    try {
      return new RabbitChannel(await withDeadline(this.#model.createConfirmChannel(), limits, late), this.#clock)
    } catch (error) {
      throw new BusClosedError(`cannot open a channel: ${describe(error)}`, { cause: error })
    }
  }
}

/** RabbitMQ through amqplib and its own recovery, over a list of brokers. */
export class RabbitBus implements Bus {
  readonly kind = 'rabbit'
  readonly #options: RabbitBusOptions
  readonly #brokers: BrokerList
  /** Aborting it cuts the socket, whatever state it is in. */
  readonly #cut = new AbortController()
  #model: Promise<RecoveringChannelModel> | null = null
  #closed = false

  constructor(options: RabbitBusOptions) {
    this.#options = options
    this.#brokers = new BrokerList(options.url.hosts, options.backoff, options.random)
  }

  start(listener: BusListener): void {
    const { connectTimeoutMs, connectionName, tls, log } = this.#options
    const brokers = this.#brokers
    // net.Socket takes a signal, which the library's types do not know.
    const cut = { signal: this.#cut.signal }
    this.#model = connect(this.#address(), {
      ...cut,
      ...(tls ?? {}),
      timeout: connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
      keepAliveDelay: 30_000,
      clientProperties: { connection_name: connectionName, product: 'astara' },
      recovery: {
        waitForConnect: false,
        maxRetries: Number.POSITIVE_INFINITY,
        calculateDelay: (attempt) => brokers.next(attempt),
      },
    })
    this.#model.then(
      (model) => this.#watch(model, listener),
      (error: unknown) => log.error({ err: error }, 'cannot start the connection to the bus'),
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    const closing = this.#model?.then((model) => model.close())
    if (closing) await settleWithin(closing, this.#options.clock, CLOSE_TIMEOUT_MS)
    this.#cut.abort(new BusClosedError('closed'))
  }

  /** Read anew at each attempt: the getters answer for the broker whose turn it is. */
  #address() {
    const { url, heartbeatSeconds, tls } = this.#options
    const brokers = this.#brokers
    return {
      protocol: tls ? 'amqps' : 'amqp',
      vhost: encodeURIComponent(url.virtualHost),
      heartbeat: heartbeatSeconds,
      get hostname() {
        return brokers.current.host
      },
      get port() {
        return brokers.current.port
      },
      get username() {
        return brokers.current.username
      },
      get password() {
        return brokers.current.password
      },
    }
  }

  #watch(model: RecoveringChannelModel, listener: BusListener): void {
    const { clock, log } = this.#options
    const broker = (): string => describeBroker(this.#brokers.current)
    let tried = broker()
    model.on('connect', (live) => {
      tried = broker()
      live.on('close', () => clock.after(LINGER_MS, () => socketOf(live)?.destroy(), { unref: true }))
      if (this.#closed) return
      log.info({ broker: tried }, 'connected to the bus')
      listener.up(new RabbitConnection(live, clock))
    })
    model.on('reconnect-scheduled', ({ delay, error }) => {
      if (this.#closed) return
      const text = describe(error)
      const vhost = this.#options.url.virtualHost
      const hint = /virtual host/.test(text) ? ` '${vhost}': does it exist, and may the user enter it?` : ''
      const reason = `${tried}: ${text}${hint}`
      log.warn({ retry_in_ms: delay, next: broker() }, `not connected to the bus: ${reason}`)
      tried = broker()
      listener.down(reason, delay)
    })
    // Each of these is followed by the events above; unheard, they would end the process.
    model.on('error', (error) => log.debug({ err: error }, 'connection to the bus failed'))
    model.on('handler-error', (error) => log.error({ err: error }, 'a handler of the connection threw'))
    model.on('reconnect-failed', (error) => log.error({ err: error }, 'the connection to the bus is given up'))
    model.on('blocked', (reason) => log.warn({ reason }, 'the broker takes no messages for now'))
    model.on('unblocked', () => log.info('the broker takes messages again'))
  }
}
