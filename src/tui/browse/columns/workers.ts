import type { Worker } from '../../../contract/index.ts'
import { shown } from '../../text.ts'
import { listAge } from '../ages.ts'
import type { ScreenColumn } from '../layout.ts'

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}M`

/** What a worker is doing now, the longest first. */
function running({ running: passes }: Worker, now: number): string {
  const oldest = [...passes].sort((a, b) => (a.since < b.since ? -1 : 1))
  return oldest.map((p) => `${p.resource_id.slice(0, 8)} ${p.step} ${listAge(p.since, now)}`).join(', ') || '-'
}

/** Worker processes, as the console lists them. */
export const workerColumns: readonly ScreenColumn<Worker>[] = [
  { id: 'name', header: 'NAME', min: 8, max: 20, rank: 0, cell: (w) => shown(w.name) },
  {
    id: 'pid',
    header: 'PID',
    min: 7,
    max: 7,
    align: 'right',
    rank: 1,
    cell: (w) => (w.pid === null ? 'gone' : String(w.pid)),
    token: (w) => (w.pid === null ? 'bad' : null),
  },
  { id: 'since', header: 'UP', min: 5, max: 5, align: 'right', rank: 3, cell: (w, { now }) => listAge(w.since, now) },
  { id: 'resources', header: 'RESOURCES', min: 9, max: 9, align: 'right', rank: 2, cell: (w) => String(w.resources) },
  { id: 'queued', header: 'QUEUED', min: 6, max: 6, align: 'right', rank: 4, cell: (w) => String(w.queued) },
  { id: 'busy', header: 'BUSY', min: 4, max: 4, align: 'right', rank: 5, cell: (w) => String(w.running.length) },
  { id: 'rss_bytes', header: 'RSS', min: 6, max: 6, align: 'right', rank: 6, cell: (w) => megabytes(w.rss_bytes) },
  { id: 'heap_bytes', header: 'HEAP', min: 6, max: 6, align: 'right', rank: 10, cell: (w) => megabytes(w.heap_bytes) },
  {
    id: 'event_loop_p99_ms',
    header: 'LOOP P99',
    min: 8,
    max: 8,
    align: 'right',
    rank: 7,
    cell: (w) => `${Math.round(w.event_loop_p99_ms)} ms`,
    token: (w) => (w.event_loop_p99_ms > 250 ? 'busy' : null),
  },
  {
    id: 'restarts',
    header: 'RESTARTS',
    min: 8,
    max: 8,
    align: 'right',
    rank: 8,
    cell: (w) => String(w.restarts),
    token: (w) => (w.restarts > 0 ? 'busy' : null),
  },
  { id: 'running', header: 'RUNNING', min: 10, max: 200, grow: true, rank: 9, cell: (w, { now }) => running(w, now) },
]
