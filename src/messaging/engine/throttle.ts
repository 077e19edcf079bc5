import type { Clock } from '../../shared/index.ts'

/** Lets one log line through per `ms`; the next one says how many were left out. */
export class Throttle {
  readonly #clock: Clock
  readonly #ms: number
  #last = Number.NEGATIVE_INFINITY
  #skipped = 0

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** Calls `write` with the number of lines left out before, or counts this one as left out. */
  pass(write: (leftOut: number) => void): void {
    const now = this.#clock.monotonic()
    if (now - this.#last < this.#ms) {
      this.#skipped++
      return
    }
    this.#last = now
    const leftOut = this.#skipped
    this.#skipped = 0
    write(leftOut)
  }
}
