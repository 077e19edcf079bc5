import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Agent, type Dispatcher } from 'undici'
import { AstaraError, type Clock, type Logger, messageOf } from '../../shared/index.ts'
import { plainAddress } from './address.ts'
import { Allowance, type AllowanceSettings } from './allowance.ts'
import { type Identity, judge } from './authority.ts'
import type { InstanceLookup } from './instance-lookup.ts'
import { RefusalLog } from './refusal-log.ts'
import { passedBack, passedOn, refusalOf } from './request-rules.ts'
import { signInstance } from './signature.ts'

export interface MetadataSettings {
  /** IPv4 or IPv6 address, or a name. */
  readonly listen: string
  /** 0: a free one. */
  readonly port: number
  readonly nova: { readonly host: string; readonly port: number }
  /** Shared with Nova. */
  readonly secret: string
  /** Milliseconds that Nova may take. */
  readonly novaTimeoutMs: number
  readonly allowance: AllowanceSettings
}

export interface MetadataDeps {
  /** Id of the resource whose appliance has an address; null: nobody's. */
  readonly resourceAt: (address: string) => string | null
  /** Networks behind a resource, external ones left out. */
  readonly networksOf: (resourceId: string) => ReadonlySet<string>
  readonly lookup: InstanceLookup
  /** Whether resources are known yet: before that nobody can be told from a stranger. */
  readonly isReady: () => boolean
  readonly clock: Clock
  readonly logger: Logger
}

/** A listening metadata proxy. */
export interface MetadataProxy {
  /** `http://[fdca::1]:9697` */
  readonly url: string
  /** Ends what is under way and stops listening. */
  close(): Promise<void>
}

const MAX_BODY = 64 * 1024
const CLIENT_MS = 10_000
/** Requests under way, all appliances together: each costs two sockets. */
const MAX_ACTIVE = 4_096

class Refused extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
    super(text)
    this.status = status
    this.headers = headers
  }
}

/**
 * Starts the orchestrator's side of metadata: takes what appliances ask on behalf of the machines behind them, makes sure that they may,
 * signs it and hands it to Nova. Nothing that the asker says is believed but the instance's id, and that only when Neutron has the instance
 * on a network of the asking appliance.
 *
 * @throws AstaraError `bad_config` for an empty secret or an address that is not this machine's; `address_in_use`.
 */
export async function startMetadataProxy(settings: MetadataSettings, deps: MetadataDeps): Promise<MetadataProxy> {
  const { clock, logger } = deps
  if (settings.secret.trim() === '') throw emptySecret()
  const nova = `http://${bracketed(settings.nova.host)}:${settings.nova.port}`
  const agent = new Agent({ connect: { timeout: settings.novaTimeoutMs }, bodyTimeout: settings.novaTimeoutMs })
  const allowance = new Allowance(settings.allowance, clock)
  const refusals = new RefusalLog(clock, logger)
  const closing = new AbortController()
  let active = 0

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer = plainAddress(request.socket.remoteAddress ?? '') ?? ''
    let release: (() => void) | null = null
    active += 1
    try {
      if (!deps.isReady()) throw new Refused(503, 'The orchestrator does not know its appliances yet.', RETRY)
      const resourceId = deps.resourceAt(peer)
      if (resourceId === null) {
        refusals.note({ peer, reason: 'the peer is not an appliance of ours' })
        throw new Refused(403, 'Not an appliance.')
      }
      release = active > MAX_ACTIVE ? null : allowance.take(resourceId)
      if (release === null) {
        refusals.note({ peer, resource_id: resourceId, reason: 'too many requests' })
        throw new Refused(429, 'Too many requests.', RETRY)
      }
      const rule = refusalOf(request)
      if (rule) throw new Refused(rule.status, rule.text, rule.allow === undefined ? {} : { allow: rule.allow })
      const instanceId = only(request.headers['x-instance-id'])
      if (instanceId === null) throw new Refused(404, 'No instance is named.')
      const identity = await identify(request, instanceId, resourceId, peer)
      await forward(request, response, identity)
    } catch (error) {
      fail(response, error instanceof Refused ? error : unexpected(error))
    } finally {
      active -= 1
      release?.()
    }
  }

  async function identify(
    request: IncomingMessage,
    instanceId: string,
    resourceId: string,
    peer: string,
  ): Promise<Identity> {
    const claim = { instanceId, forwardedFor: only(request.headers['x-forwarded-for']) }
    const verdict = await judge(claim, deps.networksOf(resourceId), deps.lookup).catch((error: unknown) => {
      logger.warn({ instance_id: instanceId, reason: messageOf(error) }, 'metadata: Neutron could not be asked')
      throw new Refused(503, 'The instance cannot be looked up now.', RETRY)
    })
    if (verdict.kind === 'granted') return verdict.identity
    refusals.note({ peer, resource_id: resourceId, instance_id: instanceId, reason: verdict.reason })
    throw new Refused(403, 'This instance is not on a network of this appliance.')
  }

  async function forward(request: IncomingMessage, response: ServerResponse, identity: Identity): Promise<void> {
    const method = request.method ?? 'GET'
    const body = method === 'GET' || method === 'HEAD' ? null : await readBody(request)
    const gone = new AbortController()
    const onClose = (): void => gone.abort(new Error('the asker has gone'))
    response.once('close', onClose)
    const late = new AbortController()
    const timer = clock.after(settings.novaTimeoutMs, () => late.abort(), { unref: true })
    try {
      const answer = await agent.request({
        origin: nova,
        path: request.url ?? '/',
        method: method as Dispatcher.HttpMethod,
        headers: { ...passedOn(request.headers), ...ownHeaders(settings.secret, identity) },
        body,
        signal: AbortSignal.any([gone.signal, late.signal, closing.signal]),
      })
      response.writeHead(answer.statusCode, passedBack(answer.headers))
      await pipeline(answer.body, response)
    } catch (error) {
      if (gone.signal.aborted) return
      logger.warn({ instance_id: identity.instanceId, reason: messageOf(error) }, 'metadata: Nova did not answer')
      throw late.signal.aborted
        ? new Refused(504, 'Nova did not answer in time.')
        : new Refused(502, 'Nova cannot be reached.')
    } finally {
      timer.cancel()
      response.off('close', onClose)
    }
  }

  function unexpected(error: unknown): Refused {
    logger.error({ err: error }, 'a metadata request failed')
    return new Refused(500, 'The request failed.')
  }

  const server = createServer(
    { requestTimeout: CLIENT_MS, headersTimeout: CLIENT_MS, keepAliveTimeout: 5_000, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      request.on('error', () => {})
      response.on('error', () => {})
      serve(request, response).catch((error: unknown) => logger.error({ err: error }, 'metadata'))
    },
  )
  const port = await listen(server, settings)
  const url = `http://${bracketed(settings.listen)}:${port}`
  logger.info({ url, nova }, 'metadata is served to appliances')
  return {
    url,
    async close() {
      closing.abort(new Error('shutting down'))
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await agent.destroy()
    },
  }
}

const RETRY = { 'retry-after': '1' }

/** Says who asks, in Nova's words. */
function ownHeaders(secret: string, identity: Identity): Record<string, string> {
  return {
    'x-instance-id': identity.instanceId,
    'x-instance-id-signature': signInstance(secret, identity.instanceId),
    'x-tenant-id': identity.tenantId,
    ...(identity.address === null ? {} : { 'x-forwarded-for': identity.address }),
  }
}

/** A header that is there once; said twice, it is joined with a comma and says nothing. */
function only(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return text.trim() === '' ? null : text.trim()
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY) throw new Refused(413, 'The body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function fail(response: ServerResponse, refused: Refused): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  response.writeHead(refused.status, { 'content-type': 'text/plain', connection: 'close', ...refused.headers })
  response.end(`${refused.message}\n`)
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

function emptySecret(): AstaraError {
  return new AstaraError('bad_config', '[DEFAULT] neutron_metadata_proxy_shared_secret is empty', {
    suggestions: [
      'Set it to what Nova has as metadata_proxy_shared_secret in its [neutron] section: with an empty one anybody could sign.',
      'Without metadata for tenants: set [DEFAULT] metadata_proxy to false.',
    ],
  })
}

function listen(server: Server, { listen: host, port }: MetadataSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port)))
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

function listenFailure(cause: NodeJS.ErrnoException, host: string, port: number): AstaraError {
  const where = `${bracketed(host)}:${port}`
  if (cause.code === 'EADDRINUSE') {
    return new AstaraError('address_in_use', `metadata cannot be served on ${where}: another program listens there`, {
      cause,
      suggestions: [`See which one: ss -ltnp 'sport = :${port}'`, 'Or set [DEFAULT] astara_metadata_port.'],
    })
  }
  return new AstaraError('bad_config', `metadata cannot be served on ${where}: ${messageOf(cause)}`, {
    cause,
    suggestions: [
      'Set [DEFAULT] metadata_listen to the address of this machine on the management network.',
      'See which it has: ip address',
    ],
  })
}
