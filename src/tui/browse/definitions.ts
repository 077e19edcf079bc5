import { parseFilter, parseSort, sortValues } from '../../client/index.ts'
import type { Resource, Worker } from '../../contract/index.ts'
import { AstaraError } from '../../shared/index.ts'
import { describeEntry } from '../components/timeline-entry.ts'
import { textOf } from '../line.ts'
import { themeOf } from '../theme.ts'
import { type EventRow, eventColumns } from './columns/events.ts'
import { resourceColumns } from './columns/resources.ts'
import { tenantColumns } from './columns/tenants.ts'
import { workerColumns } from './columns/workers.ts'
import type { ScreenColumn } from './layout.ts'
import type { ListDefinition, ParsedFilter } from './list-pane.ts'
import type { SortValue } from './ordered-rows.ts'
import type { TenantRow } from './tenants.ts'

/** Resources are filtered and sorted by the client's grammar, the same as `ctl --filter`. */
export const resourceList: ListDefinition<Resource> = {
  noun: 'resources',
  columns: resourceColumns,
  sortValue(column) {
    const order = parseSort(column)
    return (resource) => sortValues(order, resource)[0] ?? null
  },
  parseFilter(text, now) {
    try {
      const { matches, timeDependent } = parseFilter(text)
      return { accepts: (resource) => matches(resource, now), byTime: timeDependent }
    } catch (error) {
      // A filter that is still being typed is wrong most of the time: the one before stays in force.
      if (!(error instanceof AstaraError)) throw error
      return { problem: error.message.replace(/^filter: /, '') }
    }
  },
  toJson: (resource) => resource,
}

/** Words that must all (with `!`: must not) stand somewhere in the row; `key:word` in that column. */
function wordFilter<T>(columns: readonly ScreenColumn<T>[], text: string): ParsedFilter<T> {
  const context = { now: 0, theme: themeOf('mono'), width: 200 }
  const cells = (row: T): Map<string, string> =>
    new Map(columns.map((column) => [column.id, column.cell(row, context).toLowerCase()]))
  const tests = text
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '')
    .map((term) => {
      const negated = term.startsWith('!') && term.length > 1
      const word = negated ? term.slice(1) : term
      const [, key, value] = /^([a-z_]+):(.*)$/.exec(word) ?? []
      const ofColumn = columns.find(({ id, header }) => id === key || header.toLowerCase() === key)
      const found = (row: Map<string, string>): boolean =>
        ofColumn === undefined
          ? [...row.values()].some((cell) => cell.includes(word))
          : (row.get(ofColumn.id)?.includes(value ?? '') ?? false)
      return (row: Map<string, string>): boolean => found(row) !== negated
    })
  return {
    byTime: false,
    accepts: (row) => {
      if (tests.length === 0) return true
      const texts = cells(row)
      return tests.every((test) => test(texts))
    },
  }
}

const instant = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso))

export const workerList: ListDefinition<Worker> = {
  noun: 'workers',
  columns: workerColumns,
  sortValue:
    (column) =>
    (w): SortValue => {
      switch (column) {
        case 'busy':
        case 'running':
          return w.running.length
        case 'since':
          return instant(w.since)
        case 'name':
        case 'pid':
        case 'resources':
        case 'queued':
        case 'rss_bytes':
        case 'heap_bytes':
        case 'event_loop_p99_ms':
        case 'restarts':
          return w[column]
        default:
          return null
      }
    },
  parseFilter: (text) => wordFilter(workerColumns, text),
  toJson: (worker) => worker,
}

export const tenantList: ListDefinition<TenantRow> = {
  noun: 'tenants',
  columns: tenantColumns,
  sortValue:
    (column) =>
    (t): SortValue => {
      switch (column) {
        case 'resources':
        case 'trouble':
          return t[column]
        case 'debug':
          return t.debug?.scope ?? null
        case 'since':
          return instant(t.debug?.since ?? null)
        case 'reason':
          return t.debug?.reason ?? null
        case 'states':
          return t.trouble
        default:
          return t.id
      }
    },
  parseFilter: (text) => wordFilter(tenantColumns, text),
  toJson: (tenant) => tenant,
}

const mono = themeOf('mono')

export const eventList: ListDefinition<EventRow> = {
  noun: 'events',
  columns: eventColumns,
  sortValue:
    (column) =>
    (e): SortValue => {
      switch (column) {
        case 'name':
          return e.name.toLowerCase()
        case 'resource_id':
          return e.resource_id
        case 'what':
          return textOf(describeEntry(e.entry, mono))
        default:
          return instant(e.entry.at)
      }
    },
  parseFilter: (text) => wordFilter(eventColumns, text),
  toJson: ({ resource_id, entry }) => ({ resource_id, entry }),
}
