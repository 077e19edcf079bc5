import type { Dispatcher } from 'undici'
import type { z } from 'zod'
import { AstaraError, type Clock } from '../shared/index.ts'
import { startDeadline } from './deadline.ts'
import { answerError, callError, isConnectionLost, strangeAnswer } from './http-errors.ts'
import { processUser } from './process-user.ts'
import type { CallOptions } from './types.ts'

/** An answer larger than this is no answer of ours. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 5_000

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface HttpClientOptions {
  /** `http://host:port`, with a path when the API is behind a proxy. */
  readonly url: string
  /** For each request. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** Sent as User-Agent. */
  readonly userAgent: string
  /** Who asks, for the orchestrator's record of commands. Default: the user of this process. */
  readonly user?: string
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

/** The HTTP side of the client: requests, their time, their errors. */
export class HttpCaller {
  readonly target: string
  readonly #base: string
  readonly #options: HttpClientOptions
  #agent: Promise<Dispatcher> | null = null
  /** Streams last: they have connections of their own. */
  #streams: Promise<Dispatcher> | null = null

  constructor(options: HttpClientOptions) {
    const url = parseBaseUrl(options.url)
    // undici takes whole milliseconds only.
    this.#options = { ...options, timeoutMs: Math.max(1, Math.ceil(options.timeoutMs)) }
    this.target = url.origin
    this.#base = url.pathname.replace(/\/+$/, '')
  }

  /** undici takes a tenth of a second to load: only a command that talks pays for it. */
  async #open(limits: { readonly connections: number | null }): Promise<Dispatcher> {
    const { Agent } = await import('undici')
    const { timeoutMs } = this.#options
    return new Agent({
      connections: limits.connections,
      connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(limits.connections === null ? {} : { maxResponseSize: MAX_ANSWER_BYTES }),
    })
  }

  async #once(
    method: Method,
    path: string,
    query: Readonly<Record<string, string>>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string }> {
    this.#agent ??= this.#open({ connections: 8 })
    const agent = await this.#agent
    const answer = await agent.request({
      origin: this.target,
      path: `${this.#base}${path}`,
      method,
      query,
      headers: {
        ...this.#headers('application/json'),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }

  #headers(accept: string): Record<string, string> {
    const { userAgent, user } = this.#options
    return {
      accept,
      'user-agent': userAgent,
      'x-astara-client': userAgent,
      // Header values are Latin-1 at most; anything else travels encoded.
      'x-astara-user': encodeURIComponent(user ?? processUser()),
    }
  }

  /**
   * An answer without end, piece by piece: a stream of events. The time-out is for its beginning; afterwards it may be silent for
   * `silenceMs`. Throws as `call` does, also in the middle.
   */
  async *read(
    path: string,
    options: CallOptions & {
      readonly query: Readonly<Record<string, string>>
      readonly headers: Readonly<Record<string, string>>
      readonly silenceMs: number
    },
  ): AsyncGenerator<string> {
    const { clock, timeoutMs } = this.#options
    this.#streams ??= this.#open({ connections: null })
    const agent = await this.#streams
    const { signal, query, headers, silenceMs } = options
    const deadline = startDeadline(clock, timeoutMs, signal)
    try {
      const answer = await agent.request({
        origin: this.target,
        path: `${this.#base}${path}`,
        method: 'GET',
        query,
        headers: { ...this.#headers('text/event-stream'), ...headers },
        bodyTimeout: Math.ceil(silenceMs),
        signal: deadline.signal,
      })
      if (answer.statusCode !== 200) throw answerError(answer.statusCode, await answer.body.text(), this.target)
      deadline.begun()
      answer.body.setEncoding('utf8')
      for await (const piece of answer.body) yield String(piece)
    } catch (error) {
      throw callError(error, this.target, deadline, deadline.cause === 'time' ? timeoutMs : silenceMs)
    } finally {
      deadline[Symbol.dispose]()
    }
  }

  /** Asks and checks the answer against its schema. A read whose connection broke is tried once more. */
  async call<T>(
    schema: z.ZodType<T>,
    method: Method,
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
    const agents = [this.#agent, this.#streams]
    this.#agent = null
    this.#streams = null
    for (const agent of agents) await (await agent)?.destroy()
  }
}
