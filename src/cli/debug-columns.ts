import type { ColumnSet } from './columns.ts'

/** One debug mode in force. */
export interface DebugRow {
  readonly scope: 'global' | 'tenant' | 'resource'
  /** Of the tenant or resource. */
  readonly id: string | null
  readonly reason: string | null
  readonly since: string
  readonly by: string | null
}

/** Debug modes, as `ctl global debug status` prints them. */
export const debugColumns: ColumnSet<DebugRow> = {
  noun: 'debug modes',
  name: (d) => d.id ?? d.scope,
  columns: [
    { id: 'scope', kind: 'text', value: (d) => d.scope, tone: () => 'warn' },
    { id: 'id', kind: 'id', value: (d) => d.id },
    { id: 'since', kind: 'time', value: (d) => d.since },
    { id: 'by', kind: 'text', value: (d) => d.by },
    { id: 'reason', kind: 'text', value: (d) => d.reason },
  ],
}
