import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { type Clock, type Logger, messageOf, type Timer } from '../../shared/index.ts'
import { parseIp } from '../net/ip.ts'
import type { MetadataConfig, MetadataListener } from '../render/metadata.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE'])
const MAX_BODY = 64 * 1024
const UPSTREAM_MS = 10_000
const CLIENT_MS = 10_000
const MAX_CONNECTIONS = 256
const REBIND_MS = 1_000

/** Headers that are a matter of one connection, and those that say who asks: neither is taken from a client. */
const DROPPED = new Set([
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])

/** A client's headers without connection matters and without any `X-`, save the two of the token protocol that Nova speaks. */
function clientHeaders(message: IncomingMessage): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value === undefined || DROPPED.has(name)) continue
    if (name.startsWith('x-') && !name.startsWith('x-aws-ec2-metadata-token') && !name.startsWith('x-metadata-token'))
      continue
    kept[name] = value
  }
  return kept
}

function answerHeaders(message: IncomingMessage): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined && !DROPPED.has(name)) kept[name] = value
  }
  if (message.headers['content-length'] !== undefined) kept['content-length'] = message.headers['content-length']
  return kept
}

function fail(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`)
}

interface Bound {
  listener: MetadataListener
  readonly server: Server
  listening: boolean
  retry: Timer | null
}

const keyOf = (listener: MetadataListener): string => `${listener.network_id} ${listener.address} ${listener.port}`

/**
 * Answers machines that ask for their metadata: finds out by network and source address who asks, says so to the orchestrator, and
 * lets nobody say it himself. One listener per network, on the router's address there, so that equal addresses on two networks are
 * told apart.
 */
export class MetadataProxy {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #bound = new Map<string, Bound>()
  #config: MetadataConfig | null = null
  #stopped = false

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** Serves this from now on. Listeners that stay are not interrupted. */
  apply(config: MetadataConfig): void {
    if (this.#stopped) return
    this.#config = config
    const wanted = new Map(config.listeners.map((listener) => [keyOf(listener), listener]))
    for (const [key, bound] of this.#bound) {
      if (!wanted.has(key)) this.#close(key, bound)
    }
    for (const [key, listener] of wanted) {
      const bound = this.#bound.get(key)
      if (bound) bound.listener = listener
      else this.#open(key, listener)
    }
  }

  #open(key: string, listener: MetadataListener): void {
    const server = createServer({ requestTimeout: CLIENT_MS, headersTimeout: CLIENT_MS, keepAliveTimeout: 5_000 })
    server.maxConnections = MAX_CONNECTIONS
    const bound: Bound = { listener, server, listening: false, retry: null }
    server.on('request', (message, response) => this.#serve(bound.listener, message, response))
    server.on('listening', () => {
      bound.listening = true
    })
    // The address may be a moment late, or the other node's.
    server.on('error', (error) => {
      this.#logger.warn(
        { address: listener.address, port: listener.port, reason: error.message },
        'metadata proxy cannot listen yet',
      )
      if (bound.listening || this.#bound.get(key) !== bound) return
      bound.retry = this.#clock.after(REBIND_MS, () => server.listen(listener.port, listener.address), { unref: true })
    })
    this.#bound.set(key, bound)
    server.listen(listener.port, listener.address)
  }

  #close(key: string, bound: Bound): void {
    this.#bound.delete(key)
    bound.retry?.cancel()
    if (bound.listening) bound.server.close()
    bound.server.closeAllConnections()
  }

  #serve(listener: MetadataListener, message: IncomingMessage, response: ServerResponse): void {
    const client = parseIp((message.socket.remoteAddress ?? '').replace(/^::ffff:/, ''))
    const known = client !== null && Object.hasOwn(listener.instances, client.text)
    const instance = known ? listener.instances[client.text] : undefined
    if (!this.#config || client === null || instance === undefined) {
      fail(response, 404, 'No instance has this address.')
    } else if (!METHODS.has(message.method ?? '')) {
      fail(response, 405, 'This method is not served.')
    } else if (Number(message.headers['content-length'] ?? 0) > MAX_BODY) {
      fail(response, 413, 'The body is too large.')
    } else {
      const identity = {
        'x-forwarded-for': client.text,
        'x-instance-id': instance,
        'x-tenant-id': this.#config.tenant_id,
        'x-neutron-network-id': listener.network_id,
        // The name of ten years ago; original orchestrators know no other.
        'x-quantum-network-id': listener.network_id,
      }
      this.#forward(this.#config, identity, message, response)
    }
  }

  #forward(
    config: MetadataConfig,
    identity: Record<string, string>,
    message: IncomingMessage,
    response: ServerResponse,
  ): void {
    const length = Number(message.headers['content-length'] ?? 0)
    const upstream = request({
      host: config.orchestrator.address,
      port: config.orchestrator.port,
      method: message.method,
      path: message.url ?? '/',
      signal: AbortSignal.timeout(UPSTREAM_MS),
      headers: {
        ...clientHeaders(message),
        ...(length > 0 ? { 'content-length': String(length) } : {}),
        ...identity,
        connection: 'close',
      },
    })
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answerHeaders(answer))
      answer.on('error', () => response.destroy())
      answer.pipe(response)
    })
    upstream.on('error', (error) => {
      this.#logger.warn({ instance_id: identity['x-instance-id'], reason: messageOf(error) }, 'metadata request failed')
      fail(response, 503, 'The metadata service cannot be reached.')
    })
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy()
    })
    if (length === 0 && message.headers['transfer-encoding'] === undefined) {
      upstream.end()
      return
    }
    let received = 0
    message.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (received <= MAX_BODY) {
        upstream.write(chunk)
        return
      }
      fail(response, 413, 'The body is too large.')
      upstream.destroy()
    })
    message.on('end', () => upstream.end())
    message.on('error', () => upstream.destroy())
  }

  /** Stops serving. */
  stop(): void {
    this.#stopped = true
    for (const [key, bound] of [...this.#bound]) this.#close(key, bound)
  }
}
