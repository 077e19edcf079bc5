import type { Resource } from '../../contract/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import { NO_FILTER, type ResourceFilter } from '../filter/filter.ts'
import { compareSorted, parseSort, type SortOrder, type SortValues, sortValues } from '../filter/sort.ts'
import { Snapshots } from './snapshots.ts'

/** What a view shows. */
export interface ViewSnapshot {
  /** Those that the filter lets through, in order. */
  readonly rows: readonly Resource[]
  /** All there are. */
  readonly total: number
}

interface Row {
  readonly id: string
  readonly resource: Resource
  readonly values: SortValues
}

export interface ViewOptions {
  readonly clock: Clock
  readonly intervalMs: number
  readonly filter?: ResourceFilter
  readonly sort?: SortOrder
}

/** A filter that looks at the time is applied anew so often. */
const RECHECK_MS = 1_000

/**
 * Resources filtered and sorted, kept so while they change: a change costs a binary search, not a sort. Ids decide between equals, so rows
 * never swap places for no reason.
 */
export class ResourceView {
  readonly #clock: Clock
  readonly #snapshots: Snapshots<ViewSnapshot>
  readonly #all = new Map<string, Resource>()
  readonly #shown = new Map<string, Row>()
  #rows: Row[] = []
  #filter: ResourceFilter
  #sort: SortOrder
  #timer: Timer | null = null
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => ViewSnapshot

  constructor({ clock, intervalMs, filter = NO_FILTER, sort = parseSort('') }: ViewOptions) {
    this.#clock = clock
    this.#filter = filter
    this.#sort = sort
    this.#snapshots = new Snapshots(clock, intervalMs, () => ({
      rows: this.#rows.map((row) => row.resource),
      total: this.#all.size,
    }))
    this.subscribe = this.#snapshots.subscribe
    this.getSnapshot = this.#snapshots.getSnapshot
    this.#armRecheck()
  }

  /** Takes everything anew. */
  reset(resources: Iterable<Resource>): void {
    this.#all.clear()
    for (const resource of resources) this.#all.set(resource.id, resource)
    this.#rebuild()
  }

  put(resource: Resource): void {
    this.#all.set(resource.id, resource)
    this.#place(resource)
    this.#snapshots.touch()
  }

  remove(id: string): void {
    if (!this.#all.delete(id)) return
    this.#take(id)
    this.#snapshots.touch()
  }

  arrange(arrangement: { readonly filter?: ResourceFilter; readonly sort?: SortOrder }): void {
    this.#filter = arrangement.filter ?? this.#filter
    this.#sort = arrangement.sort ?? this.#sort
    this.#rebuild()
    this.#armRecheck()
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #place(resource: Resource): void {
    const { id } = resource
    const before = this.#shown.get(id)
    const fits = this.#filter.matches(resource, this.#clock.now())
    if (!fits) {
      if (before) this.#take(id)
      return
    }
    const row: Row = { id, resource, values: sortValues(this.#sort, resource) }
    const stays = before && row.values.every((value, i) => value === before.values[i])
    this.#shown.set(id, row)
    if (stays) {
      this.#rows[this.#find(before)] = row
      return
    }
    if (before) this.#rows.splice(this.#find(before), 1)
    this.#rows.splice(this.#find(row), 0, row)
  }

  #take(id: string): void {
    const row = this.#shown.get(id)
    if (!row) return
    this.#rows.splice(this.#find(row), 1)
    this.#shown.delete(id)
  }

  /** Where the row is, or belongs. */
  #find(row: Row): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#rows[middle]
      if (other && compareSorted(this.#sort, other, row) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #rebuild(): void {
    const now = this.#clock.now()
    this.#shown.clear()
    for (const resource of this.#all.values()) {
      if (!this.#filter.matches(resource, now)) continue
      const { id } = resource
      this.#shown.set(id, { id, resource, values: sortValues(this.#sort, resource) })
    }
    this.#rows = [...this.#shown.values()].sort((a, b) => compareSorted(this.#sort, a, b))
    this.#snapshots.touch()
  }

  #armRecheck(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (!this.#filter.timeDependent) return
    this.#timer = this.#clock.after(
      RECHECK_MS,
      () => {
        this.#rebuild()
        this.#armRecheck()
      },
      { unref: true },
    )
  }
}
