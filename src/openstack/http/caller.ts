import type { Limiter, Random } from '../../shared/index.ts'
import { OpenStackError } from '../errors.ts'
import type { RetryPolicy } from '../options.ts'
import type { CallOptions } from '../types.ts'
import { openDeadline } from './deadline.ts'
import { createExchange, type ExchangeParts, type Run } from './exchange.ts'
import { type CallSite, timeoutError, urlForPeople } from './failure.ts'
import type { Path } from './path.ts'
import { encodeQuery, type Pair } from './query.ts'
import { retryPause } from './retry.ts'
import type { WireRequest, WireResponse } from './transport.ts'

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
export interface CallerParts extends ExchangeParts {
  /** Version part of a path template: `/v2.0`. */
  readonly prefix: string
  readonly access: (signal: AbortSignal) => Promise<Access>
  readonly limiter: Limiter
  readonly retry: RetryPolicy
  readonly random: Random
  /** Aborted when everything is closed. */
  readonly closed: AbortSignal
}

/** What a call is about and what it is doing, for its error. */
interface Progress {
  site: CallSite
  doing: string
}

/** Builds the caller of one service: token, turn, tries and time-out around the exchange. */
export function createCaller(parts: CallerParts): Caller {
  const { service, timeouts, clock, logger, retry } = parts
  const exchange = createExchange(parts)

  return async (call, options = {}) => {
    const ms = options.timeoutMs ?? timeouts.totalMs
    const deadline = openDeadline(clock, ms, [options.signal, parts.closed])
    const idempotent = call.idempotent ?? call.method !== 'POST'
    const progress: Progress = {
      site: {
        service,
        method: call.method,
        url: call.path.path,
        pathTemplate: parts.prefix + call.path.template,
        secrets: call.secrets ?? [],
      },
      doing: '',
    }
    try {
      return await attempts({ call, options, idempotent, deadline }, progress)
    } catch (error) {
      if (!deadline.expired || error instanceof OpenStackError) throw error
      throw timeoutError(progress.site, progress.doing, ms)
    } finally {
      deadline.close()
    }
  }

  async function attempts<T>(run: Run<T>, progress: Progress): Promise<T> {
    const { call, deadline, idempotent } = run
    const { signal } = deadline
    const lane = call.lane ?? Symbol('call')
    let renewed = false
    for (let attempt = 1, tries = 1; ; attempt += 1) {
      progress.doing = 'waiting for a token'
      const access = await parts.access(signal)
      const url = urlOf(access.base, call)
      progress.site = { ...progress.site, url: urlForPeople(url) }
      progress.doing = 'waiting for its turn'
      const release = await parts.limiter.acquire(lane, signal)
      progress.doing = 'waiting for the answer'
      const outcome = await exchange(run, { url, site: progress.site, access, attempt }).finally(release)
      if (outcome.ok) {
        access.accepted()
        return outcome.value
      }

      const { error, setback } = outcome
      const about = { service, method: call.method, path_template: progress.site.pathTemplate, attempt }
      if (error.status === 401) {
        // Refused before anything was done, so even a POST may be sent again.
        if (renewed || !access.refused()) throw error
        renewed = true
        logger.debug(about, 'token refused, fetching a new one')
        continue
      }
      if (error.status !== null) access.accepted()
      const pause = setback === null ? null : retryPause(setback, tries, idempotent, retry, parts.random)
      // A pause that outlasts the call would only turn this error, which says why, into a time-out, which does not.
      if (pause === null || pause >= deadline.leftMs()) throw error
      logger.debug({ ...about, status: error.status, type: error.type, pause_ms: pause }, 'call failed, trying again')
      tries += 1
      progress.doing = 'pausing before another try'
      if (pause > 0) await clock.sleep(pause, signal)
    }
  }
}

function urlOf<T>(base: string, call: Call<T>): URL {
  const url = new URL(base + call.path.path)
  if (call.query !== undefined) url.search = encodeQuery(call.query)
  return url
}
