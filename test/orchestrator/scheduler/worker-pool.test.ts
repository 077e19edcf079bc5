import { describe, expect, it } from 'vitest'
import type { DebugState } from '../../../src/contract/index.ts'
import type { WorkerInstance } from '../../../src/orchestrator/scheduler/worker-handle.ts'
import { WorkerPool } from '../../../src/orchestrator/scheduler/worker-pool.ts'
import type { FromWorker, ToWorker } from '../../../src/orchestrator/worker/protocol.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { resourceEvent } from '../../support/events.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'

const DEBUG: DebugState = {
  global: { scope: 'global', reason: null, since: '2026-01-01T00:00:00.000Z', by: null },
  tenants: [],
  resources: [],
}
const QUESTION = { kind: 'timeline', resourceId: 'r' } as const

/** A pool of one worker that does what the test says. */
function bench() {
  const clock = new ManualClock()
  const heard: ToWorker[] = []
  let say: (message: FromWorker) => void = () => {}
  let die: (how: string) => void = () => {}
  const pool = new WorkerPool({
    count: 1,
    factory: (): WorkerInstance => ({
      pid: 1,
      exited: new Promise((resolve) => {
        die = resolve
      }),
      kill: () => {},
      send: (message) => heard.push(message),
      onMessage: (listener) => {
        say = listener
      },
    }),
    init: (name) => ({ type: 'init', name, host: 'h', config: {} }),
    clock,
    random: () => 0.5,
    logger: silentLogger,
    onReports: () => {},
    onCounters: () => {},
    onRestarted: () => {},
    call: async () => null,
  })
  pool.start()
  return { clock, heard, pool, say: (message: FromWorker) => say(message), die: (how: string) => die(how) }
}

describe('WorkerPool', () => {
  it('pitfall D24: a worker hears of debug modes before its first event, its successor too', async () => {
    const { pool, heard, say, die, clock } = bench()
    pool.setDebug(DEBUG, null)
    void pool.workers[0]?.deliver(resourceEvent())
    await settle()
    say({ type: 'ready' })
    await settle()
    const order = (): string[] =>
      heard.map((message) => message.type).filter((type) => type === 'debug' || type === 'events')
    expect(order()).toEqual(['debug', 'events'])
    heard.length = 0
    die('signal SIGKILL')
    await clock.advance(100)
    say({ type: 'ready' })
    await settle()
    expect(order()).toEqual(['debug', 'events'])
  })

  it('asks a worker, and never waits for one that is not there', async () => {
    const { pool, heard, say, clock } = bench()
    const { signal } = new AbortController()
    await expect(pool.ask(0, QUESTION, signal)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(pool.ask(7, QUESTION, signal)).rejects.toMatchObject({ code: 'unavailable' })
    say({ type: 'ready' })
    const answer = pool.ask(0, QUESTION, signal)
    const asked = heard.find((message) => message.type === 'ask')
    expect(asked).toMatchObject({ question: QUESTION })
    if (asked?.type === 'ask') say({ type: 'answer', id: asked.id, answer: { entries: [] } })
    expect(await answer).toEqual({ entries: [] })
    const late = pool.ask(0, QUESTION, signal).catch((error: unknown) => error)
    await clock.advance(5_000)
    expect(await late).toMatchObject({ code: 'timeout' })
    const abort = new AbortController()
    const given = pool.ask(0, QUESTION, abort.signal).catch((error: unknown) => error)
    abort.abort(new Error('gone'))
    expect(await given).toMatchObject({ message: 'gone' })
    expect(clock.pending).toBe(0)
  })
})
