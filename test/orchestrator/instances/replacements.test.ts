import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configFromValues, loadConfig } from '../../../src/config/index.ts'
import { ReplacementBudget } from '../../../src/orchestrator/instances/index.ts'
import { stormLimits } from '../../../src/orchestrator/settings.ts'
import { ManualClock } from '../../support/manual-clock.ts'

describe('the budget of replacements', () => {
  test('a burst at once, then the rate, in the order in which they came', async () => {
    const clock = new ManualClock()
    const turns: string[] = []
    const budget = new ReplacementBudget(clock, { perMinute: 60, burst: 3 }, (result) => turns.push(result))
    expect(['a', 'b', 'c'].map((id) => budget.take(id))).toEqual([0, 0, 0])
    expect(['d', 'e'].map((id) => budget.take(id))).toEqual([1_000, 2_000])
    expect(budget.waiting).toBe(2)
    await clock.advance(1_000)
    expect(budget.take('e')).toBe(1_000)
    expect(budget.take('d')).toBe(0)
    await clock.advance(1_000)
    expect(budget.take('e')).toBe(0)
    expect(turns.join(' ')).toBe('granted granted granted deferred deferred granted granted')
  })

  test('keeps the turn of one that asks late from those who came after it', async () => {
    const clock = new ManualClock()
    const budget = new ReplacementBudget(clock, { perMinute: 60, burst: 1 })
    budget.take('x')
    budget.take('slow')
    await clock.advance(1_000)
    for (let i = 0; i < 5; i += 1) expect(budget.take('eager')).toBeGreaterThan(0)
    expect(budget.take('slow')).toBe(0)
  })

  test('one that has left, or asks no more, holds nobody up', async () => {
    const clock = new ManualClock()
    const budget = new ReplacementBudget(clock, { perMinute: 1, burst: 1 })
    budget.take('x')
    budget.take('returned')
    budget.take('vanished')
    budget.leave('returned')
    await clock.advance(60_000)
    expect(budget.take('last')).toBeGreaterThan(0)
    await clock.advance(40_000)
    expect(budget.take('last')).toBe(0)
  })

  test('a rate of 0 is no limit', () => {
    const budget = new ReplacementBudget(new ManualClock(), { perMinute: 0, burst: 1 })
    for (let i = 0; i < 1_000; i += 1) expect(budget.take(String(i))).toBe(0)
  })

  test('new limits hold at once', async () => {
    const clock = new ManualClock()
    const budget = new ReplacementBudget(clock, { perMinute: 1, burst: 10 })
    budget.setLimits({ perMinute: 600, burst: 2 })
    expect(['a', 'b', 'c'].map((id) => budget.take(id))).toEqual([0, 0, 1_000])
    await clock.advance(100)
    expect(budget.take('c')).toBe(0)
  })

  test('whatever is asked and when: never more than burst and rate allow, and everybody gets a turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 30, max: 600 }),
        fc.array(fc.record({ id: fc.nat(30), pauseMs: fc.nat(3_000) }), { maxLength: 80 }),
        async (burst, perMinute, asks) => {
          const clock = new ManualClock()
          const start = clock.monotonic()
          const budget = new ReplacementBudget(clock, { perMinute, burst })
          const done = new Set<number>()
          for (const { id, pauseMs } of asks) {
            if (!done.has(id) && budget.take(String(id)) === 0) done.add(id)
            const allowed = burst + ((clock.monotonic() - start) * perMinute) / 60_000
            expect(done.size).toBeLessThanOrEqual(allowed + 1e-6)
            clock.jump(pauseMs)
          }
          const wanted = [...new Set(asks.map(({ id }) => id))].filter((id) => !done.has(id))
          for (const id of wanted) {
            let rounds = 0
            for (let ms = budget.take(String(id)); ms > 0; ms = budget.take(String(id))) {
              clock.jump(ms)
              if (++rounds > 100) throw new Error('starves')
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

test('the shares of all workers add up to what the options allow', async () => {
  const { config } = await loadConfig({
    files: [],
    dirs: [],
    env: { OS_DEFAULT__BOOT_CONCURRENCY: '10', OS_DEFAULT__REPLACE_RATE: '90', OS_DEFAULT__REPLACE_BURST: '7' },
  })
  const shares = [0, 1, 2].map((index) => stormLimits(configFromValues(config.values()), { index, of: 3 }))
  expect(shares.map((share) => share.boots)).toEqual([4, 3, 3])
  expect(shares.map((share) => share.replacements)).toEqual([
    { perMinute: 30, burst: 3 },
    { perMinute: 30, burst: 2 },
    { perMinute: 30, burst: 2 },
  ])
  // A worker whose share is none saves its first one up.
  expect(stormLimits(config, { index: 9, of: 10 }).replacements).toEqual({ perMinute: 9, burst: 0 })
})
