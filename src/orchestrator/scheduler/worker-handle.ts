import { backoffMs, type Clock, type Logger, type Random, type Timer } from '../../shared/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import type { Channel, FromWorker, ToWorker, WorkerStats } from '../worker/protocol.ts'

/** A worker that can be started, spoken to and killed: a child process, or in tests an object in this process. */
export interface WorkerInstance extends Channel<ToWorker, FromWorker> {
  readonly pid: number | null
  /** Resolves with a description when the worker has ended, for whatever reason. */
  readonly exited: Promise<string>
  kill(): void
}

export type WorkerFactory = (name: string) => WorkerInstance

export interface WorkerHandleOptions {
  readonly name: string
  readonly factory: WorkerFactory
  readonly init: () => ToWorker
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly onMessage: (message: FromWorker) => void
  /** The worker was lost and runs again: what it held must be reconciled. */
  readonly onRestarted: () => void
}

interface Delivery {
  readonly event: ResourceEvent
  readonly taken: () => void
}

/** A worker that lived this long starts afresh with the shortest restart pause. */
const STABLE_MS = 60_000

/**
 * One worker process, kept alive: restarted with back-off when it dies. Events handed over are held until the worker has put them into an
 * automaton's queue; what a dead worker had not yet confirmed is delivered to its successor.
 */
export class WorkerHandle {
  readonly #o: WorkerHandleOptions
  #instance: WorkerInstance | null = null
  #ready = false
  #since: number | null = null
  #restarts = 0
  #quickDeaths = 0
  #stopping = false
  #stopped: Promise<void> = Promise.resolve()
  #timer: Timer | null = null
  #seq = 0
  #outbox: Delivery[] = []
  #flushPlanned = false
  readonly #unconfirmed = new Map<number, readonly Delivery[]>()
  #stats: WorkerStats | null = null

  constructor(options: WorkerHandleOptions) {
    this.#o = options
  }

  get name(): string {
    return this.#o.name
  }

  get pid(): number | null {
    return this.#instance?.pid ?? null
  }

  /** Milliseconds since the epoch at which the present process became ready, or null. */
  get since(): number | null {
    return this.#ready ? this.#since : null
  }

  get restarts(): number {
    return this.#restarts
  }

  get stats(): WorkerStats | null {
    return this.#stats
  }

  start(): void {
    const { name, factory, logger } = this.#o
    const instance = factory(name)
    this.#instance = instance
    this.#ready = false
    instance.onMessage((message) => {
      if (this.#instance === instance) this.#received(message)
    })
    instance.send(this.#o.init())
    this.#stopped = instance.exited.then((how) => {
      if (this.#instance !== instance) return
      this.#instance = null
      this.#ready = false
      if (this.#stopping) return
      logger.error({ worker: name, pid: instance.pid, how }, 'worker died; starting another in its place')
      this.#planRestart()
    })
  }

  /** Resolves once the event sits in an automaton's queue, in this process or in its successor. */
  deliver(event: ResourceEvent): Promise<void> {
    return new Promise((resolve) => {
      this.#outbox.push({ event, taken: resolve })
      this.#planFlush()
    })
  }

  /** False: there is nobody to hear it now. */
  send(message: ToWorker): boolean {
    if (!this.#ready || !this.#instance) return false
    this.#instance.send(message)
    return true
  }

  /** Lets the worker finish the step under way, at most `graceMs`; then kills it. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#timer?.cancel()
    const instance = this.#instance
    if (!instance) return
    instance.send({ type: 'shutdown', graceMs })
    const deadline = this.#o.clock.after(graceMs + 1_000, () => instance.kill())
    await this.#stopped
    deadline.cancel()
  }

  #planRestart(): void {
    const { clock, random } = this.#o
    const lived = this.#since === null ? 0 : clock.now() - this.#since
    this.#quickDeaths = lived > STABLE_MS ? 0 : this.#quickDeaths + 1
    this.#restarts++
    this.#outbox = [...[...this.#unconfirmed.values()].flat(), ...this.#outbox]
    this.#unconfirmed.clear()
    const pause = this.#quickDeaths <= 1 ? 0 : backoffMs(this.#quickDeaths - 1, { baseMs: 500, maxMs: 30_000 }, random)
    this.#timer = clock.after(pause, () => this.start())
  }

  #received(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true
        this.#since = this.#o.clock.now()
        // What it must know before the first event (debug modes) is sent by whoever hears of it.
        this.#o.onMessage(message)
        if (this.#restarts > 0) this.#o.onRestarted()
        this.#flush()
        return
      case 'ack':
        for (const [seq, deliveries] of this.#unconfirmed) {
          if (seq > message.seq) break
          this.#unconfirmed.delete(seq)
          for (const delivery of deliveries) delivery.taken()
        }
        return
      case 'stats':
        this.#stats = message.stats
        break
      default:
        break
    }
    this.#o.onMessage(message)
  }

  /** Many events of one turn of the loop travel in one message. */
  #planFlush(): void {
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    setImmediate(() => {
      this.#flushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    if (!this.#ready || !this.#instance || this.#outbox.length === 0) return
    const batch = this.#outbox
    this.#outbox = []
    const seq = ++this.#seq
    this.#unconfirmed.set(seq, batch)
    this.#instance.send({ type: 'events', seq, events: batch.map((delivery) => delivery.event) })
  }
}
