interface Waiters {
  readonly calls: Set<() => void>
  readonly listener: () => void
}

const waitersOf = new WeakMap<AbortSignal, Waiters>()

/**
 * Calls `fn` once when the signal aborts; answers the function that calls this off. For a signal that has aborted already `fn` is never
 * called: look first. An EventTarget compares a new listener with all it has; here the thousandth to wait for one signal pays no more than
 * the first.
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  const call = (): void => fn()
  const waiters = waitersOf.get(signal) ?? attach(signal)
  waiters.calls.add(call)
  return () => {
    if (!waiters.calls.delete(call) || waiters.calls.size > 0) return
    // A composite signal is kept alive by its listener.
    waitersOf.delete(signal)
    signal.removeEventListener('abort', waiters.listener)
  }
}

function attach(signal: AbortSignal): Waiters {
  const calls = new Set<() => void>()
  const listener = (): void => {
    waitersOf.delete(signal)
    const due = [...calls]
    calls.clear()
    for (const call of due) call()
  }
  const waiters = { calls, listener }
  waitersOf.set(signal, waiters)
  signal.addEventListener('abort', listener, { once: true })
  return waiters
}
