import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamEvent } from '../../../../src/contract/index.ts'
import { EventLog } from '../../../../src/orchestrator/api/stream/event-log.ts'

const removed = (id: string, revision: number): StreamEvent => ({ type: 'removed', id, revision })
const readAll = (log: EventLog, from: number): number[] => {
  const seen: number[] = []
  for (let entry = log.after(from); entry; entry = log.after(entry.seq)) seen.push(entry.seq)
  return seen
}

describe('EventLog', () => {
  it('knows its own ids, and no others', () => {
    const log = new EventLog('life1', { maxEvents: 10, maxBytes: 1e6 })
    log.append('a', removed('a', 1), null)
    expect(log.seqOf(log.idOf(1))).toBe(1)
    for (const id of ['life2.1', 'life1.2', 'life1.-1', 'life1.1.1', 'life1', '', 'life1.1e0']) {
      expect([id, log.seqOf(id)]).toEqual([id, null])
    }
  })

  it('a reader from any place sees the newest of each key after it, in order, or learns that it lost something (property)', () => {
    const op = fc.oneof(
      { weight: 12, arbitrary: fc.record({ kind: fc.constant('append' as const), key: fc.nat(12), size: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('skip' as const), key: fc.nat(1), size: fc.nat(1) }) },
    )
    fc.assert(
      fc.property(
        fc.array(op, { maxLength: 120 }),
        fc.integer({ min: 1, max: 15 }),
        fc.integer({ min: 100, max: 2_000 }),
        (ops, maxEvents, maxBytes) => {
          const log = new EventLog('e', { maxEvents, maxBytes })
          const history: { seq: number; key: string | null }[] = []
          for (const { kind, key, size } of ops) {
            if (kind === 'skip') log.skip()
            else log.append(`k${key}`, removed('x'.repeat(size), history.length), null)
            history.push({ seq: history.length + 1, key: kind === 'skip' ? null : `k${key}` })
            const { events, bytes } = log.size
            expect(events).toBeLessThanOrEqual(maxEvents)
            expect(bytes).toBeLessThanOrEqual(maxBytes)
          }
          expect(log.last).toBe(history.length)
          for (let from = 0; from <= log.last; from++) {
            const seen = readAll(log, from)
            if (from < log.lost) continue
            const after = history.filter((one) => one.seq > from)
            expect(after.every((one) => one.key !== null)).toBe(true)
            const newest = after.filter((one) => !after.some((other) => other.key === one.key && other.seq > one.seq))
            expect(seen).toEqual(newest.map((one) => one.seq))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('stays small although nothing but old news of one key is in it', () => {
    const log = new EventLog('e', { maxEvents: 100, maxBytes: 1e6 })
    log.append('quiet', removed('quiet', 0), null)
    for (let n = 0; n < 100_000; n++) log.append('busy', removed('busy', n), null)
    expect(log.size.events).toBeLessThanOrEqual(2)
    expect(readAll(log, log.lost).length).toBeLessThanOrEqual(2)
  })
})
