import type { Clock, Logger, Random, Timer } from '../../shared/index.ts'
import { MinHeap } from './min-heap.ts'
import type { StallGuard } from './stall-guard.ts'

export interface HealthLaneOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Each resource is checked once per period; checks are spread over it. */
  readonly periodMs: number
  /** Checks under way at the same time. The lane is separate from the run slots, so a storm of events cannot clog it. */
  readonly concurrency: number
  /** True: as before. False: the resource's machine must look. Must not throw for a dead appliance. */
  readonly check: (id: string, signal: AbortSignal) => Promise<boolean>
  /** The machine of this resource must look. */
  readonly onSuspect: (id: string) => void
  readonly stallGuard: StallGuard
}

/** A check that fell into one of our own stalls says nothing; it is done again after this. */
const RECHECK_MS = 250
/** Timer granularity: checks due within this are started together. */
const SLICE_MS = 20

/**
 * The health clock and its lane: every resource is looked at once per period, at a moment of its own, in a lane of bounded width. Blind is
 * not dead: a failed check during which this process itself stalled is thrown away and repeated.
 */
export class HealthLane {
  #options: HealthLaneOptions
  readonly #due = new Map<string, number>()
  readonly #heap = new MinHeap<string>()
  readonly #line = new Set<string>()
  readonly #running = new Set<string>()
  readonly #abort = new AbortController()
  #timer: Timer | null = null
  #timerAt = Number.POSITIVE_INFINITY

  constructor(options: HealthLaneOptions) {
    this.#options = options
  }

  /** Starts looking after a resource; its first check falls at a random moment of the period. */
  add(id: string): void {
    if (this.#due.has(id) || this.#line.has(id) || this.#running.has(id)) return
    this.#schedule(id, this.#options.random() * this.#options.periodMs)
  }

  /** Stops looking after it. */
  remove(id: string): void {
    this.#due.delete(id)
    this.#line.delete(id)
    // A check under way ends by itself; its result is ignored because the id is no longer in #running.
    this.#running.delete(id)
  }

  /** Looks at these now, ahead of their time. One that waits or runs already is not asked twice. */
  checkNow(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#running.has(id)) continue
      this.#due.delete(id)
      this.#line.add(id)
    }
    this.#pump()
  }

  /** Period and width from now on. What was planned for later than a whole new period is spread over that period. */
  setPace(pace: Pick<HealthLaneOptions, 'periodMs' | 'concurrency'>): void {
    this.#options = { ...this.#options, ...pace }
    const latest = this.#options.clock.monotonic() + pace.periodMs
    const late = [...this.#due].filter(([, at]) => at > latest)
    for (const [id] of late) this.#schedule(id, this.#options.random() * pace.periodMs)
    this.#pump()
  }

  /** Resources waiting for their check and being checked. */
  get depth(): { readonly waiting: number; readonly running: number } {
    return { waiting: this.#line.size, running: this.#running.size }
  }

  /** Cancels what is under way and stops the clock. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    this.#due.clear()
    this.#line.clear()
    this.#abort.abort(new Error('health lane closed'))
  }

  #schedule(id: string, ms: number): void {
    const at = this.#options.clock.monotonic() + ms
    this.#due.set(id, at)
    this.#heap.push(at, id)
    this.#arm()
  }

  #arm(): void {
    const next = this.#heap.peek()
    if (!next || next.at >= this.#timerAt || this.#abort.signal.aborted) return
    this.#timer?.cancel()
    this.#timerAt = next.at
    const ms = Math.max(SLICE_MS, next.at - this.#options.clock.monotonic())
    this.#timer = this.#options.clock.after(ms, () => this.#tick(), { unref: true })
  }

  #tick(): void {
    this.#timer = null
    this.#timerAt = Number.POSITIVE_INFINITY
    const horizon = this.#options.clock.monotonic() + SLICE_MS
    for (let next = this.#heap.peek(); next && next.at <= horizon; next = this.#heap.peek()) {
      this.#heap.pop()
      if (this.#due.get(next.value) !== next.at) continue
      this.#due.delete(next.value)
      this.#line.add(next.value)
    }
    this.#pump()
    this.#arm()
  }

  #pump(): void {
    while (this.#running.size < this.#options.concurrency) {
      const id = this.#line.values().next().value
      if (id === undefined) return
      this.#line.delete(id)
      this.#running.add(id)
      void this.#check(id)
    }
  }

  async #check(id: string): Promise<void> {
    const { clock, check, stallGuard, logger, onSuspect } = this.#options
    const started = clock.monotonic()
    let alive: boolean
    try {
      alive = await check(id, this.#abort.signal)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      logger.warn({ err: error, resource_id: id }, 'health check failed to run')
      alive = false
    }
    if (this.#running.delete(id) && !this.#abort.signal.aborted) {
      if (!alive && stallGuard.stalledSince(started)) this.#schedule(id, RECHECK_MS)
      else {
        this.#schedule(id, Math.max(0, this.#options.periodMs - (clock.monotonic() - started)))
        if (!alive) onSuspect(id)
      }
    }
    this.#pump()
  }
}
