import { INSTANCE_STATES, type InstanceState } from '../../../contract/index.ts'
import { shown } from '../../text.ts'
import { listAge } from '../ages.ts'
import type { ScreenColumn } from '../layout.ts'
import type { TenantRow } from '../tenants.ts'

const TROUBLE: readonly InstanceState[] = ['error', 'down', 'degraded']

/** Resources of a tenant by state, those in trouble first. */
function states(row: TenantRow, glyph: (state: InstanceState) => string): string {
  const order = [...TROUBLE, ...INSTANCE_STATES.filter((state) => !TROUBLE.includes(state))]
  return order
    .flatMap((state) => (row.states[state] ? [`${glyph(state)} ${row.states[state]} ${state}`] : []))
    .join('  ')
}

/** Tenants, as the console lists them. */
export const tenantColumns: readonly ScreenColumn<TenantRow>[] = [
  { id: 'id', header: 'TENANT', min: 16, max: 36, rank: 0, cell: (t) => shown(t.id) },
  { id: 'resources', header: 'RESOURCES', min: 9, max: 9, align: 'right', rank: 1, cell: (t) => String(t.resources) },
  {
    id: 'trouble',
    header: 'TROUBLE',
    min: 7,
    max: 7,
    align: 'right',
    rank: 2,
    cell: (t) => String(t.trouble),
    token: (t) => (t.trouble > 0 ? 'bad' : null),
  },
  {
    id: 'states',
    header: 'STATES',
    min: 16,
    max: 80,
    grow: true,
    rank: 3,
    cell: (t, { theme }) => states(t, theme.glyph),
  },
  {
    id: 'debug',
    header: 'DEBUG',
    min: 8,
    max: 8,
    rank: 4,
    cell: (t) => t.debug?.scope ?? '-',
    token: (t) => (t.debug ? 'busy' : null),
  },
  {
    id: 'since',
    header: 'SINCE',
    min: 5,
    max: 5,
    align: 'right',
    rank: 6,
    cell: (t, { now }) => listAge(t.debug?.since ?? null, now),
  },
  { id: 'reason', header: 'REASON', min: 10, max: 80, rank: 5, cell: (t) => shown(t.debug?.reason ?? '-') },
]
