import { AstaraError } from '../shared/index.ts'

/** One broker of the list. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
}

/** TLS towards the broker, as `[oslo_messaging_rabbit] ssl*` says. Paths are PEM files. */
export interface BrokerTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  /** False accepts any certificate. Default true. */
  readonly verify?: boolean
}

/** A `transport_url`, read. */
export interface TransportUrl {
  readonly hosts: readonly [BrokerAddress, ...BrokerAddress[]]
  readonly virtualHost: string
  /** Null for plain TCP. */
  readonly tls: BrokerTls | null
  /** Further options of the query that the driver knows: they win over the configuration file. */
  readonly options: TransportUrlOptions
  /** Query keys that mean nothing here. */
  readonly unknownOptions: readonly string[]
}

/** Options of [oslo_messaging_rabbit] that a URL's query may carry. */
interface TransportUrlOptions {
  readonly heartbeatSeconds?: number
  readonly durableQueues?: boolean
  readonly autoDelete?: boolean
  readonly quorumQueues?: boolean
}

const PORT = 5672
const TLS_PORT = 5671
const SCHEMES = new Map([
  ['rabbit', false],
  ['kombu', false],
  ['kombu+rabbit', false],
  ['kombu+amqp', false],
  ['kombu+pyamqp', false],
  ['amqp', false],
  ['pyamqp', false],
  ['rabbits', true],
  ['amqps', true],
  ['kombu+amqps', true],
])

/** The URL itself is never quoted in an error: it holds a password. */
function refuse(problem: string): never {
  throw new AstaraError('bad_config', `transport_url: ${problem}`, {
    suggestions: [
      'Write it as rabbit://user:password@host:5672,host2:5672/virtual_host (special characters percent-encoded)',
    ],
  })
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(`the ${what} has a % that is not followed by two hex digits (write % itself as %25)`)
  }
}

function parsePort(text: string, standard: number): number {
  if (text === '') return standard
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    refuse(`port "${text.slice(0, 20)}" is not a number from 1 to 65535`)
  return port
}

function parseHostPort(text: string, standardPort: number): { host: string; port: number } {
  const v6 = /^\[([^\]]*)\](?::(.*))?$/.exec(text)
  if (v6) return { host: v6[1] ?? '', port: parsePort(v6[2] ?? '', standardPort) }
  const colon = text.indexOf(':')
  if (colon < 0) return { host: text, port: standardPort }
  if (text.indexOf(':', colon + 1) >= 0) refuse('an IPv6 address must stand in brackets, as in [::1]:5672')
  return { host: text.slice(0, colon), port: parsePort(text.slice(colon + 1), standardPort) }
}

/** A host without credentials has those of the host before it. */
function parseHost(text: string, before: BrokerAddress | undefined, standardPort: number): BrokerAddress {
  const at = text.lastIndexOf('@')
  const { host, port } = parseHostPort(text.slice(at + 1), standardPort)
  if (host === '') refuse('a host is missing')
  if (at < 0) {
    return { host, port, username: before?.username ?? 'guest', password: before?.password ?? 'guest' }
  }
  const credentials = text.slice(0, at)
  const colon = credentials.indexOf(':')
  const username = decode(colon < 0 ? credentials : credentials.slice(0, colon), 'user name')
  const password = colon < 0 ? '' : decode(credentials.slice(colon + 1), 'password')
  return { host, port, username, password }
}

function parseBoolean(text: string, key: string): boolean {
  if (/^(1|true|on|yes)$/i.test(text)) return true
  if (/^(0|false|off|no)$/i.test(text)) return false
  return refuse(`${key} is neither true nor false`)
}

function parseSeconds(text: string, key: string): number {
  const value = Number(text)
  if (text === '' || !Number.isInteger(value) || value < 0 || value > 65_535)
    refuse(`${key} is not a number of seconds`)
  return value
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function parseQuery(
  query: string,
): Pick<TransportUrl, 'options' | 'unknownOptions'> & { ssl: boolean | null; tls: BrokerTls } {
  let ssl: boolean | null = null
  const tls: Mutable<BrokerTls> = {}
  const options: Mutable<TransportUrlOptions> = {}
  const unknownOptions: string[] = []
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'ssl') ssl = parseBoolean(value, key)
    else if (key === 'ssl_ca_file') tls.caFile = value
    else if (key === 'ssl_cert_file') tls.certFile = value
    else if (key === 'ssl_key_file') tls.keyFile = value
    else if (key === 'ssl_verify') tls.verify = parseBoolean(value, key)
    else if (key === 'heartbeat_timeout_threshold') options.heartbeatSeconds = parseSeconds(value, key)
    else if (key === 'amqp_durable_queues') options.durableQueues = parseBoolean(value, key)
    else if (key === 'amqp_auto_delete') options.autoDelete = parseBoolean(value, key)
    else if (key === 'rabbit_quorum_queue') options.quorumQueues = parseBoolean(value, key)
    else unknownOptions.push(key)
  }
  return { ssl, tls, options, unknownOptions }
}

/**
 * Reads a `transport_url` as oslo.messaging writes it: `rabbit://user:pass@h1:5672,h2:5672/vhost?ssl=1`. Schemes: rabbit, kombu,
 * kombu+rabbit, kombu+amqp, amqp, pyamqp, and with TLS rabbits, amqps. An empty virtual host is `/`. Throws AstaraError `bad_config`,
 * which never quotes the URL.
 */
export function parseTransportUrl(url: string): TransportUrl {
  const parts = /^([A-Za-z][\w+.-]*):\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url.trim())
  if (!parts) refuse('it is not a URL (a / or ? in the password must be percent-encoded)')
  const [, scheme = '', netloc = '', path = '', query = ''] = parts
  const secure = SCHEMES.get(scheme.toLowerCase())
  if (secure === undefined) {
    refuse(`the transport "${scheme.slice(0, 30)}" is not supported; these are: ${[...SCHEMES.keys()].join(', ')}`)
  }
  const { ssl, tls, options, unknownOptions } = parseQuery(query)
  const useTls = ssl ?? secure
  const standardPort = useTls && secure ? TLS_PORT : PORT
  const hosts: BrokerAddress[] = []
  for (const text of netloc.split(',')) {
    if (text.trim() !== '') hosts.push(parseHost(text.trim(), hosts.at(-1), standardPort))
  }
  const [first, ...rest] = hosts
  if (!first) refuse('it names no host')
  return {
    hosts: [first, ...rest],
    virtualHost: decode(path, 'virtual host') || '/',
    tls: useTls ? tls : null,
    options,
    unknownOptions,
  }
}

/** A broker's name for people: no user, no password. */
export function describeBroker(address: BrokerAddress): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}
