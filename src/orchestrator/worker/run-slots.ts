import type { Clock } from '../../shared/index.ts'
import type { WorkQueue } from './work-queue.ts'

export interface RunSlotsOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  /** Passes at the same time, as of now. */
  readonly count: () => number
  /** Starts the pass of a resource whose turn has come; null: there is nothing to run. Must never reject. */
  readonly start: (id: string) => Promise<void> | null
}

/** Passes started in one turn of the event loop: what comes in meanwhile must not wait for hundreds. */
const STARTS_PER_TURN = 32

/** The passes under way: as long as one more may run, the next of the queue does. */
export class RunSlots {
  readonly #o: RunSlotsOptions
  readonly #running = new Map<string, Promise<void>>()
  #planned = false
  #closed = false

  constructor(options: RunSlotsOptions) {
    this.#o = options
  }

  has(id: string): boolean {
    return this.#running.has(id)
  }

  /** Of the resources whose pass is under way. */
  ids(): readonly string[] {
    return [...this.#running.keys()]
  }

  /** Fills the slots soon: whoever brought the work is answered first. */
  fillSoon(): void {
    if (this.#planned) return
    this.#planned = true
    queueMicrotask(() => this.fill())
  }

  fill(): void {
    const { queue, clock, count, start } = this.#o
    this.#planned = false
    for (let started = 0; !this.#closed && this.#running.size < count(); started += 1) {
      if (started === STARTS_PER_TURN) {
        this.#planned = true
        clock.after(0, () => this.fill())
        return
      }
      const id = queue.take()
      if (id === null) return
      const pass = start(id)
      if (pass === null) {
        queue.done(id)
        continue
      }
      this.#running.set(
        id,
        pass.finally(() => {
          this.#running.delete(id)
          queue.done(id)
          this.fill()
        }),
      )
    }
  }

  /** Starts nothing more; resolves once what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running.values())
  }
}
