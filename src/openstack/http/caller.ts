import { type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import { OpenStackError } from '../errors.ts'
import type { RetryPolicy, Timeouts } from '../options.ts'
import type { CallOptions, CallRecord, ServiceName } from '../types.ts'
import { type Deadline, openDeadline } from './deadline.ts'
import {
  type CallSite,
  errorFromAnswer,
  errorFromFault,
  errorFromShape,
  timeoutError,
  urlForPeople,
} from './failure.ts'
import { faultOf } from './fault.ts'
import type { Limiter } from './limiter.ts'
import type { Path } from './path.ts'
import { encodeQuery, type Pair } from './query.ts'
import { parseRetryAfter, retryPause, type Setback } from './retry.ts'
import { ShapeError } from './shape.ts'
import type { Transport, WireRequest, WireResponse } from './transport.ts'

/** One call: what to ask for and how to read the answer. */
export interface Call<T> {
  readonly method: WireRequest['method']
  readonly path: Path
  readonly query?: readonly Pair[]
  readonly body?: unknown
  /** Default: all but POST. */
  readonly idempotent?: boolean
  /** Texts of the request that no message may repeat. */
  readonly secrets?: readonly string[]
  /** Requests of one lane take turns with those of others; by default each call is a lane of its own. */
  readonly lane?: symbol
  /** Gets the parsed JSON (null when the body is empty). Throws ShapeError. */
  read(body: unknown, answer: WireResponse): T
}

/** Makes calls to one service. Rejects with OpenStackError, or with the reason of the signal that aborted it. */
export type Caller = <T>(call: Call<T>, options?: CallOptions) => Promise<T>

/** Where a service is and what opens it, right now. */
export interface Access {
  /** Base URL, without a slash at its end. */
  readonly base: string
  readonly token: string | null
  /** The service answered 401. True when a new access is worth a try. */
  refused(): boolean
  /** The service took the token. */
  accepted(): void
}

/** What a caller is built from. */
export interface CallerParts {
  readonly service: ServiceName
  /** Version part of a template: `/v2.0`. */
  readonly prefix: string
  readonly access: (signal: AbortSignal) => Promise<Access>
  readonly transport: Transport
  readonly limiter: Limiter
  readonly timeouts: Timeouts
  readonly retry: RetryPolicy
  readonly userAgent: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly onCall: ((record: CallRecord) => void) | undefined
  /** Aborted when everything is closed. */
  readonly closed: AbortSignal
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: OpenStackError; readonly setback: Setback | null }

/** Builds the caller of one service. */
export function createCaller(parts: CallerParts): Caller {
  const { service, timeouts, clock, logger, retry } = parts

  return async (call, options = {}) => {
    const deadline = openDeadline(clock, options.timeoutMs ?? timeouts.totalMs, [options.signal, parts.closed])
    const site: CallSite = {
      service,
      method: call.method,
      url: call.path.path,
      pathTemplate: parts.prefix + call.path.template,
      secrets: call.secrets ?? [],
    }
    const progress = { doing: 'waiting for a token', url: site.url }
    try {
      return await attempts(call, options, deadline, site, progress)
    } catch (error) {
      if (deadline.expired && !(error instanceof OpenStackError)) {
        throw timeoutError({ ...site, url: progress.url }, progress.doing, options.timeoutMs ?? timeouts.totalMs)
      }
      throw error
    } finally {
      deadline.close()
    }
  }

  async function attempts<T>(
    call: Call<T>,
    options: CallOptions,
    deadline: Deadline,
    site: CallSite,
    progress: { doing: string; url: string },
  ): Promise<T> {
    const lane = call.lane ?? Symbol('call')
    const idempotent = call.idempotent ?? call.method !== 'POST'
    let renewed = false
    for (let attempt = 1, tries = 1; ; attempt += 1) {
      progress.doing = 'waiting for a token'
      const access = await parts.access(deadline.signal)
      const url = urlOf(access.base, call)
      progress.url = urlForPeople(url)
      progress.doing = 'waiting for its turn'
      const release = await parts.limiter.acquire(lane, deadline.signal)
      progress.doing = 'waiting for the answer'
      const outcome = await once(call, { ...site, url: progress.url }, url, access, attempt, options, deadline).finally(
        release,
      )
      if (outcome.ok) {
        access.accepted()
        return outcome.value
      }

      const { error, setback } = outcome
      if (error.status === 401 && !renewed && access.refused()) {
        renewed = true
        logger.debug({ service, path_template: site.pathTemplate }, 'token refused, fetching a new one')
        continue
      }
      if (error.status !== 401 && error.status !== null) access.accepted()
      const pause = setback === null ? null : retryPause(setback, tries, idempotent, retry, parts.random)
      // A pause that outlasts the call would only turn this error, which says why, into a time-out, which does not.
      if (pause === null || pause >= deadline.leftMs()) throw error
      logger.debug(
        {
          service,
          method: call.method,
          path_template: site.pathTemplate,
          status: error.status,
          type: error.type,
          attempt,
          pause_ms: pause,
        },
        'call failed, trying again',
      )
      tries += 1
      progress.doing = 'pausing before another try'
      if (pause > 0) await clock.sleep(pause, deadline.signal)
    }
  }

  /** One try, recorded. Rejects only when the call was aborted. */
  async function once<T>(
    call: Call<T>,
    site: CallSite,
    url: URL,
    access: Access,
    attempt: number,
    options: CallOptions,
    deadline: Deadline,
  ): Promise<Outcome<T>> {
    const started = clock.monotonic()
    let answer: WireResponse | null = null
    const record = (error: string | null): void => {
      report({
        service,
        method: call.method,
        pathTemplate: site.pathTemplate,
        status: answer?.status ?? null,
        durationMs: clock.monotonic() - started,
        requestId: answer === null ? null : requestIdOf(answer),
        attempt,
        error,
      })
    }
    try {
      answer = await parts.transport.send(wireRequest(call, url, access, options, deadline.signal))
    } catch (thrown) {
      if (deadline.signal.aborted) {
        record(deadline.expired ? 'Timeout' : 'Aborted')
        throw thrown
      }
      const fault = faultOf(thrown)
      record(fault.type)
      return { ok: false, error: errorFromFault(site, fault, thrown), setback: { status: null, fault: fault.kind } }
    }
    const outcome = readAnswer(call, site, answer)
    record(outcome.ok ? null : outcome.error.type)
    return outcome
  }

  function wireRequest<T>(
    call: Call<T>,
    url: URL,
    access: Access,
    options: CallOptions,
    signal: AbortSignal,
  ): WireRequest {
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
      fresh: !(call.idempotent ?? call.method !== 'POST'),
      headersMs: Math.max(timeouts.headersMs, least),
      bodyMs: Math.max(timeouts.bodyMs, least),
      signal,
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

function urlOf<T>(base: string, call: Call<T>): URL {
  const url = new URL(base + call.path.path)
  if (call.query !== undefined) url.search = encodeQuery(call.query)
  return url
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
