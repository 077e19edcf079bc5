import type { Clock } from '../shared/index.ts'

/** A signal that aborts after a time or when another does, and tells afterwards which it was. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  readonly cause: 'time' | 'caller' | null
  /** What takes its time has begun: from now on only the caller ends it. */
  begun(): void
}

/** Starts the clock for one call. Dispose it when the call is over. */
export function startDeadline(clock: Clock, ms: number, caller: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let cause: Deadline['cause'] = null
  const abort = (why: 'time' | 'caller'): void => {
    cause ??= why
    controller.abort()
  }
  const onCaller = (): void => abort('caller')
  const timer = clock.after(ms, () => abort('time'))
  if (caller?.aborted) onCaller()
  else caller?.addEventListener('abort', onCaller, { once: true })
  return {
    signal: controller.signal,
    get cause() {
      return cause
    },
    begun() {
      timer.cancel()
    },
    [Symbol.dispose]() {
      timer.cancel()
      caller?.removeEventListener('abort', onCaller)
    },
  }
}
