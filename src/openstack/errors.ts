import { AstaraError, type ErrorCode } from '../shared/index.ts'
import type { ServiceName } from './types.ts'

const TITLES: Readonly<Record<ServiceName, string>> = {
  keystone: 'Keystone',
  neutron: 'Neutron',
  nova: 'Nova',
  glance: 'Glance',
}

/** The particulars of a failed call. */
export interface OpenStackFailure {
  readonly service: ServiceName
  readonly method: string
  /** Without credentials; a long query is cut. */
  readonly url: string
  /** Path with ids replaced: `/v2.0/ports/{id}`. */
  readonly pathTemplate: string
  /** HTTP status, or null when there was no (complete) answer. */
  readonly status: number | null
  readonly requestId: string | null
  /** The service's own word (`PortNotFound`, `itemNotFound`), or what broke (`ECONNREFUSED`, `Timeout`, `BadResponse`). */
  readonly type: string
  /** The service's own text, or what happened. */
  readonly detail: string
  /** The same call may succeed later with nothing changed on our side. */
  readonly retryable: boolean
  /** What the service asked for with Retry-After. */
  readonly retryAfterMs: number | null
  /** The code this is filed under; by default it follows from the status. */
  readonly code?: ErrorCode
  readonly suggestions?: readonly string[]
  readonly cause?: unknown
}

/**
 * A call to an OpenStack service that failed: refused, unreachable, too slow or answered with nonsense. Branch on `status` (null when
 * nothing answered), `code` and `type`, never on the message. Holds no token and no password.
 */
export class OpenStackError extends AstaraError {
  readonly service: ServiceName
  readonly method: string
  readonly url: string
  readonly pathTemplate: string
  readonly status: number | null
  readonly requestId: string | null
  readonly type: string
  readonly detail: string
  readonly retryable: boolean
  readonly retryAfterMs: number | null

  constructor(failure: OpenStackFailure) {
    super(failure.code ?? codeOf(failure.status), messageFor(failure), {
      cause: failure.cause,
      suggestions: failure.suggestions ?? suggestionsFor(failure),
      details: {
        service: failure.service,
        method: failure.method,
        url: failure.url,
        status: failure.status,
        type: failure.type,
        request_id: failure.requestId,
        retryable: failure.retryable,
      },
    })
    this.name = 'OpenStackError'
    this.service = failure.service
    this.method = failure.method
    this.url = failure.url
    this.pathTemplate = failure.pathTemplate
    this.status = failure.status
    this.requestId = failure.requestId
    this.type = failure.type
    this.detail = failure.detail
    this.retryable = failure.retryable
    this.retryAfterMs = failure.retryAfterMs
  }

  /** The project's quota is used up: Neutron 409 OverQuota, Nova 403 "Quota exceeded", 413 of old. */
  get overQuota(): boolean {
    if (this.type === 'OverQuota') return true
    return (this.status === 403 || this.status === 413) && /quota/i.test(this.detail)
  }
}

/** True for an answer of an OpenStack service with this status: `hasStatus(error, 404)`. */
export function hasStatus(error: unknown, status: number): error is OpenStackError {
  return error instanceof OpenStackError && error.status === status
}

function codeOf(status: number | null): ErrorCode {
  switch (status) {
    case null:
      return 'unreachable'
    case 401:
      return 'unauthorized'
    case 403:
      return 'not_allowed'
    case 404:
      return 'not_found'
    case 409:
      return 'refused'
    case 413:
    case 429:
    case 502:
    case 503:
    case 504:
      return 'unavailable'
    default:
      return 'failed'
  }
}

function messageFor(failure: OpenStackFailure): string {
  const { service, method, url, status, type, detail, requestId } = failure
  const what = `${TITLES[service]}, ${method} ${url.split('?')[0]}`
  const outcome = status === null ? `${type}: ${detail}` : `${status} ${type}: ${detail}`
  return `${what}: ${outcome}${requestId === null ? '' : ` (${requestId})`}`
}

function suggestionsFor(failure: OpenStackFailure): readonly string[] {
  const title = TITLES[failure.service]
  switch (failure.status) {
    case null:
      return [`Check that ${title} runs and can be reached at ${originOf(failure.url)} from here.`]
    case 401:
      return failure.service === 'keystone'
        ? ['Check the user name, password, project and domains, or the application credential.']
        : [`${title} refused a fresh token: check its own connection to Keystone.`]
    case 403:
      return /quota/i.test(failure.detail)
        ? [`Raise the quota of the project in ${title}, or free what it uses.`]
        : ['Give the user the role this call needs (the service project usually has admin).']
    case 409:
    case 413:
      return /quota/i.test(`${failure.type} ${failure.detail}`)
        ? [`Raise the quota of the project in ${title}, or free what it uses.`]
        : []
    default:
      if (failure.status >= 300 && failure.status < 400) {
        return ['Correct the endpoint: redirects are not followed, the token would travel along.']
      }
      return failure.status >= 500 ? [`Look for the request id in the log of ${title}.`] : []
  }
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url
}
