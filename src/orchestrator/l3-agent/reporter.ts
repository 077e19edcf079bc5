import { backoffMs, type Clock, type Logger, messageOf, onAbort, type Random } from '../../shared/index.ts'

export interface ReporterOptions {
  /** Reports once; `starting` until one was taken. Resolves with Neutron's answer; must end by itself. */
  readonly report: (starting: boolean, signal: AbortSignal) => Promise<unknown>
  /** Neutron took a report: `new`, `alive`, `revived`, or what else it said. */
  readonly onAnswer: (answer: unknown) => void
  readonly intervalMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** After a report that failed the next one follows sooner than usual: an agent that is silent for 75 s gets nothing. */
const RETRY_MS = 2_000

/** Reports again and again, one report at a time. Failures are told once, and their end. */
export class Reporter {
  readonly #o: ReporterOptions
  #failures = 0
  #failingSince: number | null = null
  #takenAt: number | null = null
  #wake: () => void = () => {}
  readonly #waiting = new Set<() => void>()

  constructor(options: ReporterOptions) {
    this.#o = options
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs, random } = this.#o
    while (!signal.aborted) {
      const taken = await this.#report(signal)
      // Never later than the interval; a little earlier, so that agents started together do not stay together.
      const pauseMs = taken
        ? intervalMs * (0.9 + 0.1 * random())
        : Math.min(intervalMs, backoffMs(this.#failures, { baseMs: RETRY_MS, maxMs: intervalMs }, random))
      await this.#pause(pauseMs, signal)
    }
  }

  /** Reports now, unless that is being done. */
  wake(): void {
    this.#wake()
  }

  /** Resolves once Neutron has heard of us within the interval: true; false when it has not after `patienceMs`. */
  async heard(patienceMs: number): Promise<boolean> {
    const { clock, intervalMs } = this.#o
    if (this.#takenAt !== null && clock.monotonic() - this.#takenAt <= intervalMs) return true
    this.wake()
    return new Promise((resolve) => {
      const settle = (heard: boolean): void => {
        timer.cancel()
        this.#waiting.delete(onTaken)
        resolve(heard)
      }
      const onTaken = (): void => settle(true)
      const timer = clock.after(patienceMs, () => settle(false), { unref: true })
      this.#waiting.add(onTaken)
    })
  }

  async #report(signal: AbortSignal): Promise<boolean> {
    const { report, onAnswer, clock, logger } = this.#o
    try {
      const answer = await report(this.#takenAt === null, signal)
      this.#takenAt = clock.monotonic()
      if (this.#failingSince !== null) {
        const ms = Math.round(clock.monotonic() - this.#failingSince)
        logger.info({ failed: this.#failures, ms }, 'Neutron hears our state reports again')
      }
      this.#failures = 0
      this.#failingSince = null
      for (const tell of [...this.#waiting]) tell()
      onAnswer(answer)
      return true
    } catch (error) {
      if (signal.aborted) return false
      this.#failures += 1
      if (this.#failingSince === null) {
        this.#failingSince = clock.monotonic()
        logger.warn(
          { error: messageOf(error) },
          'Neutron did not take our state report: until it does it gives us no new routers; those we have are cared for',
        )
      }
      return false
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        callOff()
        this.#wake = () => {}
        resolve()
      }
      const timer = this.#o.clock.after(ms, end, { unref: true })
      const callOff = onAbort(signal, end)
      this.#wake = end
    })
  }
}
