import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimelineEntry } from '../../../src/contract/index.ts'
import { type EntryDraft, shown, Timeline } from '../../../src/orchestrator/timeline/timeline.ts'

const state = (n: number): EntryDraft => ({ type: 'state', from: 'down', to: n % 2 === 0 ? 'up' : 'booting' })
const call = (n: number): EntryDraft => ({
  type: 'call',
  service: 'neutron',
  method: 'GET',
  path: `/v2.0/ports`,
  status: 200,
  duration_ms: n / 10,
  request_id: `req-${n}`,
  shared: n % 2 === 0,
  requests: 1,
})

describe('Timeline', () => {
  it('keeps the last entries of its limit, in order, as the contract has them', () => {
    const timeline = new Timeline(50, 1_000)
    for (let n = 1; n <= 500; n++) timeline.add(call(n), n * 1_000)
    const entries = timeline.entries()
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 50 }, (_, i) => 1_451 + i))
    expect(entries.at(-1)).toEqual({ ...call(500), seq: 1_500, at: new Date(500_000).toISOString() })
    for (const entry of entries) expect(TimelineEntry.parse(entry)).toEqual(entry)
  })

  it('a thousand looks that found nothing push out nothing', () => {
    const timeline = new Timeline(20)
    for (let n = 0; n < 19; n++) timeline.add(state(n), n)
    for (let n = 0; n < 1_000; n++) timeline.unchanged(n % 10 === 0 ? 'resync' : 'health', 1_000 + n)
    const entries = timeline.entries()
    expect(entries).toHaveLength(20)
    expect(entries.filter((entry) => entry.type === 'state').length).toBe(18)
    expect(entries.slice(-2)).toMatchObject([
      { type: 'unchanged', cause: 'resync', count: 100 },
      { type: 'unchanged', cause: 'health', count: 900, last_at: new Date(1_999).toISOString() },
    ])
  })

  it('something that happened between looks begins a new entry for them', () => {
    const timeline = new Timeline(20)
    timeline.unchanged('health', 1)
    timeline.add(state(1), 2)
    timeline.unchanged('health', 3)
    expect(timeline.entries().map((entry) => entry.type)).toEqual(['unchanged', 'state', 'unchanged'])
  })

  it('is, packed or not, the same as a plain list (property)', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('add' as const) },
      { weight: 2, arbitrary: fc.constantFrom('health' as const, 'resync' as const) },
      { weight: 1, arbitrary: fc.constant('rest' as const) },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(step, { maxLength: 300 }), (limit, steps) => {
        const timeline = new Timeline(limit)
        const model: TimelineEntry[] = []
        for (const [at, what] of steps.entries()) {
          if (what === 'rest') timeline.rest()
          else if (what === 'add') model.push(shown(timeline.add(call(at), at)))
          else {
            const entry = shown(timeline.unchanged(what, at))
            const same = model.findIndex((one) => one.seq === entry.seq)
            if (same >= 0) model[same] = entry
            else model.push(entry)
          }
          while (model.length > limit) model.shift()
          // Summed up in place means: never two runs of the same cause side by side.
          expect(timeline.length).toBeLessThanOrEqual(limit)
        }
        expect(timeline.entries()).toEqual(model)
      }),
      { numRuns: 200 },
    )
  })
})
