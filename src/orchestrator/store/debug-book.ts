import type { DebugMark, DebugState } from '../../contract/index.ts'
import { type Clock, type Logger, messageOf, type Timer } from '../../shared/index.ts'
import { DebugMarks, type DebugTarget } from './debug-marks.ts'
import type { AuditRecord, OperatorStore } from './operator-store.ts'

export interface DebugBookOptions {
  /** The debug modes in force at the start come from here. */
  readonly store: OperatorStore
  readonly clock: Clock
  readonly logger: Logger
}

/** Who wants what, and why. */
export interface Order {
  readonly by: string | null
  readonly reason: string | null
}

/** A debug mode began (`mark`) or ended (null). */
export interface DebugChange extends Order {
  readonly target: DebugTarget
  readonly mark: DebugMark | null
}

/** How soon a write that failed is tried again. */
const RETRY_MS = 10_000

/**
 * The debug modes of this orchestrator and the record of operators' commands. What is asked for holds at once, whether or not it could be
 * written down: a database that fails changes nothing about who is held, is logged, and gets what it missed when it works again.
 */
export class DebugBook {
  readonly #o: DebugBookOptions
  readonly #listeners = new Set<(marks: DebugMarks, change: DebugChange) => void>()
  readonly #unsaved = new Map<string, DebugTarget>()
  #marks: DebugMarks
  #timer: Timer | null = null
  #closed = false

  /** Throws what the store throws: to start without knowing who is held would be to act on what an operator holds. */
  constructor(options: DebugBookOptions) {
    this.#o = options
    this.#marks = new DebugMarks(options.store.loadDebug())
  }

  get marks(): DebugMarks {
    return this.#marks
  }

  get state(): DebugState {
    return this.#marks.state
  }

  /** Puts the target in debug mode. One that is already keeps its beginning, unless reason or person differ. */
  hold(target: DebugTarget, { by, reason }: Order): DebugMark {
    const before = this.#marks.at(target)
    if (before && before.reason === reason && before.by === by) return before
    const since = before?.since ?? new Date(this.#o.clock.now()).toISOString()
    const mark: DebugMark = { scope: target.scope, reason, since, by }
    this.#change({ target, mark, by, reason })
    return mark
  }

  /** Ends the target's own debug mode; false: there was none. */
  release(target: DebugTarget, { by, reason }: Order): boolean {
    if (this.#marks.at(target) === null) return false
    this.#change({ target, mark: null, by, reason })
    return true
  }

  /** Writes down what an operator asked for. Never throws. */
  audit(record: Omit<AuditRecord, 'at'>): void {
    this.#o.logger.info({ ...record }, 'operator command')
    try {
      this.#o.store.addAudit({ at: new Date(this.#o.clock.now()).toISOString(), ...record })
    } catch (error) {
      this.#o.logger.error({ error: messageOf(error) }, 'an operator command could not be written to the database')
    }
  }

  /** Calls back on each change from now on; returns the unsubscribe function. */
  onChange(listener: (marks: DebugMarks, change: DebugChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Writes what is not written yet, if it can, and closes the database. */
  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#save()
    try {
      this.#o.store.close()
    } catch (error) {
      this.#o.logger.error({ error: messageOf(error) }, 'the database did not close')
    }
  }

  #change(change: DebugChange): void {
    const { target } = change
    this.#marks = this.#marks.with(target, change.mark)
    this.#unsaved.set(target.scope === 'global' ? 'global' : `${target.scope} ${target.id}`, target)
    this.#save()
    for (const listener of this.#listeners) listener(this.#marks, change)
  }

  #save(): void {
    for (const [key, target] of this.#unsaved) {
      try {
        this.#o.store.saveDebug(target, this.#marks.at(target))
        this.#unsaved.delete(key)
      } catch (error) {
        this.#o.logger.error(
          { error: messageOf(error), ...target },
          'a debug mode could not be written to the database: it holds now, but would not survive a restart',
        )
        if (!this.#closed) this.#timer ??= this.#o.clock.after(RETRY_MS, () => this.#retry(), { unref: true })
        return
      }
    }
  }

  #retry(): void {
    this.#timer = null
    this.#save()
  }
}
