import type { Clock } from '../../shared/index.ts'

/** Limits of one wait. */
export interface Limits {
  readonly clock: Clock
  readonly ms: number
  readonly signal?: AbortSignal | undefined
}

/** `work`, but not longer than `limits.ms` (then `late()` is the error) nor beyond the signal (then its reason is). */
export function withDeadline<T>(work: Promise<T>, limits: Limits, late: () => Error): Promise<T> {
  const { clock, ms, signal } = limits
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      work.catch(() => undefined)
      reject(signal.reason)
      return
    }
    const timer = clock.after(Math.max(0, ms), () => settle(() => reject(late())), { unref: true })
    const onAbort = (): void => settle(() => reject(signal?.reason))
    const settle = (finish: () => void): void => {
      timer.cancel()
      signal?.removeEventListener('abort', onAbort)
      finish()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    work.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    )
  })
}

/** Waits for `work` to end, well or badly, but not longer than `ms`. Never rejects. */
export async function settleWithin(work: Promise<unknown>, clock: Clock, ms: number): Promise<void> {
  await withDeadline(work, { clock, ms }, () => new Error('late')).catch(() => undefined)
}
