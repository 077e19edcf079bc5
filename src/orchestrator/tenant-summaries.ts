import type { DebugState, Resource, TenantSummary } from '../contract/index.ts'

/** Every tenant that has resources or is in debug mode, in the order of their ids. */
export function tenantSummaries(resources: Iterable<Resource>, { global, tenants }: DebugState): TenantSummary[] {
  const marks = new Map(tenants.map(({ tenant_id, mark }) => [tenant_id, mark]))
  const byId = new Map<string, TenantSummary>()
  const summaryOf = (id: string): TenantSummary => {
    let summary = byId.get(id)
    if (!summary) {
      summary = { id, resources: 0, states: {}, debug: marks.get(id) ?? global, worker: null }
      byId.set(id, summary)
    }
    return summary
  }
  for (const { tenant_id, instance_state, worker } of resources) {
    const summary = summaryOf(tenant_id)
    summary.resources++
    summary.states[instance_state] = (summary.states[instance_state] ?? 0) + 1
    summary.worker ??= worker
  }
  for (const id of marks.keys()) summaryOf(id)
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}
