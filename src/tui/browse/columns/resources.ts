import type { Resource } from '../../../contract/index.ts'
import { shown } from '../../text.ts'
import { stateToken } from '../../theme.ts'
import { listAge } from '../ages.ts'
import type { ScreenColumn } from '../layout.ts'

const LATEST = 'LATEST'
const OUT_OF_DATE = 'OUT-OF-DATE'
const SHORT_ID = 8

/** An id that fits as far as it goes: its beginning is what `ctl` and `:` take. */
const id = (text: string, width: number): string =>
  width >= text.length ? text : text.slice(0, Math.max(SHORT_ID, width))

/** When the oldest instance was booted. */
function bootedAt({ instances }: Resource): string | null {
  return instances.reduce<string | null>(
    (oldest, { booted_at: at }) => (at !== null && (oldest === null || at < oldest) ? at : oldest),
    null,
  )
}

function instances({ instances: list, required_instances: required }: Resource): string {
  const alive = list.filter((one) => one.alive === true).length
  const statuses = [...new Set(list.map(({ status }) => shown(status)))].join(',')
  return `${alive}/${required} ${statuses}`.trimEnd()
}

/** Resources, as the console lists them. */
export const resourceColumns: readonly ScreenColumn<Resource>[] = [
  {
    id: 'instance_state',
    header: 'STATE',
    min: 12,
    max: 12,
    rank: 0,
    cell: (r, { theme }) => `${theme.glyph(r.instance_state)} ${r.instance_state}`,
    token: (r) => stateToken(r.instance_state),
  },
  { id: 'name', header: 'NAME', min: 14, max: 48, grow: true, rank: 1, cell: (r) => shown(r.name) || '-' },
  { id: 'id', header: 'ID', min: 8, max: 36, rank: 2, cell: (r, { width }) => id(r.id, width) },
  { id: 'tenant_id', header: 'TENANT', min: 8, max: 32, rank: 3, cell: (r, { width }) => id(r.tenant_id, width) },
  { id: 'driver', header: 'DRIVER', min: 6, max: 12, rank: 13, cell: (r) => r.driver },
  { id: 'status', header: 'STATUS', min: 7, max: 8, rank: 12, cell: (r) => shown(r.status ?? '-') },
  { id: 'step', header: 'STEP', min: 17, max: 17, rank: 15, cell: (r) => r.step },
  {
    id: 'instances',
    header: 'INSTANCES',
    min: 10,
    max: 12,
    rank: 9,
    cell: instances,
    token: (r) => (r.instances.some((one) => one.alive === false) ? 'bad' : null),
  },
  {
    id: 'image_current',
    header: 'IMAGE',
    min: 11,
    max: 11,
    rank: 7,
    cell: (r) => (r.image_current === null ? '-' : r.image_current ? LATEST : OUT_OF_DATE),
    token: (r) => (r.image_current === false ? 'busy' : null),
  },
  {
    id: 'age',
    header: 'AGE',
    min: 5,
    max: 5,
    align: 'right',
    rank: 4,
    cell: (r, { now }) => listAge(bootedAt(r), now),
  },
  {
    id: 'last_event_at',
    header: 'EVENT',
    min: 5,
    max: 5,
    align: 'right',
    rank: 5,
    cell: (r, { now }) => listAge(r.last_event_at, now),
  },
  {
    id: 'last_event_type',
    header: 'EVENT TYPE',
    min: 10,
    max: 24,
    rank: 17,
    cell: (r) => shown(r.last_event_type ?? '-'),
  },
  {
    id: 'last_alive_at',
    header: 'ALIVE',
    min: 5,
    max: 5,
    align: 'right',
    rank: 6,
    cell: (r, { now }) => listAge(r.last_alive_at, now),
  },
  {
    id: 'queue',
    header: 'QUEUE',
    min: 5,
    max: 16,
    rank: 11,
    cell: (r) => (r.queue.length === 0 ? '-' : `${r.queue.length} ${r.queue.join(',')}`),
  },
  {
    id: 'attempts',
    header: 'TRIES',
    min: 5,
    max: 5,
    align: 'right',
    rank: 14,
    cell: (r) => String(r.attempts),
    token: (r) => (r.attempts > 0 ? 'busy' : null),
  },
  {
    id: 'debug',
    header: 'DEBUG',
    min: 8,
    max: 8,
    rank: 10,
    cell: (r) => r.debug?.scope ?? '-',
    token: (r) => (r.debug ? 'busy' : null),
  },
  {
    id: 'last_error',
    header: 'ERROR',
    min: 24,
    max: 120,
    grow: true,
    rank: 8,
    cell: (r) => (r.last_error === null ? '-' : shown(r.last_error.message)),
    token: (r) => (r.last_error ? 'bad' : null),
  },
  { id: 'networks', header: 'NETS', min: 4, max: 4, align: 'right', rank: 18, cell: (r) => String(r.networks) },
  { id: 'worker', header: 'WORKER', min: 8, max: 10, rank: 16, cell: (r) => shown(r.worker ?? '-') },
  { id: 'host', header: 'HOST', min: 8, max: 20, rank: 19, cell: (r) => shown(r.host) },
]
