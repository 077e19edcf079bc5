import type { DebugMark, DebugState, InstanceState, Resource } from '../../contract/index.ts'

/** One tenant of those that have resources or are in debug mode. */
export interface TenantRow {
  readonly id: string
  readonly resources: number
  readonly states: Readonly<Partial<Record<InstanceState, number>>>
  /** Resources in error, down or degraded. */
  readonly trouble: number
  readonly debug: DebugMark | null
}

const IN_TROUBLE: ReadonlySet<InstanceState> = new Set(['error', 'down', 'degraded'])

interface Counted {
  resources: number
  trouble: number
  readonly states: Partial<Record<InstanceState, number>>
}

/** Sums resources up by tenant. The same list that the resources view shows: no question to the orchestrator is needed. */
export function tenantsOf(resources: Iterable<Resource>, debug: DebugState | null): TenantRow[] {
  const counted = new Map<string, Counted>()
  const of = (id: string): Counted => {
    const known = counted.get(id)
    if (known) return known
    const fresh: Counted = { resources: 0, trouble: 0, states: {} }
    counted.set(id, fresh)
    return fresh
  }
  for (const { tenant_id: id, instance_state: state } of resources) {
    const tenant = of(id)
    tenant.resources++
    if (IN_TROUBLE.has(state)) tenant.trouble++
    tenant.states[state] = (tenant.states[state] ?? 0) + 1
  }
  const marks = new Map(debug?.tenants.map(({ tenant_id: id, mark }) => [id, mark]))
  for (const id of marks.keys()) of(id)
  return [...counted].map(([id, tenant]) => ({ id, ...tenant, debug: marks.get(id) ?? debug?.global ?? null }))
}
