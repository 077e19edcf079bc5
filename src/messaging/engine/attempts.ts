import { createHash } from 'node:crypto'

/** Failures are remembered for this many messages; beyond, the longest unseen are forgotten (and tried as if new). */
const REMEMBERED = 20_000

/** Counts how often a message was tried, across redeliveries and reconnections. */
export class Attempts {
  readonly #counts = new Map<string, number>()

  /** What identifies a message: its own id, or for a message without one, its bytes. */
  static key(uniqueId: string | null, body: Buffer): string {
    return uniqueId ?? createHash('sha1').update(body).digest('base64')
  }

  /** One more failure; answers how many there were. */
  failed(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.delete(key)
    this.#counts.set(key, count)
    if (this.#counts.size > REMEMBERED) {
      const oldest = this.#counts.keys().next().value
      if (oldest !== undefined) this.#counts.delete(oldest)
    }
    return count
  }

  forget(key: string): void {
    if (this.#counts.size > 0) this.#counts.delete(key)
  }
}
