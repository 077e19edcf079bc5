/** Anything the table can hold. */
export interface Row {
  readonly id: string
}

/** Which values of a row are looked up; a row may have several values in one index (fixed addresses). */
export type IndexSpec<T> = Readonly<Record<string, (row: T) => readonly string[]>>

function position(sorted: readonly string[], id: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') < id) low = middle + 1
    else high = middle
  }
  return low
}

/** Rows by id, kept in the order of their ids (Neutron's default order), with secondary indexes. */
export class Table<T extends Row> {
  readonly #rows = new Map<string, T>()
  #sorted: string[] = []
  /** Ids put since the order was last needed: sorted in one go, so that seeding stays fast. */
  #unsorted = 0
  readonly #spec: IndexSpec<T>
  readonly #indexes = new Map<string, Map<string, Set<T>>>()
  /** Under which keys each row stands now, so that a changed row can be taken out again. */
  readonly #keys = new Map<T, Map<string, readonly string[]>>()

  constructor(spec: IndexSpec<T>) {
    this.#spec = spec
    for (const name of Object.keys(spec)) this.#indexes.set(name, new Map())
  }

  get size(): number {
    return this.#rows.size
  }

  get(id: string): T | undefined {
    return this.#rows.get(id)
  }

  /** Adds a row, or brings the indexes up to date after the row changed. */
  put(row: T): void {
    if (!this.#rows.has(row.id)) {
      this.#rows.set(row.id, row)
      this.#sorted.push(row.id)
      this.#unsorted += 1
    }
    this.#unindex(row)
    const keys = new Map<string, readonly string[]>()
    for (const [name, keysOf] of Object.entries(this.#spec)) {
      const values = keysOf(row)
      keys.set(name, values)
      const index = this.#indexes.get(name)
      for (const value of values) {
        const rows = index?.get(value)
        if (rows) rows.add(row)
        else index?.set(value, new Set([row]))
      }
    }
    this.#keys.set(row, keys)
  }

  delete(id: string): T | undefined {
    const row = this.#rows.get(id)
    if (!row) return undefined
    this.#order()
    this.#unindex(row)
    this.#keys.delete(row)
    this.#rows.delete(id)
    this.#sorted.splice(position(this.#sorted, id), 1)
    return row
  }

  /** Rows whose index `name` holds `value`, in no particular order. */
  by(name: string, value: string): readonly T[] {
    return [...(this.#indexes.get(name)?.get(value) ?? [])]
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name)
  }

  countBy(name: string, value: string): number {
    return this.#indexes.get(name)?.get(value)?.size ?? 0
  }

  /** All rows by ascending id; from after `marker` when given. */
  *ordered(marker?: string): Generator<T> {
    this.#order()
    let index = marker === undefined ? 0 : position(this.#sorted, marker)
    if (marker !== undefined && this.#sorted[index] === marker) index += 1
    for (; index < this.#sorted.length; index += 1) {
      const row = this.#rows.get(this.#sorted[index] ?? '')
      if (row) yield row
    }
  }

  values(): IterableIterator<T> {
    return this.#rows.values()
  }

  #order(): void {
    if (this.#unsorted === 0) return
    this.#sorted.sort()
    this.#unsorted = 0
  }

  #unindex(row: T): void {
    const keys = this.#keys.get(row)
    if (!keys) return
    for (const [name, values] of keys) {
      const index = this.#indexes.get(name)
      for (const value of values) {
        const rows = index?.get(value)
        rows?.delete(row)
        if (rows?.size === 0) index?.delete(value)
      }
    }
  }
}
