import type { DriverName, InstanceState } from '../../contract/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { InstanceManager, InstanceSnapshot, PassContext, PassPush, Wait } from '../instances/index.ts'
import type { Effect } from '../lifecycle/index.ts'
import { round } from './gate.ts'
import { shownError } from './shown.ts'
import type { DebugEffect, DebugError } from './types.ts'

/** The failure that an operator asked for. */
class PretendedFailure extends Error {
  constructor(effect: Effect) {
    super(`${effect} failed: pretended for a rehearsal`)
    this.name = 'PretendedFailure'
  }
}

/**
 * An instance manager that is watched: what each effect took and threw, with everything that the error knows. The one behind it can be
 * exchanged for one that knows nothing yet.
 */
export class WatchedManager implements InstanceManager {
  readonly #make: () => InstanceManager
  readonly #clock: Clock
  readonly #onPush: (push: PassPush) => void
  #inner: InstanceManager
  #effects: DebugEffect[] = []
  #image: string | null = null
  #deleteNoted = false
  /** The next effect throws instead of doing anything. */
  failNext = false

  constructor(options: {
    readonly make: () => InstanceManager
    readonly clock: Clock
    readonly onPush: (push: PassPush) => void
  }) {
    this.#make = options.make
    this.#clock = options.clock
    this.#onPush = options.onPush
    this.#inner = options.make()
  }

  /** Effects since the last call, in order. */
  takeEffects(): readonly DebugEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** Forgets what is believed of the world; what was asked for stays asked for. */
  forget(): void {
    this.#inner = this.#make()
    if (this.#image !== null) this.#inner.useImage(this.#image)
    if (this.#deleteNoted) this.#inner.noteDeleted()
  }

  get resourceId(): string {
    return this.#inner.resourceId
  }

  get driver(): DriverName {
    return this.#inner.driver
  }

  get state(): InstanceState {
    return this.#inner.state
  }

  get bootAttempts(): number {
    return this.#inner.bootAttempts
  }

  get rebootErrorThreshold(): number {
    return this.#inner.rebootErrorThreshold
  }

  get inErrorCooldown(): boolean {
    return this.#inner.inErrorCooldown
  }

  get errorCooldownLeftMs(): number {
    return this.#inner.errorCooldownLeftMs
  }

  get wait(): Wait | null {
    return this.#inner.wait
  }

  snapshot(): InstanceSnapshot {
    return this.#inner.snapshot()
  }

  updateState(context: PassContext): Promise<void> {
    return this.#effect('update_state', () => this.#inner.updateState(this.#watched(context)))
  }

  boot(context: PassContext): Promise<void> {
    return this.#effect('boot', () => this.#inner.boot(this.#watched(context)))
  }

  configure(context: PassContext): Promise<void> {
    return this.#effect('configure', () => this.#inner.configure(this.#watched(context)))
  }

  replug(context: PassContext): Promise<void> {
    return this.#effect('replug', () => this.#inner.replug(this.#watched(context)))
  }

  stop(context: PassContext): Promise<void> {
    return this.#effect('stop', () => this.#inner.stop(this.#watched(context)))
  }

  readStats(context: PassContext): Promise<void> {
    return this.#effect('read_stats', () => this.#inner.readStats(this.#watched(context)))
  }

  observe(signal: AbortSignal): Promise<void> {
    return this.#inner.observe(signal)
  }

  setError(context: PassContext): Promise<void> {
    return this.#effect('set_error', () => this.#inner.setError(this.#watched(context)))
  }

  clearError(context: PassContext): Promise<void> {
    return this.#effect('clear_error', () => this.#inner.clearError(this.#watched(context)))
  }

  resetBootCounter(): void {
    this.#inner.resetBootCounter()
  }

  useImage(imageUuid: string | null): void {
    this.#image = imageUuid
    this.#inner.useImage(imageUuid)
  }

  usesPort(portId: string): boolean {
    return this.#inner.usesPort(portId)
  }

  noteDeleted(): void {
    this.#deleteNoted = true
    this.#inner.noteDeleted()
  }

  quickAlive(signal: AbortSignal): Promise<boolean> {
    return this.#inner.quickAlive(signal)
  }

  #watched(context: PassContext): PassContext {
    const { onConfig } = context
    return {
      ...context,
      onConfig: (push) => {
        this.#onPush(push)
        onConfig?.(push)
      },
    }
  }

  async #effect(effect: Effect, work: () => Promise<void>): Promise<void> {
    const started = this.#clock.monotonic()
    const note = (error: DebugError | null): void => {
      this.#effects.push({ effect, duration_ms: round(this.#clock.monotonic() - started), error })
    }
    try {
      if (this.failNext) {
        this.failNext = false
        throw new PretendedFailure(effect)
      }
      await work()
      note(null)
    } catch (error) {
      note(shownError(error))
      throw error
    }
  }
}
