import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duration, entryText, entryTone } from '../../src/cli/timeline-text.ts'
import { clockTime } from '../../src/cli/times.ts'
import type { TimelineEntry } from '../../src/contract/index.ts'

const base = { seq: 1, at: '2026-01-01T00:00:00.000Z' }
const entries: readonly (readonly [TimelineEntry, string, string | null])[] = [
  [
    { ...base, type: 'event', action: 'update', cause: 'port.update.end', source: 'notification', accepted: true },
    'update (port.update.end, from notification)',
    null,
  ],
  [
    { ...base, type: 'event', action: 'update', cause: 'x', source: 'y', accepted: false },
    'update (x, from y), not taken',
    'muted',
  ],
  [{ ...base, type: 'command', action: 'rebuild', by: 'ann', reason: 'kernel' }, 'rebuild by ann: kernel', 'strong'],
  [
    { ...base, type: 'step', step: 'CheckBoot', action: 'create', duration_ms: 12.4, result: 'failed' },
    'CheckBoot for create, failed after 12 ms',
    'bad',
  ],
  [
    {
      ...base,
      type: 'call',
      service: 'nova',
      method: 'POST',
      path: '/servers',
      status: 202,
      duration_ms: 1_234,
      request_id: 'req-1',
      shared: false,
      requests: 1,
    },
    'nova POST /servers: 202 in 1.2 s, req-1',
    null,
  ],
  [
    {
      ...base,
      type: 'call',
      service: 'nova',
      method: 'GET',
      path: '/',
      status: null,
      duration_ms: 65_000,
      request_id: null,
      shared: false,
      requests: 1,
    },
    'nova GET /: no answer in 1m5s',
    'bad',
  ],
  [
    {
      ...base,
      type: 'call',
      service: 'neutron',
      method: 'GET',
      path: '/v2.0/ports',
      status: 200,
      duration_ms: 12,
      request_id: 'req-2',
      shared: true,
      requests: 3,
    },
    'neutron GET /v2.0/ports: 200 in 12 ms, 3 requests, shared, req-2',
    null,
  ],
  [
    {
      ...base,
      type: 'call',
      service: 'appliance',
      method: 'GET',
      path: '/v1/firewall/rules',
      status: 'ECONNREFUSED',
      duration_ms: 1,
      request_id: null,
      shared: false,
      requests: 1,
    },
    'appliance GET /v1/firewall/rules: ECONNREFUSED in 1 ms',
    'bad',
  ],
  [
    {
      ...base,
      type: 'config',
      fingerprint: 'abcdef0123456789',
      result: 'accepted',
      changes: [{ path: 'a', change: 'added' }],
      total_changes: 4,
    },
    'abcdef012345 accepted: added a, and 3 more',
    'ok',
  ],
  [{ ...base, type: 'state', from: 'up', to: 'configured' }, 'up → configured', 'ok'],
  [{ ...base, type: 'error', code: 'boot', message: 'no host', next_retry_at: null }, 'boot: no host', 'bad'],
  [
    { ...base, type: 'unchanged', cause: 'health', count: 3, last_at: 'T' },
    'health: nothing to do, 3 times, last at T',
    'muted',
  ],
]

describe('what a timeline says', () => {
  it.each(entries)('$type', (entry, text, tone) => {
    expect([entryText(entry), entryTone(entry)]).toEqual([text, tone])
  })
  it('of every type', () => {
    expect(new Set(entries.map(([entry]) => entry.type)).size).toBe(8)
  })
  it('durations never say 60 seconds', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (ms) => !/(^|m)60s$/.test(duration(ms))))
  })
})

describe('moments', () => {
  const now = new Date(2026, 0, 2, 12, 0, 0).getTime()
  it('of today by the clock, of other days with the day', () => {
    expect(clockTime(new Date(2026, 0, 2, 3, 4, 5, 6).toISOString(), now)).toBe('03:04:05.006')
    expect(clockTime(new Date(2026, 0, 1, 3, 4, 5).toISOString(), now)).toBe('2026-01-01 03:04:05')
    expect(clockTime('soon', now)).toBe('soon')
  })
})
