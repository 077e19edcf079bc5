import type { Worker } from '../contract/index.ts'
import type { ColumnSet } from './columns.ts'

/** Worker processes, as `ctl workers debug` prints them. */
export const workerColumns: ColumnSet<Worker> = {
  noun: 'workers',
  name: (w) => w.name,
  columns: [
    { id: 'name', kind: 'text', value: (w) => w.name },
    {
      id: 'pid',
      kind: 'number',
      value: (w) => w.pid,
      tone: (w) => (w.pid === null ? 'bad' : null),
    },
    { id: 'since', header: 'UP', kind: 'time', value: (w) => w.since },
    { id: 'resources', kind: 'number', value: (w) => w.resources },
    { id: 'queued', kind: 'number', value: (w) => w.queued },
    { id: 'running', kind: 'number', value: (w) => w.running.length },
    { id: 'rss_bytes', header: 'RSS', aliases: ['rss'], kind: 'bytes', value: (w) => w.rss_bytes },
    { id: 'heap_bytes', header: 'HEAP', aliases: ['heap'], kind: 'bytes', value: (w) => w.heap_bytes },
    { id: 'event_loop_p99_ms', header: 'LOOP P99 MS', kind: 'number', value: (w) => w.event_loop_p99_ms },
    {
      id: 'restarts',
      kind: 'number',
      value: (w) => w.restarts,
      tone: (w) => (w.restarts > 0 ? 'warn' : null),
    },
  ],
}

/** What a worker is working on now. */
export interface RunningPass {
  readonly worker: string
  readonly resource_id: string
  readonly step: string
  readonly since: string
}

export const runningColumns: ColumnSet<RunningPass> = {
  noun: 'running passes',
  name: (p) => p.resource_id,
  columns: [
    { id: 'worker', kind: 'text', value: (p) => p.worker },
    { id: 'resource_id', header: 'RUNNING', kind: 'id', value: (p) => p.resource_id },
    { id: 'step', kind: 'text', value: (p) => p.step },
    { id: 'since', header: 'FOR', kind: 'time', value: (p) => p.since },
  ],
}
