import { type Clock, type Logger, messageOf } from '../../shared/index.ts'
import type { OpenStackError } from '../errors.ts'
import type { Timeouts } from '../options.ts'
import type { CallOptions, CallRecord, ServiceName } from '../types.ts'
import type { Access, Call } from './caller.ts'
import type { Deadline } from './deadline.ts'
import { type CallSite, errorFromAnswer, errorFromFault, errorFromShape } from './failure.ts'
import { faultOf } from './fault.ts'
import { parseRetryAfter, type Setback } from './retry.ts'
import { ShapeError } from './shape.ts'
import type { Transport, WireRequest, WireResponse } from './transport.ts'

/** One call under way: what does not change from try to try. */
export interface Run<T> {
  readonly call: Call<T>
  readonly options: CallOptions
  readonly idempotent: boolean
  readonly deadline: Deadline
}

/** How one try ended; `setback` is null when another try cannot help. */
type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: OpenStackError; readonly setback: Setback | null }

/** One try: to where, with what access, and its number. */
interface Try {
  readonly url: URL
  readonly site: CallSite
  readonly access: Access
  readonly attempt: number
}

/** One request and its answer, recorded. Rejects only when the call was aborted. */
export type Exchange = <T>(run: Run<T>, details: Try) => Promise<Outcome<T>>

/** What an exchange is built from. */
export interface ExchangeParts {
  readonly service: ServiceName
  readonly transport: Transport
  readonly timeouts: Timeouts
  readonly userAgent: string
  readonly clock: Clock
  readonly logger: Logger
  readonly onCall: ((record: CallRecord) => void) | undefined
}

/** Builds the exchange with one service. */
export function createExchange(parts: ExchangeParts): Exchange {
  const { service, clock, logger } = parts

  return async (run, details) => {
    const { deadline } = run
    const started = clock.monotonic()
    const record = (answer: WireResponse | null, error: string | null): void => {
      report({
        service,
        method: run.call.method,
        pathTemplate: details.site.pathTemplate,
        status: answer?.status ?? null,
        durationMs: clock.monotonic() - started,
        requestId: answer === null ? null : requestIdOf(answer),
        attempt: details.attempt,
        error,
      })
    }
    let answer: WireResponse
    try {
      answer = await parts.transport.send(wireRequest(run, details))
    } catch (thrown) {
      if (deadline.signal.aborted) {
        record(null, deadline.expired ? 'Timeout' : 'Aborted')
        throw thrown
      }
      const fault = faultOf(thrown)
      record(null, fault.type)
      const error = errorFromFault(details.site, fault, thrown)
      return { ok: false, error, setback: { status: null, fault: fault.kind } }
    }
    const outcome = readAnswer(run.call, details.site, answer)
    record(answer, outcome.ok ? null : outcome.error.type)
    return outcome
  }

  function wireRequest<T>({ call, options, idempotent, deadline }: Run<T>, { url, access }: Try): WireRequest {
    const body = call.body === undefined ? null : JSON.stringify(call.body)
    // Who gives a call more time than usual means its answer too.
    const least = options.timeoutMs ?? 0
    return {
      method: call.method,
      url,
      headers: {
        accept: 'application/json',
        'user-agent': parts.userAgent,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(access.token === null ? {} : { 'x-auth-token': access.token }),
      },
      body,
      // A kept-alive connection closed under a POST would leave us not knowing whether it was done.
      fresh: !idempotent,
      headersMs: Math.max(parts.timeouts.headersMs, least),
      bodyMs: Math.max(parts.timeouts.bodyMs, least),
      signal: deadline.signal,
    }
  }

  function readAnswer<T>(call: Call<T>, site: CallSite, answer: WireResponse): Outcome<T> {
    const requestId = requestIdOf(answer)
    if (answer.status < 200 || answer.status >= 300) {
      const retryAfterMs = parseRetryAfter(answer.header('retry-after'), clock.now())
      const error = errorFromAnswer(site, answer.status, answer.text, requestId, retryAfterMs)
      return { ok: false, error, setback: { status: answer.status, retryAfterMs } }
    }
    try {
      return { ok: true, value: call.read(parseJson(answer.text), answer) }
    } catch (thrown) {
      if (!(thrown instanceof ShapeError)) throw thrown
      return { ok: false, error: errorFromShape(site, answer.status, requestId, thrown), setback: null }
    }
  }

  function report(callRecord: CallRecord): void {
    try {
      parts.onCall?.(callRecord)
    } catch (error) {
      logger.error({ err: error }, `a listener of calls failed: ${messageOf(error)}`)
    }
  }
}

function requestIdOf(answer: WireResponse): string | null {
  return answer.header('x-openstack-request-id') ?? answer.header('x-compute-request-id')
}

function parseJson(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    throw new ShapeError('the body', 'JSON')
  }
}
