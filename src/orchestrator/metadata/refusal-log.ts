import type { Clock, Logger } from '../../shared/index.ts'

interface Refusal {
  readonly peer: string
  readonly reason: string
  readonly resource_id?: string
  readonly instance_id?: string
}

const QUIET_MS = 1_000
const MAX_KNOWN = 1_000

/** Logs who was refused and why, the same peer and reason once a second at most: whoever floods us does not flood the log. */
export class RefusalLog {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #seen = new Map<string, { at: number; suppressed: number }>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  note(refusal: Refusal): void {
    const now = this.#clock.monotonic()
    const key = `${refusal.peer} ${refusal.reason}`
    const seen = this.#seen.get(key)
    if (seen && now - seen.at < QUIET_MS) {
      seen.suppressed += 1
      return
    }
    if (this.#seen.size >= MAX_KNOWN) this.#seen.clear()
    this.#seen.set(key, { at: now, suppressed: 0 })
    this.#logger.warn({ ...refusal, ...(seen?.suppressed ? { unlogged: seen.suppressed } : {}) }, 'metadata refused')
  }
}
