import { type ChannelModel, connect } from 'amqplib'
import { AstaraError, messageOf, redactText } from '../../shared/index.ts'
import { type BrokerAddress, type BrokerTls, describeBroker, parseTransportUrl } from '../transport-url.ts'
import { loadTls, type TlsOptions } from './tls.ts'

export interface BrokerProbeOptions {
  /** As oslo.messaging writes it; may name several brokers. */
  readonly url: string
  /** TLS, when the URL does not say. */
  readonly tls?: BrokerTls
  /** Exchanges to look for. */
  readonly exchanges: readonly string[]
  /** Limit for each broker. */
  readonly timeoutMs: number
}

/** What one broker of the list answered. */
export interface BrokerAnswer {
  /** `host:port`. */
  readonly broker: string
  /** `RabbitMQ 3.10.8`; null when it could not be entered. */
  readonly product: string | null
  /** Why not. */
  readonly error: string | null
  /** Which of the exchanges there are. */
  readonly exchanges: ReadonlyMap<string, boolean>
}

/**
 * Knocks at every broker of a transport_url and looks for exchanges, passively: nothing is declared, nothing is left. Throws AstaraError
 * `bad_config` for a URL or TLS file that cannot be read.
 */
export async function probeBrokers(options: BrokerProbeOptions): Promise<readonly BrokerAnswer[]> {
  const url = parseTransportUrl(options.url)
  const settings = url.tls ? { ...options.tls, ...url.tls } : options.tls
  const tls = settings ? loadTls(settings) : null
  return Promise.all(
    url.hosts.map((host) =>
      inTime(host, options.timeoutMs, (signal) => probeOne(host, url.virtualHost, tls, options, signal)),
    ),
  )
}

async function probeOne(
  host: BrokerAddress,
  virtualHost: string,
  tls: TlsOptions | null,
  { exchanges, timeoutMs }: BrokerProbeOptions,
  signal: AbortSignal,
): Promise<BrokerAnswer> {
  const address = {
    protocol: tls ? 'amqps' : 'amqp',
    hostname: host.host,
    port: host.port,
    username: host.username,
    password: host.password,
    vhost: encodeURIComponent(virtualHost),
    heartbeat: 0,
  }
  // net.Socket takes a signal, which the library's types do not know.
  const cut = { signal }
  const model = await connect(address, {
    ...cut,
    ...(tls ?? {}),
    timeout: timeoutMs,
    clientProperties: { connection_name: 'astara:check', product: 'astara' },
  })
  model.on('error', () => {
    // Its end is told by what was being asked.
  })
  try {
    const there = new Map<string, boolean>()
    for (const exchange of exchanges) there.set(exchange, await exists(model, exchange))
    const { product = 'AMQP', version = '' } = model.connection.serverProperties
    return { broker: describeBroker(host), product: `${product} ${version}`.trim(), error: null, exchanges: there }
  } finally {
    await model.close().catch(() => {})
  }
}

/** A broker answers a look for what is not there by closing the channel: each look has its own. */
async function exists(model: ChannelModel, exchange: string): Promise<boolean> {
  const channel = await model.createChannel()
  channel.on('error', () => {
    // Told by the call.
  })
  try {
    await channel.checkExchange(exchange)
    await channel.close()
    return true
  } catch (error) {
    if (/NOT_FOUND|404/.test(messageOf(error))) return false
    throw error
  }
}

async function inTime(
  host: BrokerAddress,
  ms: number,
  probe: (signal: AbortSignal) => Promise<BrokerAnswer>,
): Promise<BrokerAnswer> {
  const limit = new AbortController()
  const late = new AstaraError('timeout', `no answer within ${ms / 1_000} s`)
  const timer = setTimeout(() => limit.abort(late), ms)
  const expired = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(late), { once: true })
  })
  try {
    return await Promise.race([probe(limit.signal), expired])
  } catch (error) {
    return { broker: describeBroker(host), product: null, error: describe(error), exchanges: new Map() }
  } finally {
    clearTimeout(timer)
  }
}

function describe(error: unknown): string {
  const nested = error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : ''
  const text = messageOf(error) || nested || 'unknown error'
  if (/ACCESS_REFUSED|403/.test(text)) return 'it refused the user name or the password'
  if (/Expected ConnectionOpenOk|NOT_ALLOWED|530/.test(text)) return 'it refused the virtual host'
  return redactText(text)
}
