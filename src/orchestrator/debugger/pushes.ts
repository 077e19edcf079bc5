import type { PassPush } from '../instances/index.ts'
import { configChanges } from '../timeline/index.ts'
import type { DebugPush } from './types.ts'

/** The configurations that instances were given in a session, each compared with the one before. */
export class Pushes {
  readonly #accepted = new Map<string, unknown>()
  #step: DebugPush[] = []
  /** What was in force before the session, as far as known. */
  baseline: unknown = null

  /** An instance has accepted one. */
  get any(): boolean {
    return this.#accepted.size > 0
  }

  /** The configuration that this instance is known to have; null: none. */
  before(instanceId: string): unknown {
    return this.#accepted.get(instanceId) ?? this.baseline
  }

  note({ instanceId, fingerprint, config, result }: PassPush): void {
    const { changes, total } = configChanges(this.before(instanceId), config)
    const unchanged = result === 'unchanged'
    this.#step.push({
      instance_id: instanceId,
      fingerprint,
      result,
      changes: unchanged ? [] : changes,
      total_changes: unchanged ? 0 : total,
    })
    if (result === 'accepted') this.#accepted.set(instanceId, config)
  }

  /** Those since the last call. */
  take(): readonly DebugPush[] {
    const taken = this.#step
    this.#step = []
    return taken
  }
}
