/** What rows are sorted by; null (unknown) comes last in both directions. */
export type SortValue = string | number | null

export interface SortKey<T> {
  readonly value: (row: T) => SortValue
  readonly descending: boolean
}

interface Entry<T> {
  readonly id: string
  row: T
  values: readonly SortValue[]
  listed: boolean
}

/** Above this many changes at once sorting anew is cheaper than moving rows one by one. */
const MOVES_AT_ONCE = 256

function compareValues(a: SortValue, b: SortValue, descending: boolean): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b === descending ? 1 : -1
}

/**
 * Rows filtered and in order, kept so while they change: what a change costs depends on how much changed, not on how many rows there are.
 * Sort values are computed once for each version of a row. Equal rows stand in the order of their ids.
 */
export class OrderedRows<T> {
  readonly #entries = new Map<string, Entry<T>>()
  #order: Entry<T>[] = []
  #ids: string[] | null = []
  #keys: readonly SortKey<T>[] = []
  #accepts: (row: T) => boolean = () => true

  /** Ids of the listed rows, in order. The same array until something moves. */
  get ids(): readonly string[] {
    this.#ids ??= this.#order.map(({ id }) => id)
    return this.#ids
  }

  /** All rows, also those that the filter leaves out. */
  get total(): number {
    return this.#entries.size
  }

  get(id: string): T | undefined {
    return this.#entries.get(id)?.row
  }

  /** Whether the filter lets it through. */
  isListed(id: string): boolean {
    return this.#entries.get(id)?.listed === true
  }

  /** Sets order and filter, and applies both. */
  arrange(keys: readonly SortKey<T>[], accepts: (row: T) => boolean): void {
    this.#keys = keys
    this.#accepts = accepts
    for (const entry of this.#entries.values()) {
      entry.values = this.#valuesOf(entry.row)
      entry.listed = accepts(entry.row)
    }
    this.#sortAll()
  }

  /** Applies the filter again: of use when it depends on the time. */
  refilter(): void {
    let changed = false
    for (const entry of this.#entries.values()) {
      const listed = this.#accepts(entry.row)
      changed ||= listed !== entry.listed
      entry.listed = listed
    }
    if (changed) this.#sortAll()
  }

  /** Takes over the rows as they are now. A row counts as changed when it is another object. Returns whether anything changed. */
  update(rows: ReadonlyMap<string, T>): boolean {
    const changed: [id: string, row: T][] = []
    for (const [id, row] of rows) if (this.#entries.get(id)?.row !== row) changed.push([id, row])
    const gone = this.#entries.size + changed.length > rows.size ? this.#goneFrom(rows) : []
    if (changed.length === 0 && gone.length === 0) return false
    if (changed.length + gone.length > MOVES_AT_ONCE) this.#replaceMany(changed, gone)
    else this.#moveFew(changed, gone)
    return true
  }

  /** Takes over some rows as they are now: those of `ids` that `rows` has, changed or new, and those that it has no more. */
  updateSome(ids: Iterable<string>, rows: ReadonlyMap<string, T>): void {
    const changed: [id: string, row: T][] = []
    const gone: Entry<T>[] = []
    for (const id of ids) {
      const row = rows.get(id)
      const entry = this.#entries.get(id)
      if (row !== undefined && entry?.row !== row) changed.push([id, row])
      else if (row === undefined && entry !== undefined) gone.push(entry)
    }
    if (changed.length + gone.length > MOVES_AT_ONCE) this.#replaceMany(changed, gone)
    else this.#moveFew(changed, gone)
  }

  #goneFrom(rows: ReadonlyMap<string, T>): Entry<T>[] {
    return [...this.#entries.values()].filter(({ id }) => !rows.has(id))
  }

  #replaceMany(changed: readonly (readonly [string, T])[], gone: readonly Entry<T>[]): void {
    for (const { id } of gone) this.#entries.delete(id)
    for (const [id, row] of changed) {
      this.#entries.set(id, { id, row, values: this.#valuesOf(row), listed: this.#accepts(row) })
    }
    this.#sortAll()
  }

  #moveFew(changed: readonly (readonly [string, T])[], gone: readonly Entry<T>[]): void {
    for (const entry of gone) {
      this.#takeOut(entry)
      this.#entries.delete(entry.id)
    }
    for (const [id, row] of changed) {
      const entry = this.#entries.get(id)
      const values = this.#valuesOf(row)
      const listed = this.#accepts(row)
      if (entry === undefined) {
        const fresh = { id, row, values, listed }
        this.#entries.set(id, fresh)
        this.#putIn(fresh)
        continue
      }
      const stays = entry.listed === listed && values.every((value, i) => value === entry.values[i])
      if (!stays) this.#takeOut(entry)
      entry.row = row
      entry.values = values
      entry.listed = listed
      if (!stays) this.#putIn(entry)
    }
  }

  #valuesOf(row: T): readonly SortValue[] {
    return this.#keys.map(({ value }) => value(row))
  }

  #compare = (a: Entry<T>, b: Entry<T>): number => {
    for (const [i, { descending }] of this.#keys.entries()) {
      const result = compareValues(a.values[i] ?? null, b.values[i] ?? null, descending)
      if (result !== 0) return result
    }
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
  }

  #sortAll(): void {
    this.#order = [...this.#entries.values()].filter(({ listed }) => listed).sort(this.#compare)
    this.#ids = null
  }

  /** Where an entry stands, or would stand. */
  #position(entry: Entry<T>): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#order[middle]
      if (other !== undefined && this.#compare(other, entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #takeOut(entry: Entry<T>): void {
    if (!entry.listed) return
    this.#order.splice(this.#position(entry), 1)
    this.#ids = null
  }

  #putIn(entry: Entry<T>): void {
    if (!entry.listed) return
    this.#order.splice(this.#position(entry), 0, entry)
    this.#ids = null
  }
}
