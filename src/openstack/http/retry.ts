import { backoffMs, type Random } from '../../shared/index.ts'
import type { RetryPolicy } from '../options.ts'
import type { Fault } from './fault.ts'

/** What a try ended with: an answer that is not a success, or none. */
export type Setback =
  | { readonly status: number; readonly retryAfterMs: number | null }
  | { readonly status: null; readonly fault: Fault['kind'] }

/** Statuses that say "not now" rather than "not like this". */
const NOT_NOW: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** True when the same call may succeed later with nothing changed on our side. */
export function isRetryable(setback: Setback): boolean {
  if (setback.status !== null) return setback.status === 408 || setback.status === 429 || setback.status >= 500
  return setback.fault === 'unreachable' || setback.fault === 'broken' || setback.fault === 'timeout'
}

/**
 * How long to wait before try `attempt + 1`, or null to give up. A call that is not idempotent is repeated only when it certainly never
 * reached the service. A time-out is not repeated: it has used up the patience, and the service is busy enough.
 */
export function retryPause(
  setback: Setback,
  attempt: number,
  idempotent: boolean,
  policy: RetryPolicy,
  random: Random,
): number | null {
  if (attempt >= policy.attempts) return null
  const pause = backoffMs(attempt, { baseMs: policy.baseMs, maxMs: policy.maxMs }, random)
  if (setback.status === null) {
    if (setback.fault === 'unreachable') return pause
    if (setback.fault !== 'broken' || !idempotent) return null
    // Most likely a kept-alive connection that was closed under us: the service itself is well.
    return attempt === 1 ? 0 : pause
  }
  if (!idempotent || !NOT_NOW.has(setback.status)) return null
  if (setback.retryAfterMs === null) return pause
  return setback.retryAfterMs > policy.maxRetryAfterMs ? null : Math.max(pause, setback.retryAfterMs)
}

/** Reads a Retry-After header: seconds, or an HTTP date. Milliseconds, or null. */
export function parseRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
