import { AstaraError, type Clock } from '../../shared/index.ts'

/** A worker answers from memory: one that takes longer is stuck or gone. */
const ANSWER_MS = 5_000

/** Questions to workers that are not answered yet. */
export class Questions {
  readonly #clock: Clock
  readonly #open = new Map<number, (answer: unknown) => void>()
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Sends a question under a number of its own and waits for its answer.
   *
   * @throws AstaraError `unavailable` (nobody to ask), `timeout`; or the signal's reason
   */
  ask(send: (id: number) => boolean, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const id = this.#next++
      const end = (settle: () => void): void => {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        this.#open.delete(id)
        settle()
      }
      const onAbort = (): void => end(() => reject(signal.reason))
      const timer = this.#clock.after(ANSWER_MS, () =>
        end(() => reject(new AstaraError('timeout', 'the worker did not answer in time'))),
      )
      signal.addEventListener('abort', onAbort, { once: true })
      this.#open.set(id, (answer) => end(() => resolve(answer)))
      if (!send(id)) {
        end(() =>
          reject(
            new AstaraError('unavailable', 'the worker that has it is not running at this moment', {
              suggestions: ['It is being started again: ask once more in a few seconds.'],
            }),
          ),
        )
      }
    })
  }

  answered(id: number, answer: unknown): void {
    this.#open.get(id)?.(answer)
  }
}
