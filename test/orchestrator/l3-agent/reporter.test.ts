import { describe, expect, it } from 'vitest'
import { Reporter } from '../../../src/orchestrator/l3-agent/reporter.ts'
import type { Logger } from '../../../src/shared/index.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function bench(report: (starting: boolean) => Promise<unknown>, random = 0.5) {
  const clock = new ManualClock()
  const answers: unknown[] = []
  const lines: string[] = []
  const logger: Logger = {
    ...silentLogger,
    warn: (...args: unknown[]) => void lines.push(`warn ${String(args.at(-1))}`),
    info: (...args: unknown[]) => void lines.push(`info ${String(args.at(-1))}`),
  }
  const stop = new AbortController()
  const reporter = new Reporter({
    report: (starting) => report(starting),
    onAnswer: (answer) => void answers.push(answer),
    intervalMs: 30_000,
    clock,
    random: () => random,
    logger,
  })
  const done = reporter.run(stop.signal)
  return { clock, reporter, answers, lines, stop, done }
}

describe('Reporter', () => {
  it('reports at once, then every interval, never later', async () => {
    for (const random of [0, 0.999]) {
      let reports = 0
      const b = bench(async () => {
        reports++
        return 'alive'
      }, random)
      await b.clock.advance(1)
      expect(reports).toBe(1)
      await b.clock.advance(30_000)
      expect(reports).toBe(2)
      await b.clock.advance(300_000)
      expect(reports).toBeGreaterThanOrEqual(12)
      expect(reports).toBeLessThanOrEqual(13)
      b.stop.abort()
      await b.done
    }
  })

  it('never has two reports under way, however slow Neutron is', async () => {
    let running = 0
    let most = 0
    const b = bench(async () => {
      await Promise.resolve()
      most = Math.max(most, ++running)
      await b.clock.sleep(100_000)
      running--
      return 'alive'
    })
    await b.clock.advance(10)
    b.reporter.wake()
    await b.clock.advance(500_000)
    expect(most).toBe(1)
  })

  it('starts only until a report was taken', async () => {
    const flags: boolean[] = []
    const b = bench(async (starting) => {
      flags.push(starting)
      if (flags.length < 3) throw new Error('away')
      return 'new'
    })
    await b.clock.advance(120_000)
    expect(flags.slice(0, 4)).toEqual([true, true, true, false])
  })

  it('tells a failure once, and that it is over; tries again soon, not in a storm', async () => {
    let reports = 0
    let away = true
    const b = bench(async () => {
      reports++
      if (away) throw new Error('no answer')
      return 'revived'
    })
    await b.clock.advance(600_000)
    expect(b.lines.length).toBe(1)
    expect(b.lines[0]).toMatch(/^warn .*did not take/)
    expect(reports).toBeGreaterThan(20)
    expect(reports).toBeLessThan(40)
    away = false
    await b.clock.advance(30_000)
    expect(b.lines.length).toBe(2)
    expect(b.lines[1]).toMatch(/^info .*again/)
    expect(b.answers[0]).toBe('revived')
  })

  it('wakes to report at once, for who waits to be heard', async () => {
    let away = true
    const b = bench(async () => {
      if (away) throw new Error('no bus')
      return 'alive'
    })
    await b.clock.advance(300_000)
    const patience = b.reporter.heard(5_000)
    await b.clock.advance(5_000)
    expect(await patience).toBe(false)
    away = false
    const heard = b.reporter.heard(5_000)
    await b.clock.advance(1)
    expect(await heard).toBe(true)
    expect(await b.reporter.heard(0)).toBe(true)
  })

  it('ends with its signal', async () => {
    const b = bench(async () => 'alive')
    await b.clock.advance(10)
    b.stop.abort()
    await b.done
    expect(b.clock.pending).toBe(0)
  })
})
