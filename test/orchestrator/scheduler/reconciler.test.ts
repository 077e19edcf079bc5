import { describe, expect, it } from 'vitest'
import type { ResourceEvent } from '../../../src/orchestrator/events/index.ts'
import { type ListedResource, Reconciler } from '../../../src/orchestrator/scheduler/reconciler.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'

const listed = (ids: readonly string[]): ListedResource[] =>
  ids.map((id) => ({ id, tenantId: `t-${id}`, driver: 'router' }))
const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `r${i}`)

function setUp(world: { list: () => readonly ListedResource[]; known: readonly string[] }): {
  clock: ManualClock
  reconciler: Reconciler
  events: ResourceEvent[]
  abort: AbortController
  done: Promise<void>
} {
  const clock = new ManualClock()
  const events: ResourceEvent[] = []
  const abort = new AbortController()
  const reconciler = new Reconciler({
    list: async () => world.list(),
    known: async () => new Map(world.known.map((id) => [id, { tenantId: `t-${id}` }])),
    dispatch: async (event) => events.push(event),
    clock,
    random: () => 0.5,
    logger: silentLogger,
    intervalMs: 600_000,
    maxSleepMs: 15_000,
  })
  return { clock, reconciler, events, abort, done: reconciler.run(abort.signal) }
}

describe('Reconciler', () => {
  it('looks at everything Neutron has, at low priority, at start and every interval', async () => {
    const { clock, events, abort, done } = setUp({ list: () => listed(['a', 'b']), known: [] })
    await settle()
    expect(events.map((e) => [e.resourceId, e.tenantId, e.priority, e.action])).toEqual([
      ['a', 't-a', 'resync', 'update'],
      ['b', 't-b', 'resync', 'update'],
    ])
    await clock.advance(600_000)
    expect(events).toHaveLength(4)
    abort.abort()
    await done
  })

  it('pitfall D12: a Neutron that refuses or is away is asked again, with growing pauses, until it answers', async () => {
    let tries = 0
    const { clock, reconciler, events, abort, done } = setUp({
      list: () => {
        if (++tries <= 6) throw new Error('401 Unauthorized')
        return listed(['a'])
      },
      known: [],
    })
    let first = false
    void reconciler.firstRound().then(() => {
      first = true
    })
    await clock.advance(1_500)
    expect(tries).toBe(2)
    expect(reconciler.state.lastError).toContain('401')
    await clock.advance(60_000)
    expect(tries).toBe(7)
    expect(first).toBe(true)
    expect(events).toHaveLength(1)
    abort.abort()
    await done
  })

  it('looks at what Neutron no longer lists', async () => {
    const { events, abort, done } = setUp({ list: () => listed(['a']), known: ['a', 'gone'] })
    await settle()
    expect(events.map((e) => e.resourceId)).toEqual(['a', 'gone'])
    abort.abort()
    await done
  })

  it('facts R5: an empty list asks for nothing to be deleted, for ten minutes and more', async () => {
    const { clock, reconciler, events, abort, done } = setUp({ list: () => [], known: names(200) })
    await clock.advance(1_100_000)
    expect(events).toEqual([])
    expect(reconciler.state.heldBack).toBe(200)
    abort.abort()
    await done
  })

  it('a disappearance that stays is believed in portions', async () => {
    const { clock, events, abort, done } = setUp({ list: () => listed(names(100)), known: names(200) })
    await clock.advance(600_000)
    expect(events.filter((e) => Number(e.resourceId?.slice(1)) >= 100)).toEqual([])
    await clock.advance(600_000)
    expect(events.filter((e) => Number(e.resourceId?.slice(1)) >= 100)).toHaveLength(10)
    abort.abort()
    await done
  })

  it('requests during a round lead to exactly one more round', async () => {
    let rounds = 0
    const { reconciler, abort, done } = setUp({
      list: () => {
        rounds++
        return []
      },
      known: [],
    })
    for (let i = 0; i < 5; i++) reconciler.request('reconnected', abort.signal)
    await settle()
    expect(rounds).toBe(2)
    abort.abort()
    await done
  })
})
