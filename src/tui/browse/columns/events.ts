import { describeEntry } from '../../components/timeline-entry.ts'
import { textOf } from '../../line.ts'
import { shown } from '../../text.ts'
import { timeOfDay } from '../ages.ts'
import type { ScreenColumn } from '../layout.ts'
import type { LoggedEvent } from '../live-data.ts'

/** An event and what its resource is called. */
export interface EventRow extends LoggedEvent {
  readonly name: string
}

const isTrouble = ({ entry }: EventRow): boolean =>
  entry.type === 'error' ||
  (entry.type === 'step' && entry.result === 'failed') ||
  (entry.type === 'config' && entry.result !== 'accepted') ||
  (entry.type === 'state' && (entry.to === 'error' || entry.to === 'down'))

/** What happened, as the console lists it. */
export const eventColumns: readonly ScreenColumn<EventRow>[] = [
  { id: 'at', header: 'TIME (UTC)', min: 12, max: 12, rank: 0, cell: (e) => timeOfDay(e.entry.at) },
  {
    id: 'name',
    header: 'RESOURCE',
    min: 12,
    max: 28,
    rank: 2,
    cell: (e) => shown(e.name) || e.resource_id.slice(0, 8),
  },
  { id: 'resource_id', header: 'ID', min: 8, max: 8, rank: 3, cell: (e) => e.resource_id.slice(0, 8) },
  {
    id: 'what',
    header: 'WHAT',
    min: 20,
    max: 200,
    grow: true,
    rank: 1,
    cell: (e, { theme }) => textOf(describeEntry(e.entry, theme)),
    token: (e) => (isTrouble(e) ? 'bad' : e.entry.type === 'state' || e.entry.type === 'command' ? 'strong' : null),
  },
]
