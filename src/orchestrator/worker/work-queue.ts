import type { Clock, Timer } from '../../shared/index.ts'
import { PRIORITIES, type Priority } from '../events/index.ts'
import { MinHeap } from '../health/index.ts'

interface Waiting {
  readonly key: string
  readonly priority: number
  readonly since: number
}

interface Delayed {
  readonly at: number
  readonly priority: number
}

export interface WorkQueueOptions {
  readonly clock: Clock
  /** Called (at once or later) whenever a key may have become ready. */
  readonly onReady: () => void
  /** A key that has waited this long counts as one priority higher, so that nothing starves. Default 5,000 ms. */
  readonly ageingMs?: number
}

/** What the queue holds, for metrics. */
export interface WorkQueueDepth {
  readonly ready: Readonly<Record<Priority, number>>
  readonly delayed: number
  readonly running: number
  /** Age of the oldest ready key in milliseconds; 0 when none is ready. */
  readonly oldestMs: number
}

/**
 * The work queue, keyed by resource: a key is in it at most once, and while a key is being worked on it is never handed out again; if it
 * was added meanwhile it comes back at the end of the line when the pass is done. Priorities order the line, ageing keeps it fair.
 */
export class WorkQueue {
  readonly #clock: Clock
  readonly #onReady: () => void
  readonly #ageingMs: number
  readonly #lines: Map<string, Waiting>[] = PRIORITIES.map(() => new Map())
  readonly #where = new Map<string, number>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #heap = new MinHeap<string>()
  readonly #running = new Map<string, number | null>()
  #timer: Timer | null = null
  #timerAt = Number.POSITIVE_INFINITY

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock
    this.#onReady = options.onReady
    this.#ageingMs = options.ageingMs ?? 5_000
  }

  /** Marks `key` as needing work now. A key already waiting keeps its place unless the new priority is higher. */
  add(key: string, priority: Priority): void {
    this.#enqueue(key, PRIORITIES.indexOf(priority))
  }

  /** Marks `key` as needing work in `ms`. An earlier time, or work already waiting, wins. While the key runs this counts from now too. */
  addAfter(key: string, ms: number, priority: Priority): void {
    const index = PRIORITIES.indexOf(priority)
    if (ms <= 0) {
      this.#enqueue(key, index)
      return
    }
    if (this.#where.has(key)) return
    const at = this.#clock.monotonic() + ms
    const known = this.#delayed.get(key)
    if (known && known.at <= at) return
    this.#delayed.set(key, { at, priority: index })
    this.#heap.push(at, key)
    this.#arm()
  }

  /** Takes the next ready key, or null. The caller must call `done` for it. */
  take(): string | null {
    const now = this.#clock.monotonic()
    let best: Waiting | null = null
    let bestScore = Number.POSITIVE_INFINITY
    for (const line of this.#lines) {
      const head = line.values().next().value
      if (!head) continue
      const score = head.priority * this.#ageingMs - (now - head.since)
      if (score < bestScore) {
        best = head
        bestScore = score
      }
    }
    if (!best) return null
    this.#lines[best.priority]?.delete(best.key)
    this.#where.delete(best.key)
    this.#running.set(best.key, null)
    return best.key
  }

  /** Ends the work on `key`. If it was added meanwhile, it is ready again, at the end of its line. */
  done(key: string): void {
    const again = this.#running.get(key)
    if (again === undefined) return
    this.#running.delete(key)
    if (again !== null) this.#enqueue(key, again)
  }

  /** Forgets `key`, unless it is being worked on (then only what would follow is forgotten). */
  forget(key: string): void {
    const line = this.#where.get(key)
    if (line !== undefined) this.#lines[line]?.delete(key)
    this.#where.delete(key)
    this.#delayed.delete(key)
    if (this.#running.has(key)) this.#running.set(key, null)
  }

  /** Milliseconds until the delayed `key` becomes ready, or null when it is not delayed. */
  delayOf(key: string): number | null {
    const delayed = this.#delayed.get(key)
    return delayed ? Math.max(0, delayed.at - this.#clock.monotonic()) : null
  }

  isRunning(key: string): boolean {
    return this.#running.has(key)
  }

  get depth(): WorkQueueDepth {
    const now = this.#clock.monotonic()
    let oldestMs = 0
    const ready = { operator: 0, event: 0, resync: 0 }
    for (const [index, priority] of PRIORITIES.entries()) {
      const line = this.#lines[index]
      if (!line) continue
      ready[priority] = line.size
      const head = line.values().next().value
      if (head) oldestMs = Math.max(oldestMs, now - head.since)
    }
    return { ready, delayed: this.#delayed.size, running: this.#running.size, oldestMs }
  }

  /** Stops the timer; nothing becomes ready by itself any more. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #enqueue(key: string, priority: number): void {
    this.#delayed.delete(key)
    const again = this.#running.get(key)
    if (again !== undefined) {
      this.#running.set(key, again === null ? priority : Math.min(again, priority))
      return
    }
    const line = this.#where.get(key)
    if (line !== undefined) {
      if (line <= priority) return
      const waiting = this.#lines[line]?.get(key)
      this.#lines[line]?.delete(key)
      this.#place({ key, priority, since: waiting?.since ?? this.#clock.monotonic() })
      return
    }
    this.#place({ key, priority, since: this.#clock.monotonic() })
    this.#onReady()
  }

  #place(waiting: Waiting): void {
    this.#lines[waiting.priority]?.set(waiting.key, waiting)
    this.#where.set(waiting.key, waiting.priority)
  }

  #arm(): void {
    const next = this.#heap.peek()
    if (!next || next.at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = next.at
    this.#timer = this.#clock.after(Math.max(0, next.at - this.#clock.monotonic()), () => this.#due())
  }

  #due(): void {
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#clock.monotonic()
    for (let next = this.#heap.peek(); next && next.at <= now; next = this.#heap.peek()) {
      this.#heap.pop()
      const delayed = this.#delayed.get(next.value)
      // A heap entry whose key was re-timed or overtaken meanwhile is stale.
      if (delayed?.at === next.at) this.#enqueue(next.value, delayed.priority)
    }
    this.#arm()
  }
}
