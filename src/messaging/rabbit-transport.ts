import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from '../shared/index.ts'
import { OsloTransport } from './engine/transport.ts'
import type { ReconnectPause } from './rabbit/broker-list.ts'
import { RabbitBus } from './rabbit/bus.ts'
import { loadTls } from './rabbit/tls.ts'
import { type BrokerTls, parseTransportUrl } from './transport-url.ts'
import type { Transport } from './types.ts'

/** Settings of a transport over RabbitMQ. What the URL's query says wins. */
export interface RabbitTransportOptions {
  /** As oslo.messaging writes it; see parseTransportUrl. */
  readonly url: string
  /** TLS, when the URL does not say: `[oslo_messaging_rabbit] ssl*`. */
  readonly tls?: BrokerTls
  /** `heartbeat_timeout_threshold`: seconds of silence after which the link counts as dead (0: never). Default 60. */
  readonly heartbeatSeconds?: number
  /** `amqp_durable_queues`. Default false. */
  readonly durableQueues?: boolean
  /** `amqp_auto_delete`. Default false. */
  readonly autoDelete?: boolean
  /** `rabbit_quorum_queue`. Default false. */
  readonly quorumQueues?: boolean
  /** Limit of one attempt to connect. Default 10,000 ms. */
  readonly connectTimeoutMs?: number
  /** Pause between attempts, spread by a quarter: from `baseMs` (500) doubling, or growing by `stepMs`, to `maxMs` (30,000). */
  readonly backoff?: ReconnectPause
  /** Longest wait for the broker to confirm a message, reconnections included. Default 10,000 ms. */
  readonly publishTimeoutMs?: number
  /** How long a call waits for a connection before it fails. Default 5,000 ms. */
  readonly connectWaitMs?: number
  /** How long handlers may finish at close. Default 5,000 ms. */
  readonly drainMs?: number
  /** Shown in RabbitMQ's list of connections. Default `astara:<pid>`. */
  readonly connectionName?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
}

/**
 * oslo.messaging over RabbitMQ. Connects at the first use (or `connect`), and keeps itself connected until closed. Throws AstaraError
 * `bad_config` for a URL or TLS file that cannot be read.
 */
export function createRabbitTransport(options: RabbitTransportOptions): Transport {
  const url = parseTransportUrl(options.url)
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const log = options.logger ?? silentLogger
  const tls = url.tls ? { ...options.tls, ...url.tls } : options.tls
  if (url.unknownOptions.length > 0) {
    log.warn({ options: url.unknownOptions }, 'transport_url has options that mean nothing here')
  }
  const bus = new RabbitBus({
    url,
    tls: tls ? loadTls(tls) : null,
    heartbeatSeconds: url.options.heartbeatSeconds ?? options.heartbeatSeconds ?? 60,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    backoff: options.backoff ?? { baseMs: 500, maxMs: 30_000 },
    connectionName: options.connectionName ?? `astara:${process.pid}`,
    clock,
    random,
    log,
  })
  return new OsloTransport(bus, {
    style: {
      durable: url.options.durableQueues ?? options.durableQueues ?? false,
      autoDelete: url.options.autoDelete ?? options.autoDelete ?? false,
      quorum: url.options.quorumQueues ?? options.quorumQueues ?? false,
    },
    publishTimeoutMs: options.publishTimeoutMs ?? 10_000,
    connectWaitMs: options.connectWaitMs ?? 5000,
    drainMs: options.drainMs ?? 5000,
    clock,
    random,
    log,
  })
}
