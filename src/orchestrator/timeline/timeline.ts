import type { TimelineEntry } from '../../contract/index.ts'
import { pack, unpack } from './packed-json.ts'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** An entry without its number and time. */
export type EntryDraft = DistributiveOmit<TimelineEntry, 'seq' | 'at'>
/** An entry as it is kept: its time a number. */
export type StoredEntry = EntryDraft & { readonly seq: number; readonly at: number }

/** Entries kept as objects before older ones are packed. */
const OPEN_MOST = 64
/** Fewer than this are not worth packing. */
const PACK_LEAST = 8

interface Packed {
  readonly count: number
  readonly text: string
}

/** An entry as the outside sees it. */
export const shown = (entry: StoredEntry): TimelineEntry =>
  ({ ...entry, at: new Date(entry.at).toISOString() }) as TimelineEntry

/**
 * What happened to one resource: the last so many entries. Old entries are kept packed, so that a full timeline costs a few KB and an
 * empty one almost nothing.
 */
export class Timeline {
  readonly #limit: number
  #packed: Packed[] = []
  #open: StoredEntry[] = []
  #size = 0
  #seq: number

  /** Numbers begin after `firstSeq`. */
  constructor(limit: number, firstSeq = 0) {
    this.#limit = limit
    this.#seq = firstSeq
  }

  /** Entries that `entries()` answers. */
  get length(): number {
    return Math.min(this.#size, this.#limit)
  }

  add(draft: EntryDraft, at: number): StoredEntry {
    const entry = { seq: ++this.#seq, at, ...draft } as StoredEntry
    this.#open.push(entry)
    this.#size++
    if (this.#open.length > OPEN_MOST) this.#packOldest(OPEN_MOST / 2)
    this.#trim()
    return entry
  }

  /**
   * A look that found nothing to do. Looks of the same cause in a row, others that found nothing among them, are one entry: the answer is
   * that entry as it now stands.
   */
  unchanged(cause: string, at: number): StoredEntry {
    const last_at = new Date(at).toISOString()
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const entry = this.#open[i]
      if (entry?.type !== 'unchanged') break
      if (entry.cause !== cause) continue
      const next = { ...entry, count: entry.count + 1, last_at }
      this.#open[i] = next
      return next
    }
    return this.add({ type: 'unchanged', cause, count: 1, last_at }, at)
  }

  /** Packs what is unlikely to be asked for soon. Called when nothing has happened for a while. */
  rest(): void {
    let keep = 0
    while (this.#open.at(-1 - keep)?.type === 'unchanged') keep++
    if (this.#open.length - keep >= PACK_LEAST) this.#packOldest(this.#open.length - keep)
  }

  /** Oldest first. */
  entries(): TimelineEntry[] {
    const old = this.#packed.flatMap(({ text }) => unpack(text) as StoredEntry[])
    return [...old, ...this.#open].slice(-this.#limit).map(shown)
  }

  #packOldest(count: number): void {
    const oldest = this.#open.slice(0, count)
    this.#open = this.#open.slice(count)
    this.#packed.push({ count: oldest.length, text: pack(oldest) })
  }

  #trim(): void {
    for (let oldest = this.#packed[0]; oldest && this.#size - oldest.count >= this.#limit; oldest = this.#packed[0]) {
      this.#packed.shift()
      this.#size -= oldest.count
    }
    if (this.#packed.length === 0 && this.#open.length > this.#limit) {
      this.#size -= this.#open.splice(0, this.#open.length - this.#limit).length
    }
  }
}
