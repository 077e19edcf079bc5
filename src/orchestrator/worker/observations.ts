import { type Logger, messageOf } from '../../shared/index.ts'
import type { Automaton } from './automaton.ts'

/** Looks at resources in debug mode of which nothing is known: they touch nothing, and give way to a pass. */
export class Observations {
  readonly #logger: Logger
  readonly #onChange: (automaton: Automaton) => void
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>()

  constructor(options: { readonly logger: Logger; readonly onChange: (automaton: Automaton) => void }) {
    this.#logger = options.logger
    this.#onChange = options.onChange
  }

  /** Looks at it, unless somebody does already. A look that fails is tried again with the next health check. Never rejects. */
  begin(automaton: Automaton, signal: AbortSignal): Promise<void> {
    const { id } = automaton
    const running = this.#running.get(id)
    if (running) return running.done
    const abort = new AbortController()
    const done = this.#look(automaton, AbortSignal.any([signal, abort.signal])).finally(() => this.#running.delete(id))
    this.#running.set(id, { abort, done })
    return done
  }

  /** Ends a look that is under way: no two hands at one resource. */
  async stop(id: string): Promise<void> {
    const running = this.#running.get(id)
    if (!running) return
    running.abort.abort(new Error('managed again'))
    await running.done
  }

  async #look(automaton: Automaton, signal: AbortSignal): Promise<void> {
    try {
      await automaton.manager.observe(signal)
      automaton.observed = true
    } catch (error) {
      if (signal.aborted) return
      this.#logger.info({ resource_id: automaton.id }, `could not look at what is in debug mode: ${messageOf(error)}`)
    }
    automaton.recorder.state(automaton.manager.state)
    this.#onChange(automaton)
  }
}
