import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '../identity/caller.ts'

/** The API services of the embedded cloud, as the journal names them. */
export type ServiceName = 'keystone' | 'neutron' | 'nova' | 'glance'

/** One request, parsed as far as every service needs it. */
export interface ApiRequest {
  readonly method: string
  /** Path without the query, percent-decoded per segment only in `params`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly params: Readonly<Record<string, string>>
  /** Parsed JSON, or undefined when there was no JSON body. */
  readonly body: unknown
  /** The body's bytes (image uploads). */
  readonly bytes: Buffer
  /** Who asks; null on routes that need no token. */
  readonly caller: Caller | null
  /** `req-<uuid>`. */
  readonly requestId: string
}

/** One answer. `body` is sent as JSON, a string as it is with the content type in `headers`. */
export interface ApiReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export type Handler = (request: ApiRequest) => ApiReply | Promise<ApiReply>

/** Asks for a token unless `open`. */
export interface Route {
  readonly method: string
  /** `/v2.0/ports/{id}` */
  readonly template: string
  readonly handler: Handler
  readonly open: boolean
}
