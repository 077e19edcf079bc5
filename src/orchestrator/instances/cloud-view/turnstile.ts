import type { Clock } from '../../../shared/index.ts'

/** So many go on in one turn of the event loop. */
const PER_TURN = 16

/**
 * Lets those whom one answer sets going pass by turns: a thousand routers that go on at the same moment would hold up everything else in
 * the process until the last of them has done its part.
 */
export class Turnstile {
  readonly #clock: Clock
  readonly #line: (() => void)[] = []
  #passed = 0
  #armed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when it is the caller's turn. */
  pass(): Promise<void> {
    this.#arm()
    if (this.#passed < PER_TURN) {
      this.#passed += 1
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#line.push(resolve))
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    this.#clock.after(0, () => {
      this.#armed = false
      const next = this.#line.splice(0, PER_TURN)
      this.#passed = next.length
      if (next.length > 0) this.#arm()
      for (const go of next) go()
    })
  }
}
