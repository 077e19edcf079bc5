import { OpenStackError } from '../errors.ts'
import type { ServiceName } from '../types.ts'
import { readErrorBody } from './error-body.ts'
import type { Fault } from './fault.ts'
import { isRetryable } from './retry.ts'
import type { ShapeError } from './shape.ts'

/** Which call it is that failed. */
export interface CallSite {
  readonly service: ServiceName
  readonly method: string
  readonly url: string
  readonly pathTemplate: string
  readonly secrets: readonly string[]
}

const MAX_URL = 300

/** A URL for messages: a long list of ids in the query is cut. Endpoints with credentials in them are refused long before. */
export function urlForPeople(url: URL): string {
  return url.href.length > MAX_URL ? `${url.href.slice(0, MAX_URL)}…` : url.href
}

const where = ({ service, method, url, pathTemplate }: CallSite): Omit<CallSite, 'secrets'> => ({
  service,
  method,
  url,
  pathTemplate,
})

/** A refusal: any answer that is not 2xx. */
export function errorFromAnswer(
  site: CallSite,
  status: number,
  text: string,
  requestId: string | null,
  retryAfterMs: number | null,
): OpenStackError {
  return new OpenStackError({
    ...where(site),
    ...readErrorBody(status, text, site.secrets),
    status,
    requestId,
    retryable: isRetryable({ status, retryAfterMs }),
    retryAfterMs,
  })
}

/** No answer, or only a piece of one. */
export function errorFromFault(site: CallSite, fault: Fault, cause: unknown): OpenStackError {
  const suggestions = FAULT_SUGGESTIONS[fault.kind]
  return new OpenStackError({
    ...where(site),
    type: fault.type,
    detail: fault.detail,
    status: null,
    requestId: null,
    retryable: isRetryable({ status: null, fault: fault.kind }),
    retryAfterMs: null,
    code:
      fault.kind === 'timeout'
        ? 'timeout'
        : fault.kind === 'unreachable' || fault.kind === 'broken'
          ? 'unreachable'
          : 'failed',
    ...(suggestions === undefined ? {} : { suggestions }),
    // A parser's error carries the bytes it choked on, and those may be anything.
    ...(fault.kind === 'garbage' ? {} : { cause }),
  })
}

const FAULT_SUGGESTIONS: Readonly<Partial<Record<Fault['kind'], readonly string[]>>> = {
  tls: [
    'Give the file with the authority that signed the certificate (cafile), or correct http/https in the endpoint.',
  ],
  garbage: ['Check the endpoint: what answers there does not speak HTTP (is it https?).'],
  too_large: ['Ask for less with a filter: the answer exceeded the size this client accepts.'],
}

/** The call's own time-out, whatever it was doing. */
export function timeoutError(site: CallSite, doing: string, ms: number): OpenStackError {
  return new OpenStackError({
    ...where(site),
    type: 'Timeout',
    detail: `not done within ${ms} ms, ${doing}`,
    status: null,
    requestId: null,
    retryable: true,
    retryAfterMs: null,
    code: 'timeout',
  })
}

/** A success whose body is not what the API promises. */
export function errorFromShape(
  site: CallSite,
  status: number,
  requestId: string | null,
  shape: ShapeError,
): OpenStackError {
  return new OpenStackError({
    ...where(site),
    type: 'BadResponse',
    detail: `in the answer ${shape.message}`,
    status,
    requestId,
    retryable: false,
    retryAfterMs: null,
    code: 'failed',
    suggestions: ['Check that the endpoint is that of the service itself, not of a proxy or a login page.'],
    cause: shape,
  })
}
