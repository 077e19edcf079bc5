import type { Socket } from 'node:net'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import type { ApplianceErrorAnswer } from '../../contract/index.ts'
import { type Logger, messageOf } from '../../shared/index.ts'
import type { ApplianceAgent } from '../agent.ts'
import { ApplyFailed } from '../apply/index.ts'
import { ConfigurationRefused } from '../body/index.ts'
import type { OutsideProbe } from '../probe.ts'

const MAX_BODY = 32 * 1024 * 1024
const REQUEST_MS = 30_000

/** What the API shows. */
export interface ApiDeps {
  readonly agent: ApplianceAgent
  readonly probe: OutsideProbe
  readonly logger: Logger
}

/** An answer for anything thrown: what the caller can use, never how we are made. */
function errorAnswer(
  error: unknown,
  logger: Logger,
): { status: number; body: ApplianceErrorAnswer & Record<string, unknown> } {
  if (error instanceof ConfigurationRefused) {
    return { status: error.status, body: { error: 'The configuration is refused.', details: [...error.problems] } }
  }
  if (error instanceof ApplyFailed) {
    return {
      status: 500,
      body: {
        error: `Could not apply the configuration: ${error.message}`,
        step: error.step,
        rolled_back: error.rolledBack,
      },
    }
  }
  const status = (error as FastifyError).statusCode
  if (status !== undefined && status >= 400 && status < 500) return { status, body: { error: messageOf(error) } }
  logger.error({ err: error }, 'request failed')
  return { status: 500, body: { error: 'Internal error.' } }
}

function routes(app: FastifyInstance, { agent, probe }: ApiDeps): void {
  app.get('/v1/base', (_request, reply) => reply.type('text/plain').send('Astara appliance API service is active'))
  app.get('/v1/status', (_request, reply) => reply.send(probe.status()))

  // The original orchestrator asks this every minute to see whether we live; the rules themselves are few.
  app.get('/v1/firewall/rules', async (_request, reply) => reply.type('text/plain').send(await agent.rules()))
  app.get('/v1/firewall/labels', async () => ({ labels: await agent.labels(false) }))
  app.post('/v1/firewall/labels', async () => ({ labels: await agent.labels(true) }))

  app.get('/v1/system/interfaces', async () => ({ interfaces: await agent.interfaces() }))
  app.get<{ Params: { ifname: string } }>('/v1/system/interface/:ifname', async (request, reply) => {
    const found = (await agent.interfaces()).find((nic) => nic.ifname === request.params.ifname)
    if (!found) return reply.code(404).send({ error: 'There is no such interface.' })
    return { interface: found }
  })

  app.get('/v1/system/config', async () => ({ configuration: await agent.configuration() }))
  app.put('/v1/system/config', async (request, reply) => {
    if (request.headers['content-type'] === undefined) {
      return reply.code(415).send({ error: 'The body must be application/json.' })
    }
    const { configuration, changes, warnings } = await agent.push(request.body)
    return { configuration, changes, warnings }
  })
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** What is here, but not by this method, says by which. Asked before a body is read. */
function refuseOtherMethods(app: FastifyInstance, offered: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, methods] of offered) {
    const allow = [...methods].join(', ')
    app.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      onRequest: async (_request, reply) => {
        await reply
          .code(405)
          .header('allow', allow)
          .send({ error: `The method is not one of ${allow}.` })
      },
      handler: () => undefined,
    })
  }
}

/** What is not HTTP gets the same kind of answer as everything else, and its connection ends. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [line, text] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The header is too large.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request did not arrive in time.']
        : ['400 Bad Request', 'This is not an HTTP request.']
  const body = JSON.stringify({ error: text })
  const head = `HTTP/1.1 ${line}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`
  if (socket.writable) socket.write(`${head}\r\n\r\n${body}`)
  socket.destroySoon()
}

/** Builds the API. The caller decides where it listens. */
export function buildApi(deps: ApiDeps): FastifyInstance {
  const { logger } = deps
  const app = fastify({
    bodyLimit: MAX_BODY,
    requestTimeout: REQUEST_MS,
    routerOptions: { ignoreTrailingSlash: true },
    // A key called __proto__ is refused as wrong JSON.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    forceCloseConnections: true,
    clientErrorHandler: refuseClient,
    frameworkErrors: (error, _request, reply: FastifyReply) => {
      const { status, body } = errorAnswer(error, logger)
      void reply.code(status).type('application/json').send(body)
    },
  })
  const offered = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    offered.set(url, new Set([...(offered.get(url) ?? []), ...[method].flat()]))
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = errorAnswer(error, logger)
    return reply.code(status).type('application/json').send(body)
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }))
  routes(app, deps)
  refuseOtherMethods(app, new Map(offered))
  return app
}
