import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SseParser } from '../../../../src/client/stream/sse-parser.ts'
import { INSTANCE_STATES, type Resource, StreamEvent } from '../../../../src/contract/index.ts'
import { StreamHub } from '../../../../src/orchestrator/api/index.ts'
import type { StreamFilter } from '../../../../src/orchestrator/api/stream/index.ts'
import { ManualClock, settle } from '../../../support/manual-clock.ts'
import { numberedId, sampleResource, sampleWorker, TENANT_A, TENANT_B } from '../memory-port.ts'

const ALL: StreamFilter = { types: null, driver: null, tenantId: null, id: null, instanceState: null }

/** A reader as a test sees it: what it was sent, and whether it takes anything. */
class Far {
  readonly parser = new SseParser()
  readonly events: StreamEvent[] = []
  ids: string[] = []
  text = ''
  takes = true
  ended = false
  destroyed = false
  begin(): void {}
  write(text: string): boolean {
    this.text += text
    for (const { id, event, data } of this.parser.push(text)) {
      this.events.push(StreamEvent.parse({ type: event, ...JSON.parse(data) }))
      this.ids.push(id)
    }
    return this.takes
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.destroyed = true
  }
  get lastId(): string {
    return this.parser.lastId
  }
  types(): string[] {
    return this.events.map((event) => event.type)
  }
}

class HubBench {
  readonly clock = new ManualClock()
  readonly table = new Map<string, Resource>()
  readonly watches: { readonly all: boolean; readonly ids: readonly string[] }[] = []
  revision = 0
  readonly hub: StreamHub

  constructor(limits = {}, epoch = 'life1') {
    this.hub = new StreamHub({
      clock: this.clock,
      epoch,
      limits,
      maxReaders: 10,
      revision: () => this.revision,
      resources: () => this.table.values(),
      watchTimelines: (watch) => this.watches.push(watch),
    })
  }

  put(n: number, changes: Partial<Resource> = {}): void {
    const resource = sampleResource(n, { ...changes, revision: ++this.revision })
    this.table.set(resource.id, resource)
    this.hub.publish({ type: 'resource', resource })
  }

  drop(n: number): void {
    const last = this.table.get(numberedId(n))
    if (!last) return
    this.table.delete(last.id)
    this.hub.publish({ type: 'removed', id: last.id, revision: ++this.revision, last })
  }

  grow(n: number, seq: number): void {
    this.hub.publish({
      type: 'timeline',
      resource_id: numberedId(n),
      entry: { seq, at: '2026-01-01T00:00:00.000Z', type: 'state', from: 'down', to: 'up' },
      owner: { tenantId: TENANT_A, driver: 'router' },
    })
  }
}

describe('StreamHub', () => {
  it('a new reader gets what happens from now on, and an id to go on from at once', async () => {
    const b = new HubBench()
    b.put(1)
    const far = new Far()
    b.hub.open(ALL, null, far)
    expect(far.lastId).toBe('life1.1')
    b.put(2)
    b.hub.publish({ type: 'worker', worker: sampleWorker })
    b.drop(2)
    b.hub.publish({ type: 'debug', debug: { global: null, tenants: [], resources: [] } })
    await settle()
    // What happened to a resource within one turn is one event: its end.
    expect(far.types()).toEqual(['worker', 'removed', 'debug'])
  })

  it.each<[string, Partial<StreamFilter>, string[]]>([
    ['types', { types: new Set(['removed'] as const) }, ['removed 2']],
    ['tenant', { tenantId: TENANT_B }, ['resource 3']],
    ['driver', { driver: 'loadbalancer' }, ['resource 4']],
    ['id', { id: numberedId(1) }, ['resource 1']],
    ['timelines', { types: new Set(['timeline'] as const), id: numberedId(1) }, ['timeline 1']],
    [
      'worker only when asked for, once the view is narrowed',
      { tenantId: TENANT_B, types: new Set(['worker'] as const) },
      ['worker'],
    ],
  ])('filters by %s', async (_what, filter, wanted) => {
    const b = new HubBench()
    b.put(2)
    const far = new Far()
    b.hub.open({ ...ALL, ...filter }, null, far)
    b.put(1)
    b.drop(2)
    b.put(3, { tenant_id: TENANT_B })
    b.put(4, { driver: 'loadbalancer' })
    b.grow(1, 7)
    b.hub.publish({ type: 'worker', worker: sampleWorker })
    await settle()
    const short = far.events.map((event) => {
      const id =
        event.type === 'resource'
          ? event.resource.id
          : event.type === 'timeline'
            ? event.resource_id
            : 'id' in event
              ? event.id
              : ''
      return id === '' ? event.type : `${event.type} ${Number.parseInt(id.slice(0, 8), 16)}`
    })
    expect(short).toEqual(wanted)
  })

  it('who wants one state hears of a resource that leaves it, once', async () => {
    const b = new HubBench()
    b.put(1, { instance_state: 'error' })
    b.put(2)
    const far = new Far()
    b.hub.open({ ...ALL, instanceState: 'error' }, null, far)
    for (const change of [
      { name: 'still fine' },
      { instance_state: 'error' as const },
      { name: 'back' },
      { name: 'again' },
    ]) {
      b.put(2, change)
      await settle()
    }
    b.put(1)
    await settle()
    b.drop(1)
    await settle()
    expect(far.types()).toEqual(['resource', 'removed', 'removed'])
  })

  it('resumes without loss: everything that is newest after the id (property)', async () => {
    const op = fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      state: fc.constantFrom(...INSTANCE_STATES),
      drop: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(op, { maxLength: 40 }),
        fc.array(op, { maxLength: 40 }),
        fc.array(op, { maxLength: 20 }),
        async (before, gap, after) => {
          const b = new HubBench()
          const far = new Far()
          const apply = async (ops: typeof before): Promise<void> => {
            for (const { n, state, drop } of ops) {
              if (drop) b.drop(n)
              else b.put(n, { instance_state: state })
              if (n % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
            }
            await settle(2)
          }
          const picture = new Map<string, Resource>()
          const learn = (events: readonly StreamEvent[]): void => {
            for (const event of events) {
              if (event.type === 'resource') picture.set(event.resource.id, event.resource)
              else if (event.type === 'removed') picture.delete(event.id)
              else expect(event.type).toBe('nothing else')
            }
          }
          const reader = b.hub.open(ALL, null, far)
          await apply(before)
          learn(far.events)
          reader.closed()
          await apply(gap)
          const again = new Far()
          b.hub.open(ALL, far.lastId, again)
          await apply(after)
          learn(again.events)
          expect([...picture.values()].sort((x, y) => (x.id < y.id ? -1 : 1))).toEqual(
            [...b.table.values()].sort((x, y) => (x.id < y.id ? -1 : 1)),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['another life of the orchestrator', 'life0.1'],
    ['nonsense', 'nonsense'],
    ['the future', 'life1.99'],
  ])('an id of %s: resync', async (_what, id) => {
    const b = new HubBench()
    b.put(1)
    const far = new Far()
    b.hub.open(ALL, id, far)
    expect(far.events).toMatchObject([{ type: 'resync', revision: 1 }])
    b.put(2)
    await settle()
    expect(far.types()).toEqual(['resync', 'resource'])
  })

  it('a slow reader costs nothing: its changes coalesce, and in the end it is told to list again', async () => {
    const b = new HubBench({ maxEvents: 50 })
    const slow = new Far()
    const reader = b.hub.open(ALL, null, slow)
    slow.takes = false
    b.put(1)
    await settle()
    const sent = slow.text.length
    for (let round = 0; round < 200; round++) for (let n = 1; n <= 20; n++) b.put(n, { attempts: round })
    await settle()
    expect(slow.text.length).toBe(sent)
    expect(b.hub.size.events).toBeLessThanOrEqual(50)
    slow.takes = true
    reader.drained()
    expect(
      slow.events.slice(1).map((event) => (event.type === 'resource' ? event.resource.attempts : event.type)),
    ).toEqual(Array.from({ length: 20 }, () => 199))
    slow.takes = false
    b.put(1)
    await settle()
    for (let n = 100; n < 300; n++) b.put(n)
    await settle()
    slow.events.length = 0
    slow.takes = true
    reader.drained()
    expect(slow.types()).toEqual(['resync'])
    b.put(5)
    await settle()
    expect(slow.types()).toEqual(['resync', 'resource'])
  })

  it('signs of life keep a quiet reader’s place; a reader that takes nothing is given up', async () => {
    const b = new HubBench()
    const quiet = new Far()
    b.hub.open({ ...ALL, id: numberedId(9) }, null, quiet)
    const stuck = new Far()
    b.hub.open(ALL, null, stuck)
    stuck.takes = false
    for (let n = 1; n < 5; n++) b.put(n)
    await b.clock.advance(15_000)
    expect(quiet.lastId).toBe('life1.4')
    expect(quiet.events).toEqual([])
    await b.clock.advance(200_000)
    expect([stuck.destroyed, quiet.destroyed]).toEqual([true, false])
    expect(b.hub.size.readers).toBe(1)
  })

  it('without readers nothing is kept; one that is back within a minute has lost nothing', async () => {
    const b = new HubBench()
    b.put(1)
    expect(b.hub.size).toMatchObject({ events: 0, bytes: 0 })
    const far = new Far()
    b.hub.open(ALL, null, far).closed()
    b.put(2)
    expect(b.hub.size.events).toBe(1)
    await b.clock.advance(61_000)
    b.put(3)
    expect(b.hub.size.events).toBe(0)
    const late = new Far()
    b.hub.open(ALL, far.lastId, late)
    expect(late.types()).toEqual(['resync'])
  })

  it('workers tell of timelines only while somebody reads them, and a little longer', async () => {
    const b = new HubBench()
    const one: StreamFilter = { ...ALL, types: new Set(['timeline'] as const), id: numberedId(1) }
    const far = new Far()
    const reader = b.hub.open(one, null, far)
    expect(b.watches).toEqual([{ all: false, ids: [numberedId(1)] }])
    b.hub.open(ALL, null, new Far())
    reader.closed()
    b.grow(1, 5)
    await b.clock.advance(30_000)
    const back = new Far()
    b.hub.open(one, far.lastId, back).closed()
    expect(back.types()).toEqual(['timeline'])
    await b.clock.advance(61_000)
    expect(b.watches.at(-1)).toEqual({ all: false, ids: [] })
    const late = new Far()
    b.hub.open(one, back.lastId, late)
    expect(late.types()).toEqual(['resync'])
    b.hub.open({ ...one, id: null }, null, new Far())
    expect(b.watches.at(-1)).toEqual({ all: true, ids: [numberedId(1)] })
  })

  it('pages for those who ask again and again: the same events, nothing twice', async () => {
    const b = new HubBench()
    const begin = b.hub.page(ALL, null)
    expect(begin.items).toEqual([])
    for (let n = 1; n <= 700; n++) b.put(n)
    const first = b.hub.page(ALL, begin.next)
    const second = b.hub.page(ALL, first.next)
    expect([first.items.length, second.items.length]).toEqual([500, 200])
    expect(b.hub.page(ALL, second.next).items).toEqual([])
    await b.clock.advance(120_000)
    b.put(1)
    expect(b.hub.page(ALL, second.next).items).toMatchObject([{ event: { type: 'resync' } }])
  })

  it('ends its readers when the orchestrator leaves, and takes no more of them', () => {
    const b = new HubBench()
    const far = new Far()
    b.hub.open(ALL, null, far)
    for (let i = 0; i < 9; i++) b.hub.open(ALL, null, new Far())
    expect(() => b.hub.open(ALL, null, new Far())).toThrow(expect.objectContaining({ code: 'unavailable' }))
    b.hub.close()
    expect([far.ended, b.hub.size.readers]).toEqual([true, 0])
    expect(() => b.hub.open(ALL, null, new Far())).toThrow(/shutting down/)
  })
})
