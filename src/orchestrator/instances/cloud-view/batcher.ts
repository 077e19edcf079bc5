import DataLoader from 'dataloader'
import { type Clock, onAbort } from '../../../shared/index.ts'
import { gatherRequests, noteRequest, type OutsideRequest } from '../requests.ts'
import { Turnstile } from './turnstile.ts'

/** How long a key waits for company while nothing is under way. */
export interface BatchWindow {
  readonly windowMs: number
  /** While a batch is under way later keys gather for the next one, but no longer than this. */
  readonly maxWaitMs: number
}

export interface BatcherOptions<V> extends BatchWindow {
  readonly clock: Clock
  /** Values by key; a key that is missing gets `absent`. Throwing fails every key of the batch. */
  readonly fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, V | Error>>
  readonly absent: (key: string) => V
  /** Shared with other batchers of the process. */
  readonly turnstile?: Turnstile
}

/** What one key got out of its batch. */
interface Share<V> {
  readonly outcome: V | Error
  /** Those of the whole batch: nobody can tell which of them was whose. */
  readonly requests: readonly OutsideRequest[]
}

/**
 * Merges concurrent look-ups into few calls: keys that arrive within a window, or while an earlier batch is under way, go out together,
 * each once. Nothing is remembered: a look-up never gets an answer that was asked for before it came.
 */
export class Batcher<V> {
  readonly #loader: DataLoader<string, Share<V>>
  readonly #options: BatcherOptions<V>
  /** Batches that hold back until the one under way is done. */
  readonly #held = new Set<() => void>()
  #underWay = 0
  readonly #turnstile: Turnstile

  constructor(options: BatcherOptions<V>) {
    this.#options = options
    this.#turnstile = options.turnstile ?? new Turnstile(options.clock)
    this.#loader = new DataLoader<string, Share<V>>((keys) => this.#dispatch(keys), {
      batchScheduleFn: (dispatch) => this.#schedule(dispatch),
    })
  }

  /** Rejects with the key's error, or with the signal's reason; the batch goes on for the others. */
  async load(key: string, signal?: AbortSignal): Promise<V> {
    const shared = this.#loader.load(key)
    const { outcome, requests } = await (signal ? abandonable(shared, signal) : shared)
    for (const request of requests) noteRequest(request)
    if (outcome instanceof Error) throw outcome
    await this.#turnstile.pass()
    return outcome
  }

  #schedule(dispatch: () => void): void {
    const { clock, windowMs, maxWaitMs } = this.#options
    let sent = false
    const send = (): void => {
      if (sent) return
      sent = true
      this.#held.delete(send)
      dispatch()
    }
    if (this.#underWay === 0) {
      clock.after(windowMs, send)
      return
    }
    this.#held.add(send)
    clock.after(maxWaitMs, send)
  }

  async #dispatch(keys: readonly string[]): Promise<Share<V>[]> {
    // The loader's cache only merges equal keys of one batch: from here on, whoever asks wants a newer answer.
    for (const key of keys) this.#loader.clear(key)
    this.#underWay += 1
    let requests: readonly OutsideRequest[] = []
    try {
      const found = await gatherRequests(
        () => this.#options.fetch(keys),
        (made) => {
          requests = keys.length > 1 ? made.map((request) => ({ ...request, shared: true })) : made
        },
      )
      return keys.map((key) => ({ outcome: found.get(key) ?? this.#options.absent(key), requests }))
    } catch (error) {
      const outcome = error instanceof Error ? error : new Error(String(error))
      return keys.map(() => ({ outcome, requests }))
    } finally {
      this.#underWay -= 1
      if (this.#underWay === 0) for (const send of [...this.#held]) send()
    }
  }
}

/** Stops waiting when the signal aborts; the promise itself goes on. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => {})
      reject(signal.reason)
      return
    }
    const callOff = onAbort(signal, () => reject(signal.reason))
    promise.then(resolve, reject).finally(callOff)
  })
}
