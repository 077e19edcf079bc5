import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AbsenceJudge } from '../../../src/orchestrator/instances/cloud-view/absence.ts'
import { Batcher } from '../../../src/orchestrator/instances/cloud-view/batcher.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'
import { Bench } from './support/bench.ts'

function batcher(clock: ManualClock, fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, string | Error>>) {
  return new Batcher<string>({ clock, windowMs: 5, maxWaitMs: 100, fetch, absent: (key) => `no ${key}` })
}

describe('batcher', () => {
  test('merges what comes within the window, each key once', async () => {
    const clock = new ManualClock()
    const asked: (readonly string[])[] = []
    const b = batcher(clock, (keys) => {
      asked.push(keys)
      return Promise.resolve(new Map(keys.map((key) => [key, key.toUpperCase()])))
    })
    const answers = Promise.all([b.load('a'), b.load('b'), b.load('a')])
    await clock.advance(3)
    const late = b.load('c')
    await clock.advance(5)
    expect(await answers).toEqual(['A', 'B', 'A'])
    expect(await late).toBe('C')
    expect(asked).toEqual([['a', 'b', 'c']])
  })

  test('never gives an answer that is older than the question', async () => {
    const clock = new ManualClock()
    let version = 0
    const held: (() => void)[] = []
    const b = batcher(clock, (keys) => {
      version += 1
      const value = `v${version}`
      return new Promise((resolve) => held.push(() => resolve(new Map(keys.map((key) => [key, value])))))
    })
    const first = b.load('a')
    await clock.advance(5)
    const second = b.load('a')
    await clock.advance(50)
    expect(held).toHaveLength(1)
    held[0]?.()
    expect(await first).toBe('v1')
    await settle()
    expect(held).toHaveLength(2)
    held[1]?.()
    expect(await second).toBe('v2')
  })

  test('a batch that hangs holds others back only for a while', async () => {
    const clock = new ManualClock()
    let calls = 0
    const b = batcher(clock, (keys) => {
      calls += 1
      return calls === 1 ? new Promise(() => {}) : Promise.resolve(new Map(keys.map((key) => [key, 'ok'])))
    })
    void b.load('a').catch(() => {})
    await clock.advance(5)
    const second = b.load('b')
    await clock.advance(99)
    expect(calls).toBe(1)
    await clock.advance(1)
    expect(await second).toBe('ok')
  })

  test('errors belong to keys, a failed batch to all of its own', async () => {
    const clock = new ManualClock()
    let fail = false
    const b = batcher(clock, (keys) =>
      fail
        ? Promise.reject(new Error('all'))
        : Promise.resolve(new Map(keys.flatMap((key) => (key === 'bad' ? [[key, new Error('one')]] : [])))),
    )
    const results = Promise.allSettled([b.load('bad'), b.load('good')])
    await clock.advance(5)
    expect((await results).map((r) => (r.status === 'fulfilled' ? r.value : r.reason.message))).toEqual([
      'one',
      'no good',
    ])
    fail = true
    const failed = Promise.allSettled([b.load('x'), b.load('y')])
    await clock.advance(5)
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    fail = false
    const again = b.load('x')
    await clock.advance(5)
    expect(await again).toBe('no x')
  })

  test('one who aborts takes nothing from the others', async () => {
    const clock = new ManualClock()
    const b = batcher(clock, (keys) => Promise.resolve(new Map(keys.map((key) => [key, 'ok']))))
    const abort = new AbortController()
    const results = Promise.allSettled([b.load('a', abort.signal), b.load('a'), b.load('b')])
    abort.abort(new Error('stop'))
    await clock.advance(5)
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })

  test('whatever comes when, everybody gets the answer to its own key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(30)), { minLength: 1, maxLength: 40 }),
        fc.nat(20),
        async (loads, latency) => {
          const clock = new ManualClock()
          const b = batcher(clock, async (keys) => {
            expect(new Set(keys).size).toBe(keys.length)
            await clock.sleep(latency)
            return new Map(keys.map((key) => [key, `=${key}`]))
          })
          const answers: Promise<boolean>[] = []
          for (const [key, pause] of loads) {
            answers.push(b.load(key).then((value) => value === `=${key}`))
            clock.jump(pause)
          }
          await clock.advance(2_000)
          expect(await Promise.all(answers)).not.toContain(false)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('absence', () => {
  function judge(witness = true) {
    const clock = new ManualClock()
    return { clock, judge: new AbsenceJudge({ clock, confirmMs: 5_000, witness: () => Promise.resolve(witness) }) }
  }

  test('an event and a direct 404 suffice', async () => {
    expect(await judge().judge.missed('a', true)).toEqual({ kind: 'gone' })
  })

  test('one 404 never does, nor two close together', async () => {
    const { clock, judge: j } = judge()
    expect(await j.missed('a', false)).toMatchObject({ kind: 'unconfirmed' })
    clock.jump(4_999)
    expect(await j.missed('a', false)).toEqual({ kind: 'unconfirmed', retryMs: 1 })
    clock.jump(1)
    expect(await j.missed('a', false)).toEqual({ kind: 'gone' })
  })

  test('an answer in between starts over', async () => {
    const { clock, judge: j } = judge()
    await j.missed('a', false)
    clock.jump(3_000)
    j.found('a')
    clock.jump(3_000)
    expect(await j.missed('a', false)).toMatchObject({ kind: 'unconfirmed' })
  })

  test('when nothing else answers, Neutron itself is in doubt', async () => {
    const { clock, judge: j } = judge(false)
    j.found('b')
    clock.jump(1)
    await j.missed('a', false)
    clock.jump(5_000)
    expect(await j.missed('a', false)).toMatchObject({ kind: 'unconfirmed' })
    j.found('a')
    j.found('b')
    await j.missed('a', false)
    clock.jump(5_000)
    j.found('b')
    expect(await j.missed('a', false)).toEqual({ kind: 'gone' })
  })

  test('many that vanish without events trip a breaker, which closes again by itself', async () => {
    const { clock, judge: j } = judge()
    const ids = Array.from({ length: 100 }, (_, i) => `r${i}`)
    for (const id of ids) j.found(id)
    for (const id of ids.slice(0, 50)) await j.missed(id, false)
    clock.jump(5_000)
    j.found('r99')
    const kinds: string[] = []
    for (const id of ids.slice(0, 50)) kinds.push((await j.missed(id, false)).kind)
    expect(kinds.filter((kind) => kind === 'gone')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'storm')).toHaveLength(45)
    expect(await j.missed('r60', true)).toEqual({ kind: 'gone' })
    clock.jump(61_000)
    j.found('r99')
    expect(await j.missed('r49', false)).toEqual({ kind: 'gone' })
  })
})

describe('shared calls', () => {
  test('reconciling 500 configured routers costs at most 30 OpenStack calls, and so does finding them for the first time', async () => {
    const bench = new Bench()
    const ids = Array.from({ length: 500 }, () => bench.cloud.addRouter())
    const managers = ids.map((id) => bench.manager(id))
    const all = (effect: 'updateState' | 'boot' | 'configure') =>
      bench.drive(Promise.all(managers.map((m) => m[effect]({ signal: new AbortController().signal, force: false }))))
    await all('boot')
    await bench.clock.advance(5_000)
    await all('updateState')
    await all('configure')
    expect(managers.every((manager) => manager.state === 'configured')).toBe(true)
    expect(bench.cloud.count('createServer')).toBe(500)

    // Status updates are not look-ups; there are none when nothing changes.
    bench.cloud.journal.length = 0
    await all('updateState')
    await all('configure')
    expect(bench.cloud.journal.length).toBeLessThanOrEqual(30)
    expect(bench.appliances.pushes).toHaveLength(500)

    bench.cloud.journal.length = 0
    const fresh = ids.map((id) => bench.manager(id))
    await bench.drive(
      Promise.all(fresh.map((m) => m.updateState({ signal: new AbortController().signal, force: false }))),
    )
    expect(fresh.every((manager) => manager.state === 'up')).toBe(true)
    const lookUps = bench.cloud.journal.filter(({ op }) => op !== 'updateRouterStatus')
    expect(lookUps.length).toBeLessThanOrEqual(30)
  }, 60_000)

  test('without the bus it stays as cheap', async () => {
    const bench = new Bench({ bus: false })
    const managers = Array.from({ length: 200 }, () => bench.manager(bench.cloud.addRouter()))
    await bench.drive(
      Promise.all(managers.map((m) => m.updateState({ signal: new AbortController().signal, force: false }))),
    )
    const lookUps = bench.cloud.journal.filter(({ op }) => op !== 'updateRouterStatus')
    expect(lookUps.length).toBeLessThanOrEqual(10)
  })
})
