import type { Clock } from '../../shared/index.ts'

/**
 * Something that others watch: `subscribe` and `getSnapshot` as React's useSyncExternalStore wants them. However many changes fall into
 * one interval, watchers are told once, and a snapshot is made once.
 */
export class Snapshots<T> {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #take: () => T
  readonly #listeners = new Set<() => void>()
  #snapshot: T
  #planned = false

  /** `intervalMs` 0: once in a turn of the event loop. */
  constructor(clock: Clock, intervalMs: number, take: () => T) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#take = take
    this.#snapshot = take()
  }

  /** The same object until watchers are told. */
  readonly getSnapshot = (): T => this.#snapshot

  /** Returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something has changed. */
  touch(): void {
    if (this.#planned) return
    this.#planned = true
    this.#clock.after(this.#intervalMs, () => this.#tell())
  }

  #tell(): void {
    this.#planned = false
    this.#snapshot = this.#take()
    for (const listener of [...this.#listeners]) listener()
  }
}
