import type { DebugMark, DebugState } from '../../contract/index.ts'

/** What a debug mode is about. */
export type DebugTarget =
  | { readonly scope: 'global' }
  | { readonly scope: 'tenant'; readonly id: string }
  | { readonly scope: 'resource'; readonly id: string }

/** No debug mode at all. */
const NO_DEBUG: DebugState = { global: null, tenants: [], resources: [] }

/** The debug modes in force, for looking up: who is held? Immutable. */
export class DebugMarks {
  readonly state: DebugState
  readonly #tenants: ReadonlyMap<string, DebugMark>
  readonly #resources: ReadonlyMap<string, DebugMark>

  constructor(state: DebugState = NO_DEBUG) {
    this.state = state
    this.#tenants = new Map(state.tenants.map(({ tenant_id, mark }) => [tenant_id, mark]))
    this.#resources = new Map(state.resources.map(({ resource_id, mark }) => [resource_id, mark]))
  }

  /** The mark that holds this resource back, the narrowest first; null: it is managed. */
  of(resourceId: string, tenantId: string | null): DebugMark | null {
    const ofTenant = tenantId === null ? undefined : this.#tenants.get(tenantId)
    return this.#resources.get(resourceId) ?? ofTenant ?? this.state.global
  }

  /** The mark of exactly this target, or null. */
  at(target: DebugTarget): DebugMark | null {
    if (target.scope === 'global') return this.state.global
    return (target.scope === 'tenant' ? this.#tenants : this.#resources).get(target.id) ?? null
  }

  /** With this target's mark replaced; null: taken away. */
  with(target: DebugTarget, mark: DebugMark | null): DebugMarks {
    const { global, tenants, resources } = this.state
    switch (target.scope) {
      case 'global':
        return new DebugMarks({ global: mark, tenants, resources })
      case 'tenant': {
        const others = tenants.filter((row) => row.tenant_id !== target.id)
        return new DebugMarks({
          global,
          tenants: mark ? [...others, { tenant_id: target.id, mark }] : others,
          resources,
        })
      }
      case 'resource': {
        const others = resources.filter((row) => row.resource_id !== target.id)
        return new DebugMarks({
          global,
          tenants,
          resources: mark ? [...others, { resource_id: target.id, mark }] : others,
        })
      }
    }
  }
}
