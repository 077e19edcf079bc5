import type { Clock, Logger } from '../../shared/index.ts'
import { ApplianceError } from '../instances/index.ts'

const REPEAT_MS = 60_000

/** Health checks that say nothing because this machine sees nobody: told once a minute, not once for each resource. */
export class Blindness {
  readonly #clock: Clock
  readonly #logger: Logger
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** What a check says; null when it is no evidence. Rejects with every other failure. */
  async excuse(check: Promise<boolean>): Promise<boolean | null> {
    try {
      return await check
    } catch (error) {
      if (!(error instanceof ApplianceError && error.blind)) throw error
      const now = this.#clock.monotonic()
      if (now - this.#saidAt >= REPEAT_MS) {
        this.#saidAt = now
        this.#logger.error(
          { error: error.message },
          'no appliance can be asked whether it lives: nobody is judged dead',
        )
      }
      return null
    }
  }
}
