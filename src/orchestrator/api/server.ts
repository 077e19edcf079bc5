import { randomBytes } from 'node:crypto'
import { type FastifyInstance, type FastifyReply, fastify, LogController } from 'fastify'
import { AstaraError, type Clock, type Logger, systemClock } from '../../shared/index.ts'
import { guardConnections } from './connection-guard.ts'
import { clientErrorReply, errorReply } from './errors.ts'
import { isLegacyPath, pathWords } from './legacy-command.ts'
import { legacyRoutes } from './legacy-routes.ts'
import { hostPort, listenError, resolveListenAddress } from './listen-address.ts'
import { liveRoutes } from './live-routes.ts'
import type { MetricsSource, OrchestratorPort } from './port.ts'
import { probeRoutes } from './probe-routes.ts'
import { guardRequest } from './request-guard.ts'
import { StreamHub } from './stream/index.ts'
import { tenantRoutes } from './tenant-routes.ts'
import { v1Routes } from './v1-routes.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
const KEEP_ALIVE_MS = 5_000
const BODY_LIMIT_BYTES = 64 * 1024
const HEADER_LIMIT_BYTES = 16 * 1024

export interface ApiDeps {
  readonly port: OrchestratorPort
  readonly metrics: MetricsSource
  readonly logger: Logger
  /** Of the program, for the OpenAPI document. */
  readonly version: string
  /** For the stream's heartbeats. */
  readonly clock?: Clock
}

export interface ApiOptions {
  /** Address or name to listen on: loopback only, for there is no authentication. */
  readonly listen: string
  /** 0 takes a free one. */
  readonly port: number
  /** Names under which the API may be asked besides `localhost` and loopback addresses. */
  readonly allowedHosts?: readonly string[]
  /** Connections open at once. Default 4096. */
  readonly maxConnections?: number
  /** How long the orchestrator may take to answer. Default 30,000. */
  readonly handlerTimeoutMs?: number
  /** How long `close` lets answers under way finish. Default 2,000. */
  readonly closeGraceMs?: number
}

/** The HTTP API of one orchestrator. */
export interface Api {
  /** What it streams; other transports read from it too. */
  readonly stream: StreamHub
  /**
   * Starts to listen; answers with the address that was bound.
   *
   * @throws AstaraError `bad_config` (no such address; not loopback), `address_in_use`, `not_allowed`
   */
  listen(): Promise<{ readonly url: string; readonly address: string; readonly port: number }>
  /** Stops listening, lets answers under way finish for a moment, then closes every connection. Idempotent. */
  close(): Promise<void>
}

/** Every route answers every method: those it lacks with 405 and what is allowed. */
function answerOtherMethods(app: FastifyInstance, routes: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of routes) {
    const allow = [...methods].sort().join(', ')
    const missing = METHODS.filter((method) => !methods.has(method))
    if (url === '/*') continue
    app.route({
      method: [...missing],
      url,
      handler: (_request, reply) => {
        reply.header('allow', allow)
        throw new AstaraError('method_not_allowed', `only ${allow} is possible here`)
      },
    })
  }
}

function jsonBodiesOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    if (text.trim() === '') done(null, undefined)
    else void parse(request, text, done)
  })
}

/** The hub that streams what happens behind the port. Its epoch names this life of the process. */
function hubOf({ port, clock = systemClock }: ApiDeps): StreamHub {
  const hub = new StreamHub({
    clock,
    epoch: randomBytes(6).toString('hex'),
    revision: () => port.revision(),
    resources: () => port.resources(),
    watchTimelines: (watch) => port.watchTimelines(watch),
  })
  port.subscribe((change) => hub.publish(change))
  return hub
}

/** The fastify instance without a socket; `createApi` puts it on one. */
export function buildServer(
  deps: ApiDeps,
  options: Omit<ApiOptions, 'listen' | 'port'> = {},
  hub: StreamHub = hubOf(deps),
): FastifyInstance {
  const allowedHosts = new Set((options.allowedHosts ?? []).map((name) => name.toLowerCase()))
  const app = fastify({
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    handlerTimeout: options.handlerTimeoutMs ?? 30_000,
    // Answers under way are finished by close() itself, within its grace.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 256 },
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: HEADER_LIMIT_BYTES,
    },
    frameworkErrors: (error, request, reply) => {
      const { status, body } = errorReply(error, request.id)
      // The option's own type knows no route and so allows no status at all.
      const plain = reply as unknown as FastifyReply
      plain.code(status).send(body)
    },
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
      else socket.end(clientErrorReply(error))
    },
  })
  guardConnections(app.server, options.maxConnections ?? 4096)
  jsonBodiesOnly(app)

  app.addHook('onRequest', async (request) => guardRequest(request, allowedHosts))
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    reply.header('x-content-type-options', 'nosniff')
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, id } = request
    const route = request.routeOptions.url
    deps.logger.debug({ request_id: id, method, route, status: reply.statusCode, ms: reply.elapsedTime }, 'api request')
  })
  app.setErrorHandler((error, request, reply) => {
    const { status, body, bug } = errorReply(error, request.id)
    if (bug) deps.logger.error({ err: error, request_id: request.id }, 'api request failed')
    reply.code(status).send(body)
  })
  app.setNotFoundHandler((request, reply) => {
    if (isLegacyPath(pathWords(request.url))) {
      reply.header('allow', 'PUT')
      throw new AstaraError('method_not_allowed', 'only PUT is possible here')
    }
    throw new AstaraError('not_found', 'there is no such path')
  })

  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ method, url }) => {
    const methods = routes.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    routes.set(url, methods)
  })
  probeRoutes(app, deps.port, deps.metrics)
  v1Routes(app, deps.port, deps.version)
  tenantRoutes(app, deps.port)
  liveRoutes(app, deps.port, hub, deps.version)
  legacyRoutes(app, deps.port)
  answerOtherMethods(app, new Map([...routes].map(([url, methods]) => [url, new Set(methods)])))
  return app
}

/** Builds the API; nothing listens before `listen()`. */
export function createApi(deps: ApiDeps, options: ApiOptions): Api {
  const hub = hubOf(deps)
  const app = buildServer(deps, options, hub)
  let closing: Promise<void> | null = null

  const close = async (): Promise<void> => {
    const timer = setTimeout(() => app.server.closeAllConnections(), options.closeGraceMs ?? 2_000)
    hub.close()
    try {
      await app.close()
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    stream: hub,
    async listen() {
      const at = await resolveListenAddress(options.listen, options.port)
      try {
        await app.listen({ host: at.address, port: options.port })
      } catch (error) {
        throw listenError(error, at, options.port)
      }
      const bound = app.server.address()
      const port = bound !== null && typeof bound === 'object' ? bound.port : options.port
      return { url: `http://${hostPort(at.address, port)}`, address: at.address, port }
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}
