import type { ConfigAnswer, ConfigChange } from '../../contract/index.ts'
import { configChanges } from './config-changes.ts'
import { pack, unpack } from './packed-json.ts'
import { maskSecrets } from './secrets.ts'

/** Instances of one resource whose configuration is remembered: a pair. */
const INSTANCES = 2

interface Accepted {
  readonly fingerprint: string
  readonly at: number
  readonly packed: string
  readonly changes: readonly ConfigChange[]
}

/** What the instances of one resource accepted last, packed. */
export class AcceptedConfigs {
  readonly #byInstance = new Map<string, Accepted>()

  /** Where `config` differs from what this instance (a new one: any of the resource) accepted before. */
  compare(
    instanceId: string,
    config: unknown,
    fingerprint: string,
  ): { readonly changes: readonly ConfigChange[]; readonly total: number } {
    const before = this.#byInstance.get(instanceId) ?? this.#latest
    if (before?.fingerprint === fingerprint) return { changes: [], total: 0 }
    return configChanges(before ? unpack(before.packed) : null, config)
  }

  accept(
    instanceId: string,
    accepted: {
      readonly fingerprint: string
      readonly config: unknown
      readonly changes: readonly ConfigChange[]
      readonly at: number
    },
  ): void {
    const { fingerprint, config, at, changes } = accepted
    const before = this.#byInstance.get(instanceId)
    // The same again keeps the difference that brought it about.
    const lasting = before && before.fingerprint === fingerprint ? before.changes : changes
    const packed = before?.fingerprint === fingerprint ? before.packed : pack(config)
    this.#byInstance.delete(instanceId)
    this.#byInstance.set(instanceId, { fingerprint, at, packed, changes: lasting })
    const oldest = this.#byInstance.keys().next().value
    if (this.#byInstance.size > INSTANCES && oldest !== undefined) this.#byInstance.delete(oldest)
  }

  /** The configuration accepted last, secrets masked. */
  answer(resourceId: string): ConfigAnswer {
    const latest = this.#latest
    if (!latest) return { resource_id: resourceId, fingerprint: null, configured_at: null, config: null, changes: [] }
    return {
      resource_id: resourceId,
      fingerprint: latest.fingerprint,
      configured_at: new Date(latest.at).toISOString(),
      config: maskSecrets(unpack(latest.packed)) as Record<string, unknown>,
      changes: [...latest.changes],
    }
  }

  get #latest(): Accepted | undefined {
    return [...this.#byInstance.values()].at(-1)
  }
}
