import type { Clock, Timer } from '../../shared/index.ts'

const TICK_MS = 250

/**
 * Notices when this process itself did not run (garbage collection, a suspended machine, a starved processor): a tick that comes late by
 * more than `thresholdMs`. What was measured during such a stall is no evidence against anybody.
 */
export class StallGuard {
  readonly #clock: Clock
  /** A stall longer than this counts. May be changed at any time. */
  thresholdMs: number
  #lastTick: number
  #stallEndedAt = Number.NEGATIVE_INFINITY
  #timer: Timer | null = null

  constructor(clock: Clock, thresholdMs: number) {
    this.#clock = clock
    this.thresholdMs = thresholdMs
    this.#lastTick = clock.monotonic()
    this.#arm()
  }

  /** True when a stall ended at or after `start` (monotonic milliseconds), the present moment included. */
  stalledSince(start: number): boolean {
    this.#observe()
    return this.#stallEndedAt >= start
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #arm(): void {
    this.#timer = this.#clock.after(
      TICK_MS,
      () => {
        this.#observe()
        this.#lastTick = this.#clock.monotonic()
        this.#arm()
      },
      { unref: true },
    )
  }

  #observe(): void {
    const now = this.#clock.monotonic()
    if (now - this.#lastTick > TICK_MS + this.thresholdMs) this.#stallEndedAt = now
  }
}
