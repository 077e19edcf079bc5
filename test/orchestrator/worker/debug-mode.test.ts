import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DebugMark, TimelineEntry } from '../../../src/contract/index.ts'
import { type DebugChange, DebugMarks, type DebugTarget } from '../../../src/orchestrator/store/index.ts'
import { ID, WorkerBench } from './bench.ts'

const TENANT = '00000000-0000-0000-0000-0000000000aa'
const RESOURCE: DebugTarget = { scope: 'resource', id: ID }
const TARGETS: readonly (readonly [string, DebugTarget])[] = [
  ['resource', RESOURCE],
  ['tenant', { scope: 'tenant', id: TENANT }],
  ['global', { scope: 'global' }],
]

class DebugBench extends WorkerBench {
  #marks = new DebugMarks()

  set(target: DebugTarget, on: boolean): void {
    const mark: DebugMark | null = on ? { scope: target.scope, reason: 'why', since: '', by: 'alice' } : null
    const change: DebugChange = { target, mark, by: 'alice', reason: 'why' }
    this.#marks = this.#marks.with(target, mark)
    this.worker.setDebug(this.#marks.state, change)
  }

  timeline(id = ID): readonly TimelineEntry[] {
    const answer = this.worker.answer({ kind: 'timeline', resourceId: id }) as { entries: TimelineEntry[] } | null
    return answer?.entries ?? []
  }

  /** A configured router. */
  async configured(): Promise<this> {
    this.world().alive = true
    this.take({ action: 'update' })
    await this.clock.advance(100)
    this.world().calls.length = 0
    return this
  }
}

describe.each(TARGETS)('debug mode of the %s', (_scope, target) => {
  it('drops what comes, says so in the timeline, and touches nothing', async () => {
    const b = await new DebugBench().configured()
    b.set(target, true)
    b.take({ action: 'update' }, { action: 'rebuild', priority: 'operator', source: 'command', type: 'router-rebuild' })
    await b.clock.advance(5_000)
    expect(b.world().calls).toEqual([])
    expect(b.timeline().slice(-3)).toMatchObject([
      { type: 'event', action: 'update', accepted: false },
      { type: 'command', action: 'rebuild' },
      { type: 'event', action: 'rebuild', accepted: false },
    ])
  })

  it('pitfall D24: a health check, a poll of everything and a resync leave it alone', async () => {
    const b = await new DebugBench().configured()
    b.world().alive = false
    b.set(target, true)
    b.take({ resourceId: '*', tenantId: '*', action: 'poll', priority: 'operator' })
    b.take({ action: 'update', priority: 'resync', source: 'resync' })
    b.take({ resourceId: 'error', tenantId: '*', action: 'rebuild', priority: 'operator' })
    await b.clock.advance(300_000)
    expect(b.world().calls).toEqual([])
    b.set(target, false)
    await b.clock.advance(60_000)
    expect([b.state(), b.world().boots]).toEqual(['configured', 1])
  })

  it('pitfall D24: an alive check that was under way when it began rebuilds nothing', async () => {
    const b = await new DebugBench().configured()
    const manager = b.managers.get(ID)
    if (!manager) throw new Error('no manager')
    let checks = 0
    manager.quickAlive = async () => {
      checks++
      b.set(target, true)
      return false
    }
    b.world().alive = false
    await b.clock.advance(300_000)
    expect([b.world().boots, checks]).toEqual([0, 1])
  })

  it('pitfall D24: holds back what is queued already, and what waits for a timer', async () => {
    const b = new DebugBench({ maxPasses: 1 })
    b.world().alive = true
    b.world().failures.set('configure', 1_000)
    b.take({ action: 'update' })
    await b.clock.advance(500)
    const tried = b.world().calls.length
    expect(tried).toBeGreaterThan(0)
    b.set(target, true)
    await b.clock.advance(600_000)
    expect(b.world().calls.length).toBe(tried)
    b.world().failures.clear()
    b.set(target, false)
    await b.clock.advance(100)
    expect(b.state()).toBe('configured')
  })

  it('a step under way is finished, and no further one is taken', async () => {
    const b = new DebugBench()
    b.world().alive = true
    b.world().onCall = (name) => {
      if (name === 'update_state') b.set(target, true)
    }
    b.take({ action: 'update' })
    await b.clock.advance(60_000)
    expect(b.world().calls).toEqual(['update_state'])
    b.world().onCall = () => {}
    b.set(target, false)
    await b.clock.advance(100)
    expect(b.state()).toBe('configured')
  })

  it('manage looks at the world anew: what changed meanwhile is found without any event', async () => {
    const b = await new DebugBench().configured()
    b.set(target, true)
    b.take({ action: 'update' })
    b.world().changed = true
    await b.clock.advance(10_000)
    expect(b.world().pushes).toBe(1)
    b.set(target, false)
    await b.clock.advance(1_000)
    expect(b.world().pushes).toBe(2)
    expect(b.timeline()).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'command', by: 'alice' })]))
  })

  it('a delete that came meanwhile is looked into when it is managed again', async () => {
    const b = await new DebugBench().configured()
    b.set(target, true)
    b.world().present = false
    b.take({ action: 'delete', type: 'router.delete.end' })
    await b.clock.advance(10_000)
    expect(b.world().deletes).toBe(0)
    b.set(target, false)
    await b.clock.advance(1_000)
    expect([b.world().deletes, b.removed]).toEqual([1, [ID]])
  })

  it('what was not known before it is held is looked at and shown as it is, again and again, and not touched', async () => {
    const b = new DebugBench()
    b.world().alive = true
    b.set(target, true)
    b.take({ action: 'update', priority: 'resync', source: 'resync' })
    await b.clock.advance(1_000)
    expect(b.last()).toMatchObject({ id: ID, instance_state: 'up' })
    expect(b.timeline()).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'state', to: 'up' })]))
    b.world().alive = false
    await b.clock.advance(61_000)
    expect(b.last()).toMatchObject({ instance_state: 'down' })
    expect([b.world().calls, b.world().boots]).toEqual([[], 0])
    const seen = b.world().observations
    b.world().alive = true
    b.set(target, false)
    await b.clock.advance(200_000)
    expect([b.state(), b.world().boots, b.world().observations]).toEqual(['configured', 0, seen])
  })

  it('being managed ends a look that is under way before anything is done', async () => {
    const b = new DebugBench()
    b.world().alive = true
    b.set(target, true)
    b.take({ action: 'update' })
    const manager = b.managers.get(ID)
    if (!manager) throw new Error('no manager')
    let ended = false
    manager.observe = (signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal?.addEventListener('abort', () => {
          ended = true
          reject(signal.reason as Error)
        })
      })
    b.world().onCall = () => expect(ended).toBe(true)
    await b.clock.advance(61_000)
    b.set(target, false)
    await b.clock.advance(1_000)
    expect([b.state(), ended, b.world().boots]).toEqual(['configured', true, 0])
  })

  it('what comes for the first time while it holds is known, but not touched', async () => {
    const b = new DebugBench()
    b.set(target, true)
    b.take({ action: 'create' })
    await b.clock.advance(60_000)
    expect(b.world().calls).toEqual([])
    expect(b.last()).toMatchObject({ id: ID })
    b.set(target, false)
    await b.clock.advance(60_000)
    expect(b.state()).toBe('configured')
  })
})

describe('debug mode', () => {
  it('pitfall D25: a resource that was held is not locked: the others go on, and it goes on when managed', async () => {
    const b = new DebugBench({ maxPasses: 2 })
    const others = Array.from(
      { length: 20 },
      (_, i) => `00000000-0000-0000-0000-0000000002${String(i).padStart(2, '0')}`,
    )
    b.set(RESOURCE, true)
    b.take({ action: 'update' })
    for (const id of others) {
      b.world(id).alive = true
      b.take({ resourceId: id })
    }
    await b.clock.advance(5_000)
    expect(others.map((id) => b.state(id))).toEqual(others.map(() => 'configured'))
    expect(b.worker.stats.running).toEqual([])
    b.world().alive = true
    b.set(RESOURCE, false)
    await b.clock.advance(1_000)
    expect(b.state()).toBe('configured')
  })

  it('pitfall D26: manage while a pass runs starts no second one beside it', async () => {
    const b = new DebugBench()
    let running = 0
    let most = 0
    const original = b.world()
    original.onCall = () => {
      most = Math.max(most, ++running)
      queueMicrotask(() => {
        running--
      })
      if (original.calls.length === 2) {
        b.set(RESOURCE, true)
        b.set(RESOURCE, false)
        b.set(RESOURCE, false)
      }
    }
    b.take({ action: 'create' })
    await b.clock.advance(30_000)
    expect([b.state(), original.boots, most]).toEqual(['configured', 1, 1])
  })

  it('whatever operators do, one resource is worked on once at a time, boots once, and is configured in the end (property)', async () => {
    const op = fc.oneof(
      fc.record({ kind: fc.constant('debug' as const), target: fc.nat(2), on: fc.boolean() }),
      fc.record({ kind: fc.constant('event' as const), action: fc.constantFrom('update' as const, 'poll' as const) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 10, 1_000, 70_000) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 25 }), async (ops) => {
        const b = new DebugBench()
        const held = new Set<number>()
        b.take({ action: 'create' })
        for (const one of ops) {
          if (one.kind === 'wait') await b.clock.advance(one.ms)
          else if (one.kind === 'event') b.take({ action: one.action })
          else {
            const [, target] = TARGETS[one.target] ?? TARGETS[0] ?? ['', RESOURCE]
            if (one.on) held.add(one.target)
            else held.delete(one.target)
            const before = b.world().calls.length
            b.set(target, one.on)
            // Nothing happens within the turn in which a mode changes.
            expect(b.world().calls.length).toBe(before)
          }
          if (held.size > 0) {
            const calls = b.world().calls.length
            await b.clock.advance(0)
            const settled = b.world().calls.length
            await b.clock.advance(200_000)
            expect(b.world().calls.length).toBe(settled)
            expect(settled - calls).toBeLessThanOrEqual(1)
          }
        }
        for (const i of held) b.set(TARGETS[i]?.[1] ?? RESOURCE, false)
        await b.clock.advance(120_000)
        expect([b.state(), b.world().boots]).toEqual(['configured', 1])
      }),
      { numRuns: 60 },
    )
  })

  it('tells timelines only while somebody reads them', async () => {
    const b = await new DebugBench().configured()
    expect(b.news).toEqual([])
    b.worker.watch({ all: false, ids: [ID] })
    b.take({ action: 'update' })
    b.take({ resourceId: '00000000-0000-0000-0000-000000000009' })
    await b.clock.advance(1_000)
    expect(b.news.length).toBeGreaterThan(2)
    expect(new Set(b.news.map((one) => one.resource_id))).toEqual(new Set([ID]))
    await b.clock.advance(130_000)
    expect(b.news.filter(({ entry }) => entry.type === 'unchanged').length).toBeGreaterThan(1)
    b.news.length = 0
    b.worker.watch({ all: true, ids: [] })
    await b.clock.advance(300_000)
    expect(b.news.filter(({ entry }) => entry.type === 'unchanged' && entry.count > 1)).toEqual([])
    b.worker.watch({ all: false, ids: [] })
    b.news.length = 0
    b.take({ action: 'update' })
    await b.clock.advance(1_000)
    expect(b.news).toEqual([])
  })
})
