import type { ConfigChange, TimelineEntry } from '../contract/index.ts'
import type { ColumnSet } from './columns.ts'
import { entryText, entryTone } from './timeline-text.ts'

/** What happened to a resource, as `ctl resource timeline` prints it. */
export const timelineColumns: ColumnSet<TimelineEntry> = {
  noun: 'entries',
  name: (e) => String(e.seq),
  columns: [
    { id: 'seq', kind: 'number', value: (e) => e.seq, wide: true },
    { id: 'at', kind: 'moment', value: (e) => e.at },
    { id: 'type', kind: 'text', value: (e) => e.type },
    { id: 'what', kind: 'text', value: entryText, tone: entryTone },
    {
      id: 'duration_ms',
      kind: 'number',
      value: (e) => ('duration_ms' in e ? Math.round(e.duration_ms) : null),
      wide: true,
    },
  ],
}

const inline = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

/** Where two configurations differ. */
export const changeColumns: ColumnSet<ConfigChange> = {
  noun: 'changes',
  name: (c) => c.path,
  columns: [
    {
      id: 'change',
      kind: 'text',
      value: (c) => c.change,
      tone: (c) => (c.change === 'added' ? 'ok' : c.change === 'removed' ? 'bad' : 'warn'),
    },
    { id: 'path', kind: 'text', value: (c) => c.path || 'everything' },
    { id: 'before', kind: 'text', value: (c) => inline(c.before) },
    { id: 'after', kind: 'text', value: (c) => inline(c.after) },
  ],
}
