import { describe, expect, it } from 'vitest'
import { HealthLane, StallGuard } from '../../../src/orchestrator/health/index.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'

function lane(
  clock: ManualClock,
  check: (id: string, signal: AbortSignal) => Promise<boolean>,
  options: { concurrency?: number; periodMs?: number } = {},
): { lane: HealthLane; suspects: string[]; guard: StallGuard } {
  const suspects: string[] = []
  let seed = 0
  const guard = new StallGuard(clock, 1_000)
  const health = new HealthLane({
    clock,
    random: () => (seed = (seed + 0.137) % 1),
    logger: silentLogger,
    periodMs: options.periodMs ?? 60_000,
    concurrency: options.concurrency ?? 10,
    check,
    onSuspect: (id) => suspects.push(id),
    stallGuard: guard,
  })
  return { lane: health, suspects, guard }
}

const ids = (n: number): string[] => Array.from({ length: n }, (_, i) => `r${i}`)

describe('HealthLane', () => {
  it('checks each resource once per period, spread over it', async () => {
    const clock = new ManualClock()
    const at: number[] = []
    const counts = new Map<string, number>()
    const { lane: health } = lane(clock, async (id) => {
      at.push(clock.monotonic())
      counts.set(id, (counts.get(id) ?? 0) + 1)
      return true
    })
    const start = clock.monotonic()
    for (const id of ids(60)) health.add(id)
    await clock.advance(60_000)
    expect([...counts.values()]).toEqual(Array(60).fill(1))
    const firstHalf = at.filter((t) => t - start < 30_000).length
    expect(firstHalf).toBeGreaterThan(15)
    expect(firstHalf).toBeLessThan(45)
    await clock.advance(60_000)
    expect([...counts.values()].every((n) => n === 2)).toBe(true)
    health.close()
  })

  it('never runs more than its width, nor one resource twice at once', async () => {
    const clock = new ManualClock()
    let now = 0
    let most = 0
    const under = new Set<string>()
    const { lane: health } = lane(
      clock,
      async (id) => {
        expect(under.has(id)).toBe(false)
        under.add(id)
        most = Math.max(most, ++now)
        await clock.sleep(100)
        under.delete(id)
        now--
        return true
      },
      { concurrency: 4 },
    )
    const all = ids(20)
    for (const id of all) health.add(id)
    health.checkNow(all)
    health.checkNow(all)
    await clock.advance(600)
    expect(most).toBe(4)
    expect(health.depth).toEqual({ waiting: 0, running: 0 })
    health.close()
  })

  it('says who is suspect, and not about one that was removed meanwhile', async () => {
    const clock = new ManualClock()
    const { lane: health, suspects } = lane(clock, async () => {
      await clock.sleep(10)
      return false
    })
    health.add('a')
    health.add('b')
    health.checkNow(['a', 'b'])
    health.remove('b')
    await clock.advance(20)
    expect(suspects).toEqual(['a'])
    health.close()
  })

  it('facts R9: evidence that fell into our own stall is not believed; the check is repeated', async () => {
    const clock = new ManualClock()
    let alive = false
    let checks = 0
    const { lane: health, suspects } = lane(clock, async () => {
      checks++
      await clock.sleep(3_000)
      return alive
    })
    health.add('a')
    health.checkNow(['a'])
    await settle()
    clock.jump(70_000)
    await clock.advance(1)
    expect(checks).toBe(1)
    expect(suspects).toEqual([])
    alive = true
    await clock.advance(5_000)
    expect(checks).toBe(2)
    expect(suspects).toEqual([])
    alive = false
    await clock.advance(70_000)
    expect(suspects).toEqual(['a'])
    health.close()
  })

  it('a shorter period counts at once, not after the old one is over', async () => {
    const clock = new ManualClock()
    const checked = new Set<string>()
    const { lane: health } = lane(clock, async (id) => {
      checked.add(id)
      return true
    })
    for (const id of ids(40)) health.add(id)
    health.setPace({ periodMs: 2_000, concurrency: 10 })
    await clock.advance(2_100)
    expect(checked.size).toBe(40)
    health.close()
  })

  it('pitfall D51: a health check that throws is a suspect, not the end of the clock', async () => {
    const clock = new ManualClock()
    let checks = 0
    const { lane: health, suspects } = lane(clock, async () => {
      checks++
      throw new Error('broken')
    })
    health.add('a')
    await clock.advance(180_000)
    expect(checks).toBe(3)
    expect(suspects).toEqual(['a', 'a', 'a'])
    health.close()
  })
})
