import { type Clock, onAbort } from '../../shared/index.ts'

/** The end of one call: whichever comes first of its time-out and the signals it hangs on. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Milliseconds left, never negative. */
  leftMs(): number
  /** True when it was the time-out that ended the call, not a signal. */
  readonly expired: boolean
  /** Must be called when the call is over: takes its hands off the signals, which live much longer. */
  close(): void
}

/** Longer than this, a timer of Node fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Starts the clock of a call. */
export function openDeadline(clock: Clock, ms: number, signals: readonly (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController()
  const end = clock.monotonic() + ms
  let expired = false
  const timer = clock.after(
    Math.min(ms, MAX_TIMER_MS),
    () => {
      if (controller.signal.aborted) return
      expired = true
      controller.abort(new Error(`no answer within ${ms} ms`))
    },
    { unref: true },
  )
  const undo: (() => void)[] = []
  for (const signal of signals) {
    if (signal === undefined) continue
    if (signal.aborted) controller.abort(signal.reason)
    else undo.push(onAbort(signal, () => controller.abort(signal.reason)))
  }
  return {
    signal: controller.signal,
    leftMs: () => Math.max(0, end - clock.monotonic()),
    get expired() {
      return expired
    },
    close() {
      timer.cancel()
      for (const step of undo) step()
    },
  }
}

/** Waits for something shared with others, but no longer than `signal` lets us; the shared work goes on. */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // If nobody waits any more, its failure must not count as unhandled.
  work.catch(() => {})
  signal.throwIfAborted()
  let callOff = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    callOff = onAbort(signal, () => reject(signal.reason))
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    callOff()
  }
}
