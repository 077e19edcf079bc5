/** Taken messages are acknowledged at the latest when this many wait for it. */
const BATCH = 64

/** Taken at import, so that a test's fake timers do not hold acknowledgements back. */
const immediate = setImmediate

/**
 * Gathers the acknowledgements of one channel: everything below the oldest delivery that is not yet taken goes in one multiple
 * acknowledgement, the rest one by one. Nothing is ever acknowledged before it is taken.
 */
export class AckBatch {
  readonly #send: (tag: number, upTo: boolean) => void
  /** Delivered, not taken; in ascending order, as delivery tags are. */
  readonly #open = new Set<number>()
  #taken: number[] = []
  #scheduled = false

  constructor(send: (tag: number, upTo: boolean) => void) {
    this.#send = send
  }

  delivered(tag: number): void {
    this.#open.add(tag)
  }

  /** The handler has it: acknowledge. */
  taken(tag: number): void {
    if (!this.#open.delete(tag)) return
    this.#taken.push(tag)
    if (this.#taken.length >= BATCH) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      immediate(() => {
        this.#scheduled = false
        this.flush()
      })
    }
  }

  /** Given back to the queue, or lost with its channel. True when it was still open. */
  released(tag: number): boolean {
    return this.#open.delete(tag)
  }

  flush(): void {
    const taken = this.#taken
    if (taken.length === 0) return
    this.#taken = []
    const oldestOpen = this.#open.values().next().value ?? Number.POSITIVE_INFINITY
    let upTo = 0
    for (const tag of taken) if (tag < oldestOpen && tag > upTo) upTo = tag
    if (upTo > 0) this.#send(upTo, true)
    for (const tag of taken) if (tag > oldestOpen) this.#send(tag, false)
  }
}
