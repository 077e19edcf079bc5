import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AstaraError, type Clock, type Logger, messageOf } from '../../shared/index.ts'
import type { ApiFaults } from '../faults/api-faults.ts'
import type { Identity } from '../identity/identity.ts'
import type { Ids } from '../ids.ts'
import type { Journal } from '../journal.ts'
import { ApiError } from './api-error.ts'
import type { Match } from './route-table.ts'
import type { ApiService } from './service.ts'
import type { ApiReply, ApiRequest } from './types.ts'

/** Image uploads are kept small: the cloud only needs their hash and size. */
const BODY_LIMIT = 64 * 1024 * 1024

export interface ApiServerDeps {
  readonly identity: Identity
  readonly journal: Journal
  readonly faults: ApiFaults
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
}

/** A listening service. */
export interface ApiServer {
  readonly port: number
  close(): Promise<void>
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new ApiError(413, 'RequestEntityTooLarge', 'Request body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Buffer, type: string | undefined, complaint: string): unknown {
  if (bytes.length === 0 || type?.startsWith('application/octet-stream')) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new ApiError(400, 'HTTPBadRequest', complaint)
  }
}

function write(outgoing: ServerResponse, reply: ApiReply, headers: Record<string, string>, isHead: boolean): void {
  const isText = typeof reply.body === 'string'
  const body = reply.body === undefined ? '' : isText ? String(reply.body) : JSON.stringify(reply.body)
  const all: Record<string, string | number> = { ...headers, ...reply.headers }
  if (reply.body !== undefined) all['Content-Type'] ??= isText ? 'text/html; charset=UTF-8' : 'application/json'
  if (reply.status !== 204) all['Content-Length'] = Buffer.byteLength(body)
  outgoing.writeHead(reply.status, all)
  outgoing.end(isHead || reply.status === 204 ? undefined : body)
}

/** Listens on `host:port`; when that port is taken and `fallback` is set, on a free one. */
async function listen(server: Server, host: string, port: number, fallback: boolean): Promise<number> {
  const attempt = (at: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(at, host, () => {
        server.off('error', reject)
        resolve((server.address() as AddressInfo).port)
      })
    })
  try {
    return await attempt(port)
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    if (taken && fallback && port !== 0) return attempt(0)
    throw new AstaraError(
      'address_in_use',
      `the embedded cloud cannot listen on ${host}:${port}: ${messageOf(error)}`,
      {
        cause: error,
        suggestions: ['Choose another port, or 0 for any free one.'],
      },
    )
  }
}

/** Serves one API service until closed. Every request ends in the journal, whatever became of it. */
export async function startApiServer(
  service: ApiService,
  at: { readonly host: string; readonly port: number; readonly fallback: boolean },
  deps: ApiServerDeps,
): Promise<ApiServer> {
  const { journal, faults, identity, clock, ids, logger } = deps

  async function answer(incoming: IncomingMessage, url: URL, match: Match, requestId: string): Promise<ApiReply> {
    const bytes = await readBody(incoming)
    const token = incoming.headers['x-auth-token']
    const caller = identity.callerOf(typeof token === 'string' ? token : undefined, requestId)
    const isOpen =
      (match.kind === 'route' && match.route.open) || (match.kind === 'none' && service.name === 'keystone')
    if (!caller && !isOpen) {
      throw new ApiError(401, 'Unauthorized', 'The request you have made requires authentication.')
    }
    if (match.kind === 'none') throw new ApiError(404, 'HTTPNotFound', 'The resource could not be found.')
    if (match.kind === 'method') {
      throw new ApiError(405, 'HTTPMethodNotAllowed', `The method ${incoming.method} is not allowed for this resource.`)
    }
    const request: ApiRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      params: match.params,
      body: parseJson(bytes, incoming.headers['content-type'], service.malformedBody),
      bytes,
      caller,
      requestId,
    }
    service.check?.(request)
    return match.route.handler(request)
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const started = clock.monotonic()
    const requestId = `req-${ids.uuid()}`
    const method = incoming.method ?? 'GET'
    const url = new URL(incoming.url ?? '/', 'http://localhost')
    const match = service.routes.match(method, url.pathname)
    const template =
      match.kind === 'route' ? match.route.template : match.kind === 'method' ? match.template : '(unknown)'
    const record = (status: number | null): void =>
      journal.add({
        at: clock.now(),
        service: service.name,
        method,
        path: template,
        status,
        userAgent: incoming.headers['user-agent'] ?? '',
        durationMs: clock.monotonic() - started,
      })
    const isControl = url.pathname.startsWith('/_embedded')
    let reply: ApiReply
    try {
      const fault = isControl ? null : faults.take(service.name, method, template)
      if (fault?.delayMs) await clock.sleep(fault.delayMs)
      if (fault?.mode === 'hang') {
        record(null)
        return // the connection stays open and silent until the client or stop() ends it
      }
      if (fault?.mode === 'drop') {
        record(null)
        incoming.socket.destroy()
        return
      }
      if (fault?.mode === 'status') {
        incoming.resume()
        throw new ApiError(fault.status ?? 503, 'ServiceUnavailable', fault.message ?? 'injected fault')
      }
      reply = await answer(incoming, url, match, requestId)
    } catch (error) {
      const refusal =
        error instanceof ApiError ? error : new ApiError(500, 'HTTPInternalServerError', 'Unexpected API Error.')
      if (refusal !== error)
        logger.error({ err: error, service: service.name, method, path: template }, 'request failed')
      reply = service.renderError(refusal, { method, path: url.pathname, headers: incoming.headers })
    }
    record(reply.status)
    const headers: Record<string, string> = { ...service.headers(incoming, reply) }
    for (const name of service.requestIdHeaders) headers[name] = requestId
    if (!outgoing.destroyed) write(outgoing, reply, headers, method === 'HEAD')
  }

  const server = createServer({ keepAliveTimeout: 30_000 }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      logger.error({ err: error, service: service.name }, 'answering failed')
      outgoing.destroy()
    })
  })
  const port = await listen(server, at.host, at.port, at.fallback)
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
