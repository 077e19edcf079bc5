import type { TenantSummary } from '../contract/index.ts'
import type { ColumnSet } from './columns.ts'

/** Those that are not configured. */
const troubled = ({ resources, states }: TenantSummary): number => resources - (states.configured ?? 0)

/** Tenants, as `ctl tenant list` prints them. */
export const tenantColumns: ColumnSet<TenantSummary> = {
  noun: 'tenants',
  name: (t) => t.id,
  columns: [
    { id: 'id', kind: 'id', value: (t) => t.id },
    { id: 'resources', kind: 'number', value: (t) => t.resources },
    {
      id: 'not_configured',
      kind: 'number',
      value: troubled,
      tone: (t) => (troubled(t) > 0 ? 'warn' : null),
    },
    {
      id: 'states',
      kind: 'text',
      value: (t) =>
        Object.entries(t.states)
          .map(([state, count]) => `${state} ${count}`)
          .join(', ') || null,
    },
    { id: 'debug', kind: 'text', value: (t) => t.debug?.scope ?? null, tone: () => 'warn' },
    { id: 'debug_reason', header: 'REASON', kind: 'text', value: (t) => t.debug?.reason ?? null },
    { id: 'debug_since', header: 'SINCE', kind: 'time', value: (t) => t.debug?.since ?? null, wide: true },
    { id: 'debug_by', header: 'BY', kind: 'text', value: (t) => t.debug?.by ?? null, wide: true },
    { id: 'worker', kind: 'text', value: (t) => t.worker, wide: true },
  ],
}
