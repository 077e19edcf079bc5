import type { Clock, Timer } from '../../shared/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import type { Automaton } from './automaton.ts'

/** Nova unplugs an instance port by port: one look serves all that follow each other this closely. */
const GATHER_MS = 1_000

export interface UnpluggedOptions {
  readonly clock: Clock
  readonly find: (resourceId: string) => Automaton | undefined
  /** The resource must be looked at. */
  readonly look: (automaton: Automaton, event: ResourceEvent) => void
}

/**
 * Ports of instances that lost their plug. Our own unplugging is over by the time that Nova tells of it; what still counts as plugged was
 * taken away by somebody else, or went with the instance.
 */
export class Unplugged {
  readonly #o: UnpluggedOptions
  readonly #timers = new Map<string, Timer>()

  constructor(options: UnpluggedOptions) {
    this.#o = options
  }

  take(event: ResourceEvent, portId: string): void {
    const id = event.resourceId ?? ''
    const { clock, find, look } = this.#o
    const uses = (automaton: Automaton | undefined): automaton is Automaton =>
      automaton?.manager.usesPort(portId) === true
    if (this.#timers.has(id) || !uses(find(id))) return
    const timer = clock.after(
      GATHER_MS,
      () => {
        this.#timers.delete(id)
        const automaton = find(id)
        if (uses(automaton)) look(automaton, event)
      },
      { unref: true },
    )
    this.#timers.set(id, timer)
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }
}
