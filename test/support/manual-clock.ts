import type { Clock, Timer } from '../../src/shared/index.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

/** Time that moves only when told to: `advance` fires timers in order and lets promises settle in between. */
export class ManualClock implements Clock {
  #now: number
  #order = 0
  readonly #pending = new Set<Pending>()

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): Timer {
    const pending: Pending = { at: this.#now + Math.max(0, ms), order: this.#order++, fn }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const timer = this.after(ms, resolve)
      signal?.addEventListener('abort', () => {
        timer.cancel()
        reject(signal.reason)
      })
    })
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#pending.size
  }

  /** Moves the time without firing anything: what a stalled process sees when it wakes. */
  jump(ms: number): void {
    this.#now += ms
  }

  /** Moves time forward by `ms`, firing every timer that falls due, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const next = this.#earliest()
      if (!next || next.at > end) break
      this.#pending.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.fn()
      await settle()
    }
    this.#now = end
    await settle()
  }

  #earliest(): Pending | null {
    let first: Pending | null = null
    for (const p of this.#pending) {
      if (first === null || p.at < first.at || (p.at === first.at && p.order < first.order)) first = p
    }
    return first
  }
}

/** Lets every promise that can settle do so. */
export async function settle(rounds = 5): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setImmediate(resolve))
}
