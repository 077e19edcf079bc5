import type { Clock } from '../../../shared/index.ts'

export interface AbsenceOptions {
  readonly clock: Clock
  /** Two 404s must be at least this far apart. */
  readonly confirmMs: number
  /** Deletions without an event are counted over so long. */
  readonly breakerWindowMs?: number
  /** This share of all known resources may vanish without an event within the window, but never fewer than `breakerMinimum`. */
  readonly breakerShare?: number
  readonly breakerMinimum?: number
  /** Asks Neutron for something that is surely there; true when it answers with it. Used when no other resource has answered meanwhile. */
  readonly witness: (signal?: AbortSignal) => Promise<boolean>
}

/**
 * What a 404 is worth: `gone` – believe it; `unconfirmed` – look again after `retryMs`; `storm` – too many vanish at once, something is
 * wrong with Neutron or with our sight of it.
 */
export type Verdict = { readonly kind: 'gone' } | { readonly kind: 'unconfirmed' | 'storm'; readonly retryMs: number }

/**
 * Absence is not deletion: nothing is removed because Neutron once did not know it. A resource is gone after its delete event and one direct
 * 404, or after two direct 404s, apart in time, while Neutron answers for others.
 */
export class AbsenceJudge {
  readonly #options: Required<AbsenceOptions>
  readonly #known = new Set<string>()
  readonly #firstMissed = new Map<string, number>()
  /** The last two different resources that answered: one of them is another than whichever is judged. */
  readonly #answered: { id: string; at: number }[] = []
  readonly #vanished: number[] = []

  constructor(options: AbsenceOptions) {
    this.#options = { breakerWindowMs: 60_000, breakerShare: 0.05, breakerMinimum: 2, ...options }
  }

  /** Neutron answered for this resource. */
  found(id: string): void {
    this.#known.add(id)
    this.#firstMissed.delete(id)
    const now = this.#options.clock.monotonic()
    const [latest] = this.#answered
    if (latest?.id === id) latest.at = now
    else {
      this.#answered.unshift({ id, at: now })
      this.#answered.length = Math.min(this.#answered.length, 2)
    }
  }

  /** A direct look-up of this resource has just answered 404. */
  async missed(id: string, deleteNoted: boolean, signal?: AbortSignal): Promise<Verdict> {
    if (deleteNoted) return this.#gone(id)
    const { clock, confirmMs, breakerWindowMs } = this.#options
    const now = clock.monotonic()
    const first = this.#firstMissed.get(id)
    if (first === undefined) {
      this.#firstMissed.set(id, now)
      return { kind: 'unconfirmed', retryMs: confirmMs }
    }
    if (now - first < confirmMs) return { kind: 'unconfirmed', retryMs: confirmMs - (now - first) }
    const othersAnswer = this.#answered.some((answer) => answer.id !== id && answer.at >= first)
    if (!othersAnswer && !(await this.#options.witness(signal))) return { kind: 'unconfirmed', retryMs: confirmMs }
    while (this.#vanished[0] !== undefined && now - this.#vanished[0] > breakerWindowMs) this.#vanished.shift()
    if (this.#vanished.length >= this.#allowance()) return { kind: 'storm', retryMs: breakerWindowMs }
    this.#vanished.push(now)
    return this.#gone(id)
  }

  /** Forgets a resource that is not ours any more. */
  forget(id: string): void {
    this.#known.delete(id)
    this.#firstMissed.delete(id)
  }

  #allowance(): number {
    const { breakerShare, breakerMinimum } = this.#options
    return Math.max(breakerMinimum, Math.ceil(this.#known.size * breakerShare))
  }

  #gone(id: string): Verdict {
    this.forget(id)
    return { kind: 'gone' }
  }
}
