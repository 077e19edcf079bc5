import { describe, expect, it } from 'vitest'
import { parseRetryAfter, retryPause, type Setback } from '../../../src/openstack/http/retry.ts'
import { DEFAULT_RETRY } from '../../../src/openstack/options.ts'

const middle = (): number => 0.5
const pause = (setback: Setback, attempt: number, idempotent: boolean): number | null =>
  retryPause(setback, attempt, idempotent, DEFAULT_RETRY, middle)
const status = (code: number, retryAfterMs: number | null = null): Setback => ({ status: code, retryAfterMs })
const fault = (kind: 'unreachable' | 'broken' | 'timeout' | 'tls' | 'too_large'): Setback => ({
  status: null,
  fault: kind,
})

describe('retryPause', () => {
  it.each([
    ['a GET told "not now" pauses longer each time', status(503), [250, 500, 1_000, null]],
    ['Retry-After counts when it is longer', status(429, 700), [700, 700, 1_000, null]],
    ['a connection broken once is taken for an idle one closed under us', fault('broken'), [0, 500, 1_000, null]],
    ['nobody there', fault('unreachable'), [250, 500, 1_000, null]],
    ['too slow: the patience is used up', fault('timeout'), [null]],
    ['a wrong certificate stays wrong', fault('tls'), [null]],
    ['too much stays too much', fault('too_large'), [null]],
    ['a refusal stays one', status(409), [null]],
    ['an inner error is not made better by repeating', status(500), [null]],
    ['asked for more than a minute: not within a call', status(503, 61_000), [null]],
  ])('%s', (_, setback, pauses) => {
    expect(pauses.map((__, index) => pause(setback, index + 1, true))).toEqual(pauses)
  })

  it('repeats a POST only when it certainly was not received', () => {
    expect(
      [status(429, 1), status(502), status(503), status(504), fault('broken'), fault('timeout')].map((each) =>
        pause(each, 1, false),
      ),
    ).toEqual(Array.from({ length: 6 }, () => null))
    expect(pause(fault('unreachable'), 1, false)).toBe(250)
  })

  it('spreads pauses with jitter', () => {
    const pauses = [0, 0.999].map((value) => retryPause(status(503), 1, true, DEFAULT_RETRY, () => value) ?? 0)
    expect(pauses[1]).toBeGreaterThan((pauses[0] ?? 0) + 50)
  })
})

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    [null, null],
    ['3', 3_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
  ])('%j is %j ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms)
  })
})
