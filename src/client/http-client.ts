import type { Dispatcher } from 'undici'
import type { z } from 'zod'
import {
  ActionAccepted,
  ManyAccepted,
  PollAccepted,
  ResourceAnswer,
  ResourceList,
  WorkerList,
} from '../contract/index.ts'
import { AstaraError, type Clock } from '../shared/index.ts'
import { startDeadline } from './deadline.ts'
import { answerError, callError, isConnectionLost, strangeAnswer } from './http-errors.ts'
import type { CallOptions, OrchestratorClient, ResourceQuery } from './types.ts'

/** An answer larger than this is no answer of ours. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 5_000
const PAGE = 1000

export interface HttpClientOptions {
  /** `http://host:port`, with a path when the API is behind a proxy. */
  readonly url: string
  /** For each request. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** Sent as User-Agent. */
  readonly userAgent: string
}

/** @throws AstaraError `usage`: no URL, a scheme other than http(s), or credentials in it (they would end up in `ps` and logs). */
function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const fault =
    url === null
      ? 'is no URL'
      : url.protocol !== 'http:' && url.protocol !== 'https:'
        ? 'must begin with http:// or https://'
        : url.username !== '' || url.password !== ''
          ? 'must not contain a user or password'
          : url.search !== '' || url.hash !== ''
            ? 'must not have a query or fragment'
            : null
  if (url === null || fault !== null) {
    throw new AstaraError('usage', `the orchestrator's address ${fault}`, {
      suggestions: ['For example: --url http://127.0.0.1:44250'],
    })
  }
  return url
}

const queryOf = (query: ResourceQuery): Record<string, string> => ({
  ...(query.driver === undefined ? {} : { driver: query.driver }),
  ...(query.tenantId === undefined ? {} : { tenant_id: query.tenantId }),
  ...(query.instanceState === undefined ? {} : { instance_state: query.instanceState }),
  ...(query.name === undefined ? {} : { name: query.name }),
  ...(query.idPrefix === undefined ? {} : { id_prefix: query.idPrefix }),
})

/** The HTTP side of the client: requests, their time, their errors. */
class HttpCaller {
  readonly target: string
  readonly #base: string
  readonly #options: HttpClientOptions
  #agent: Promise<Dispatcher> | null = null

  constructor(options: HttpClientOptions) {
    const url = parseBaseUrl(options.url)
    this.#options = options
    this.target = url.origin
    this.#base = url.pathname.replace(/\/+$/, '')
  }

  /** undici takes a tenth of a second to load: only a command that talks pays for it. */
  async #open(): Promise<Dispatcher> {
    const { Agent } = await import('undici')
    const { timeoutMs } = this.#options
    return new Agent({
      connections: 8,
      connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    })
  }

  async #once(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    query: Readonly<Record<string, string>>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    this.#agent ??= this.#open()
    const agent = await this.#agent
    const answer = await agent.request({
      origin: this.target,
      path: `${this.#base}${path}`,
      method,
      query,
      headers: {
        accept: 'application/json',
        'user-agent': this.#options.userAgent,
        'x-astara-client': this.#options.userAgent,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }

  /** Asks and checks the answer against its schema. A read whose connection broke is tried once more. */
  async call<T>(
    schema: z.ZodType<T>,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    options: CallOptions & { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
  ): Promise<T> {
    const { clock, timeoutMs } = this.#options
    using deadline = startDeadline(clock, timeoutMs, options.signal)
    const once = () => this.#once(method, path, options.query ?? {}, options.body, deadline.signal)
    let answer: { status: number; text: string }
    try {
      answer = await once().catch((error: unknown) => {
        if (method !== 'GET' || !isConnectionLost(error)) throw error
        return once()
      })
    } catch (error) {
      throw callError(error, this.target, deadline, timeoutMs)
    }
    if (answer.status < 200 || answer.status > 299) throw answerError(answer.status, answer.text, this.target)
    try {
      return schema.parse(JSON.parse(answer.text))
    } catch (cause) {
      throw strangeAnswer(this.target, `${method} ${path} was answered with something else than expected`, cause)
    }
  }

  async close(): Promise<void> {
    const agent = this.#agent
    this.#agent = null
    await (await agent)?.destroy()
  }
}

/** The client over the orchestrator's HTTP API. Nothing is connected before the first call. */
export function createHttpClient(options: HttpClientOptions): OrchestratorClient {
  const http = new HttpCaller(options)
  const resourcePath = (id: string): string => `/v1/resources/${encodeURIComponent(id)}`

  return {
    via: 'http',
    target: http.target,

    async list(query = {}, options) {
      const resources: ResourceList['resources'] = []
      let marker: string | null = null
      let revision: number | null = null
      do {
        const page: ResourceList = await http.call(ResourceList, 'GET', '/v1/resources', {
          ...options,
          query: { ...queryOf(query), limit: String(PAGE), ...(marker === null ? {} : { marker }) },
        })
        resources.push(...page.resources)
        // What happened while later pages were read counts as newer than the list.
        revision ??= page.revision
        if (page.next_marker !== null && marker !== null && page.next_marker <= marker) {
          throw strangeAnswer(http.target, 'its pages do not go forward')
        }
        marker = page.next_marker
      } while (marker !== null)
      return { resources, next_marker: null, revision: revision ?? 0 }
    },

    async get(id, options) {
      return (await http.call(ResourceAnswer, 'GET', resourcePath(id), options)).resource
    },

    act(id, { action, reason, imageUuid }, options) {
      const body = {
        action,
        ...(reason === undefined ? {} : { reason }),
        ...(imageUuid === undefined ? {} : { image_uuid: imageUuid }),
      }
      return http.call(ActionAccepted, 'POST', `${resourcePath(id)}/actions`, { ...options, body })
    },

    actOnMany(which, { action, driver, reason, imageUuid }, options) {
      const path = `/${driver ?? 'resource'}/${action}/${encodeURIComponent(which)}`
      const body = {
        yes: true,
        ...(reason === undefined ? {} : { reason }),
        ...(imageUuid === undefined ? {} : { image_uuid: imageUuid }),
      }
      return http.call(ManyAccepted, 'PUT', path, { ...options, body })
    },

    poll: (options) => http.call(PollAccepted, 'POST', '/v1/poll', options),
    workers: (options) => http.call(WorkerList, 'GET', '/v1/workers', options),
    close: () => http.close(),
  }
}
