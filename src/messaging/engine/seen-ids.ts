/**
 * Remembers the last ids at constant cost: two generations, the older of which is dropped when the younger is full. An id is remembered
 * for at least `generation` further ids.
 */
export class SeenIds {
  readonly #generation: number
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(generation = 10_000) {
    this.#generation = generation
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id)
  }

  add(id: string): void {
    this.#young.add(id)
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young
      this.#young = new Set()
    }
  }
}
