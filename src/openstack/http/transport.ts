import { readFileSync } from 'node:fs'
import { Agent, type Dispatcher } from 'undici'
import { AstaraError, messageOf } from '../../shared/index.ts'
import type { Timeouts } from '../options.ts'

/** One HTTP request as it goes out. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** Travel on a connection of its own, never on a kept-alive one that the other side may be closing at this very moment. */
  readonly fresh: boolean
  /** Milliseconds until the answer must begin, and between two pieces of its body. */
  readonly headersMs: number
  readonly bodyMs: number
  readonly signal: AbortSignal
}

/** One complete HTTP answer. Header names are lower-case; of a repeated one the first counts. */
export interface WireResponse {
  readonly status: number
  header(name: string): string | null
  readonly text: string
}

/** Sends requests. Throws what undici throws, or the signal's reason. Follows no redirects and uses no proxy. */
export interface Transport {
  send(request: WireRequest): Promise<WireResponse>
  close(): Promise<void>
}

/** TLS and size settings of a transport. */
export interface TransportOptions {
  readonly timeouts: Timeouts
  readonly maxBodyBytes: number
  readonly ca: string | null
  readonly insecure: boolean
}

/** Reads the file with the authorities to trust. Throws `bad_config` when it cannot. */
export function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new AstaraError('bad_config', `cannot read the CA file ${file}: ${messageOf(error)}`, {
      cause: error,
      suggestions: ['Give a PEM file that this user may read, or leave the option out to trust the system.'],
    })
  }
}

/** A transport on undici: HTTP/1.1, keep-alive, one pool of connections per origin. */
export function createTransport(options: TransportOptions): Transport {
  const agentOptions: Agent.Options = {
    allowH2: false,
    maxResponseSize: options.maxBodyBytes,
    connect: {
      timeout: options.timeouts.connectMs,
      rejectUnauthorized: !options.insecure,
      ...(options.ca === null ? {} : { ca: options.ca }),
    },
  }
  const kept = new Agent(agentOptions)
  const single = new Agent({ ...agentOptions, pipelining: 0 })

  return {
    async send(request) {
      const agent: Dispatcher = request.fresh ? single : kept
      const answer = await agent.request({
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: request.headers,
        body: request.body,
        // undici takes whole milliseconds only.
        headersTimeout: Math.ceil(request.headersMs),
        bodyTimeout: Math.ceil(request.bodyMs),
        signal: request.signal,
      })
      const text = await answer.body.text()
      return {
        status: answer.statusCode,
        text,
        header(name) {
          const value = answer.headers[name]
          return (Array.isArray(value) ? value[0] : value) ?? null
        },
      }
    },
    async close() {
      await Promise.all([kept.destroy(), single.destroy()])
    },
  }
}
