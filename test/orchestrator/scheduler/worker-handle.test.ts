import { describe, expect, it } from 'vitest'
import type { ResourceEvent } from '../../../src/orchestrator/events/index.ts'
import { WorkerHandle, type WorkerInstance } from '../../../src/orchestrator/scheduler/worker-handle.ts'
import type { FromWorker, ToWorker } from '../../../src/orchestrator/worker/protocol.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { resourceEvent } from '../../support/events.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'

/** A worker process as the handle sees one, driven by the test. */
class ScriptedWorker implements WorkerInstance {
  readonly pid = 1
  readonly received: ToWorker[] = []
  readonly exited: Promise<string>
  #listener: (message: FromWorker) => void = () => {}
  #exit: (how: string) => void = () => {}

  constructor() {
    this.exited = new Promise((resolve) => {
      this.#exit = resolve
    })
  }

  send(message: ToWorker): void {
    this.received.push(message)
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#listener = listener
  }

  kill(): void {
    this.#exit('signal SIGKILL')
  }

  say(message: FromWorker): void {
    this.#listener(message)
  }

  events(): readonly ResourceEvent[] {
    return this.received.flatMap((message) => (message.type === 'events' ? message.events : []))
  }

  lastSeq(): number {
    const last = this.received.findLast((message) => message.type === 'events')
    return last?.type === 'events' ? last.seq : 0
  }
}

function setUp(): { clock: ManualClock; handle: WorkerHandle; spawned: ScriptedWorker[]; restarted: () => number } {
  const clock = new ManualClock()
  const spawned: ScriptedWorker[] = []
  let restarted = 0
  const handle = new WorkerHandle({
    name: 'w0',
    factory: () => {
      const worker = new ScriptedWorker()
      spawned.push(worker)
      return worker
    },
    init: () => ({ type: 'init', name: 'w0', host: 'h', config: {} }),
    clock,
    random: () => 0.5,
    logger: silentLogger,
    onMessage: () => {},
    onRestarted: () => restarted++,
  })
  handle.start()
  return { clock, handle, spawned, restarted: () => restarted }
}

describe('WorkerHandle', () => {
  it('delivers in one message what came in one turn, and resolves on the confirmation', async () => {
    const { handle, spawned } = setUp()
    const taken: string[] = []
    const deliveries = ['a', 'b', 'c'].map((id) =>
      handle.deliver(resourceEvent({ resourceId: id })).then(() => taken.push(id)),
    )
    await settle()
    expect(spawned[0]?.events()).toEqual([])
    spawned[0]?.say({ type: 'ready' })
    await settle()
    expect(spawned[0]?.received.filter((m) => m.type === 'events')).toHaveLength(1)
    expect(taken).toEqual([])
    spawned[0]?.say({ type: 'ack', seq: spawned[0].lastSeq() })
    await Promise.all(deliveries)
    expect(taken).toEqual(['a', 'b', 'c'])
  })

  it('pitfall D30: a dead worker is replaced, and what it had not confirmed goes to its successor', async () => {
    const { clock, handle, spawned, restarted } = setUp()
    spawned[0]?.say({ type: 'ready' })
    let taken = 0
    const first = handle.deliver(resourceEvent({ resourceId: 'a' })).then(() => taken++)
    await settle()
    const second = handle.deliver(resourceEvent({ resourceId: 'b' })).then(() => taken++)
    await settle()
    spawned[0]?.kill()
    await clock.advance(1)
    expect(spawned).toHaveLength(2)
    expect(restarted()).toBe(0)
    spawned[1]?.say({ type: 'ready' })
    await settle()
    expect(restarted()).toBe(1)
    expect(spawned[1]?.events().map((event) => event.resourceId)).toEqual(['a', 'b'])
    spawned[1]?.say({ type: 'ack', seq: spawned[1].lastSeq() })
    await Promise.all([first, second])
    expect(taken).toBe(2)
    expect(handle.restarts).toBe(1)
  })

  it('backs off when the worker dies again and again', async () => {
    const { clock, spawned } = setUp()
    for (let i = 0; i < 3; i++) {
      spawned.at(-1)?.kill()
      await clock.advance(0)
    }
    const soon = spawned.length
    await clock.advance(60_000)
    expect(soon).toBeLessThan(4)
    expect(spawned.length).toBe(soon + 1)
  })

  it('stops without a restart, and kills a worker that does not leave in time', async () => {
    const { clock, handle, spawned } = setUp()
    spawned[0]?.say({ type: 'ready' })
    const stopped = handle.stop(5_000)
    await clock.advance(6_001)
    await stopped
    await clock.advance(60_000)
    expect(spawned).toHaveLength(1)
    expect(spawned[0]?.received.at(-1)).toEqual({ type: 'shutdown', graceMs: 5_000 })
  })
})
