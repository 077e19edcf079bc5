import type { Clock } from '../../shared/index.ts'

/** How much one appliance may ask for. */
export interface AllowanceSettings {
  /** Requests a second, on average; 0: no limit. */
  readonly perSecond: number
  /** Requests under way at a time. */
  readonly concurrent: number
}

interface Account {
  tokens: number
  at: number
  active: number
}

/** A pause in requests for this long fills a bucket. */
const BURST_SECONDS = 4
const SWEEP_AT = 20_000

/**
 * A bucket of requests for each appliance, so that one of them, whatever runs behind it, does not take what the others need.
 */
export class Allowance {
  readonly #settings: AllowanceSettings
  readonly #clock: Clock
  readonly #accounts = new Map<string, Account>()

  constructor(settings: AllowanceSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** Takes one request out of the bucket; null: none left. The function returned says that the request is over. */
  take(key: string): (() => void) | null {
    const { perSecond, concurrent } = this.#settings
    const now = this.#clock.monotonic()
    const full = perSecond * BURST_SECONDS
    let account = this.#accounts.get(key)
    if (!account) {
      if (this.#accounts.size >= SWEEP_AT) this.#sweep(now)
      account = { tokens: full, at: now, active: 0 }
      this.#accounts.set(key, account)
    }
    if (account.active >= concurrent) return null
    if (perSecond > 0) {
      account.tokens = Math.min(full, account.tokens + ((now - account.at) / 1_000) * perSecond)
      account.at = now
      if (account.tokens < 1) return null
      account.tokens -= 1
    }
    account.active += 1
    const held = account
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      held.active -= 1
    }
  }

  /** Forgets who has asked for nothing lately. */
  #sweep(now: number): void {
    for (const [key, { active, at }] of this.#accounts) {
      if (active === 0 && now - at > BURST_SECONDS * 1_000) this.#accounts.delete(key)
    }
  }
}
