import type { Clock } from '../../shared/index.ts'

/** How many dead instances may be replaced. */
export interface ReplacementLimits {
  /** Steady rate; 0: no limit at all. */
  readonly perMinute: number
  /** How many at once when none was replaced lately; at least 1 may always be saved up. */
  readonly burst: number
}

/** Whoever has not asked for so long does not want its turn any more: it lives again, or is gone. */
const FORGET_MS = 90_000
/** Whoever waits asks again at least this often: a rack that comes back is noticed soon. */
const MAX_WAIT_MS = 30_000
const MIN_WAIT_MS = 1_000

/**
 * A token bucket with a line in front of it: mass failure must not become a storm of boots. Tokens go to whoever waits longest, and one
 * that is there for somebody is kept for it until it asks again, so that nobody starves. One object per worker.
 */
export class ReplacementBudget {
  readonly #clock: Clock
  readonly #onTurn: (result: 'granted' | 'deferred') => void
  #limits: ReplacementLimits
  #tokens: number
  #filledAt: number
  /** When each of those who wait asked last, in the order in which they came. */
  readonly #line = new Map<string, number>()

  /** `onTurn` is told of each turn given, and of each that has to be waited for. */
  constructor(clock: Clock, limits: ReplacementLimits, onTurn: (result: 'granted' | 'deferred') => void = () => {}) {
    this.#onTurn = onTurn
    this.#clock = clock
    this.#limits = limits
    this.#tokens = limits.burst
    this.#filledAt = clock.monotonic()
  }

  /** How many wait for their turn. */
  get waiting(): number {
    this.#fill()
    this.#forget()
    return this.#line.size
  }

  /** Limits that were read again. What is saved up stays, as far as the new burst allows. */
  setLimits(limits: ReplacementLimits): void {
    this.#fill()
    this.#limits = limits
    this.#tokens = Math.min(this.#tokens, this.#capacity())
  }

  /** Milliseconds until it is worth asking again for `id`, 0: it is its turn. Takes a place in the line, and no token. */
  msUntilTurn(id: string): number {
    if (this.#limits.perMinute === 0) return 0
    this.#fill()
    this.#forget()
    // Keeps the place of one that waits already.
    this.#line.set(id, this.#clock.monotonic())
    let before = 0
    for (const other of this.#line.keys()) {
      if (other === id) break
      before += 1
    }
    const lacking = before + 1 - this.#tokens
    if (lacking <= 0) return 0
    const ms = Math.ceil((lacking * 60_000) / this.#limits.perMinute)
    return Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, ms))
  }

  /** 0: `id` may be replaced now, and its token is spent. Else milliseconds until it is worth asking again. */
  take(id: string): number {
    const known = this.#line.has(id)
    const ms = this.msUntilTurn(id)
    if (ms > 0) {
      if (!known) this.#onTurn('deferred')
      return ms
    }
    if (this.#limits.perMinute > 0) this.#tokens -= 1
    this.#line.delete(id)
    this.#onTurn('granted')
    return 0
  }

  /** `id` needs no replacement any more. */
  leave(id: string): void {
    this.#line.delete(id)
  }

  #capacity(): number {
    return Math.max(1, this.#limits.burst)
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    const grown = ((now - this.#filledAt) * this.#limits.perMinute) / 60_000
    this.#tokens = Math.min(this.#capacity(), this.#tokens + grown)
    this.#filledAt = now
  }

  #forget(): void {
    const since = this.#clock.monotonic() - FORGET_MS
    for (const [id, askedAt] of this.#line) if (askedAt < since) this.#line.delete(id)
  }
}
