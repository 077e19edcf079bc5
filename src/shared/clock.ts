import { onAbort } from './abort.ts'

/** A cancellable timer handle. */
export interface Timer {
  cancel(): void
}

/**
 * The only source of time in the house: injected everywhere, so that a test can run an hour in a millisecond.
 * All durations are milliseconds.
 */
export interface Clock {
  /** Wall-clock time, milliseconds since the epoch. For showing and storing. */
  now(): number
  /** Monotonic milliseconds. For measuring and for deadlines. */
  monotonic(): number
  /** Calls `fn` once after `ms`. The timer does not keep the process alive when `unref` is set. */
  after(ms: number, fn: () => void, options?: { readonly unref?: boolean }): Timer
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn, options) {
    const timer = setTimeout(fn, ms)
    if (options?.unref) timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const timer = setTimeout(() => {
        callOff?.()
        resolve()
      }, ms)
      const callOff =
        signal &&
        onAbort(signal, () => {
          clearTimeout(timer)
          reject(signal.reason)
        })
    })
  },
}
