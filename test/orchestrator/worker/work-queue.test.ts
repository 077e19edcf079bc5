import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PRIORITIES, type Priority } from '../../../src/orchestrator/events/index.ts'
import { WorkQueue } from '../../../src/orchestrator/worker/work-queue.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function queueOn(clock: ManualClock, ageingMs = 5_000): { queue: WorkQueue; ready: () => number } {
  let ready = 0
  const queue = new WorkQueue({ clock, ageingMs, onReady: () => ready++ })
  return { queue, ready: () => ready }
}

const drain = (queue: WorkQueue): string[] => {
  const taken: string[] = []
  for (let key = queue.take(); key !== null; key = queue.take()) taken.push(key)
  return taken
}

describe('WorkQueue', () => {
  it('hands out a key once however often it was added', () => {
    const { queue, ready } = queueOn(new ManualClock())
    for (let i = 0; i < 100; i++) queue.add('a', 'event')
    expect(drain(queue)).toEqual(['a'])
    expect(ready()).toBe(1)
  })

  it('never hands out a key that is being worked on; it returns at the end of the line', () => {
    const { queue } = queueOn(new ManualClock())
    queue.add('a', 'event')
    expect(queue.take()).toBe('a')
    queue.add('b', 'event')
    queue.add('a', 'event')
    expect(drain(queue)).toEqual(['b'])
    queue.done('a')
    expect(drain(queue)).toEqual(['a'])
  })

  it('serves the operator before an event before a resync', () => {
    const { queue } = queueOn(new ManualClock())
    queue.add('r', 'resync')
    queue.add('e', 'event')
    queue.add('o', 'operator')
    expect(drain(queue)).toEqual(['o', 'e', 'r'])
  })

  it('raises a waiting key but never lowers it', () => {
    const { queue } = queueOn(new ManualClock())
    queue.add('x', 'resync')
    queue.add('y', 'event')
    queue.add('x', 'operator')
    queue.add('y', 'resync')
    expect(drain(queue)).toEqual(['x', 'y'])
  })

  it('ages: a resync that waited long enough goes before fresh events', async () => {
    const clock = new ManualClock()
    const { queue } = queueOn(clock, 1_000)
    queue.add('old', 'resync')
    await clock.advance(1_001)
    queue.add('fresh', 'event')
    expect(drain(queue)).toEqual(['old', 'fresh'])
  })

  it('delays: the earlier time wins, and work that is ready now wins over both', async () => {
    const clock = new ManualClock()
    const { queue, ready } = queueOn(clock)
    queue.addAfter('a', 10_000, 'event')
    queue.addAfter('a', 1_000, 'event')
    queue.addAfter('a', 5_000, 'event')
    expect(queue.delayOf('a')).toBe(1_000)
    await clock.advance(999)
    expect(queue.take()).toBeNull()
    await clock.advance(1)
    expect(ready()).toBe(1)
    expect(queue.take()).toBe('a')
    queue.done('a')
    await clock.advance(20_000)
    expect(queue.take()).toBeNull()

    queue.addAfter('b', 1_000, 'event')
    queue.add('b', 'operator')
    expect(drain(queue)).toEqual(['b'])
  })

  it('a delay that ends while the key runs makes it run again', async () => {
    const clock = new ManualClock()
    const { queue } = queueOn(clock)
    queue.add('a', 'event')
    queue.take()
    queue.addAfter('a', 100, 'event')
    await clock.advance(200)
    expect(queue.take()).toBeNull()
    queue.done('a')
    expect(queue.take()).toBe('a')
  })

  it('forgets', async () => {
    const clock = new ManualClock()
    const { queue } = queueOn(clock)
    queue.add('a', 'event')
    queue.addAfter('b', 10, 'event')
    queue.add('c', 'event')
    expect(queue.take()).toBe('a')
    queue.add('a', 'event')
    for (const key of ['a', 'b', 'c']) queue.forget(key)
    queue.done('a')
    await clock.advance(100)
    expect(queue.take()).toBeNull()
    expect(queue.depth).toMatchObject({ delayed: 0, running: 0 })
  })

  it('property: a key is in one place at most, nothing added is lost, nothing runs twice at once', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const command = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key, priority: fc.constantFrom(...PRIORITIES) }),
      fc.record({ do: fc.constant('addAfter' as const), key, ms: fc.integer({ min: 0, max: 500 }) }),
      fc.record({ do: fc.constant('take' as const) }),
      fc.record({ do: fc.constant('done' as const), key }),
      fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 300 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const clock = new ManualClock()
        const { queue } = queueOn(clock)
        const running = new Set<string>()
        const owed = new Set<string>()
        for (const c of commands) {
          if (c.do === 'add') {
            queue.add(c.key, c.priority as Priority)
            owed.add(c.key)
          } else if (c.do === 'addAfter') {
            queue.addAfter(c.key, c.ms, 'event')
            owed.add(c.key)
          } else if (c.do === 'take') {
            const taken = queue.take()
            if (taken !== null) {
              expect(running.has(taken)).toBe(false)
              running.add(taken)
              owed.delete(taken)
            }
          } else if (c.do === 'done') {
            if (running.delete(c.key)) queue.done(c.key)
          } else await clock.advance(c.ms)
        }
        for (const k of running) queue.done(k)
        await clock.advance(1_000)
        const rest = new Set(drain(queue))
        for (const k of owed) expect(rest.has(k)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('facts R14: a hot key does not delay the others', () => {
    const { queue } = queueOn(new ManualClock())
    const order: string[] = []
    for (let i = 0; i < 1_000; i++) queue.add('hot', 'event')
    for (let i = 0; i < 20; i++) queue.add(`cold${i}`, 'event')
    for (let i = 0; i < 60; i++) {
      const key = queue.take()
      if (key === null) break
      order.push(key)
      queue.add('hot', 'event')
      queue.done(key)
    }
    expect(order.slice(0, 21).filter((k) => k !== 'hot')).toHaveLength(20)
  })
})
