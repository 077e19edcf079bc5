import type { StreamEvent } from '../../../contract/index.ts'

/** Whose event it is, for filters. */
export interface Owner {
  readonly id: string
  readonly tenantId: string
  readonly driver: string
}

/** An event with its place, and as it goes out on the wire. */
export interface LogEntry {
  readonly seq: number
  readonly id: string
  readonly key: string
  readonly event: StreamEvent
  readonly owner: Owner | null
  readonly frame: string
}

export interface EventLogLimits {
  readonly maxEvents: number
  /** Of the wire form. */
  readonly maxBytes: number
}

/** One server-sent event. */
export function frameOf(id: string, { type, ...data }: StreamEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * The last events, in order, within limits. An event takes the place of an older one with the same key (a resource's change that of its
 * change before), so that whoever comes late sees the newest of each and nothing twice. Ids name the life of this process and a place.
 */
export class EventLog {
  readonly #epoch: string
  readonly #limits: EventLogLimits
  /** From `#base` on; null where an event was replaced by a newer one. */
  #slots: (LogEntry | null)[] = []
  #base = 1
  #last = 0
  #lost = 0
  #count = 0
  #bytes = 0
  readonly #newest = new Map<string, LogEntry>()

  constructor(epoch: string, limits: EventLogLimits) {
    this.#epoch = epoch
    this.#limits = limits
  }

  /** Place of the newest event. */
  get last(): number {
    return this.#last
  }

  /** Whoever has not seen everything up to here has lost something. */
  get lost(): number {
    return this.#lost
  }

  get size(): { readonly events: number; readonly bytes: number } {
    return { events: this.#count, bytes: this.#bytes }
  }

  idOf(seq: number): string {
    return `${this.#epoch}.${seq}`
  }

  /** The place that an id names; null: none of this life, or nothing of ours. */
  seqOf(id: string): number | null {
    const [epoch, digits, ...rest] = id.split('.')
    if (epoch !== this.#epoch || rest.length > 0 || !/^\d{1,15}$/.test(digits ?? '')) return null
    const seq = Number(digits)
    return seq <= this.#last ? seq : null
  }

  append(key: string, event: StreamEvent, owner: Owner | null): void {
    const seq = ++this.#last
    const id = this.idOf(seq)
    const entry: LogEntry = { seq, id, key, event, owner, frame: frameOf(id, event) }
    const before = this.#newest.get(key)
    if (before) {
      this.#slots[before.seq - this.#base] = null
      this.#forget(before)
    }
    this.#slots.push(entry)
    this.#newest.set(key, entry)
    this.#count++
    this.#bytes += entry.frame.length
    this.#trim()
  }

  /** Something happened that nobody is interested in: it is not kept, and neither is what was before. */
  skip(): void {
    this.#last++
    this.#lost = this.#last
    if (this.#slots.length > 0) {
      this.#slots = []
      this.#newest.clear()
      this.#count = 0
      this.#bytes = 0
    }
    this.#base = this.#last + 1
  }

  /** The first event after this place, or null. */
  after(seq: number): LogEntry | null {
    for (let i = Math.max(0, seq + 1 - this.#base); i < this.#slots.length; i++) {
      const entry = this.#slots[i]
      if (entry) return entry
    }
    return null
  }

  #forget(entry: LogEntry): void {
    this.#newest.delete(entry.key)
    this.#count--
    this.#bytes -= entry.frame.length
  }

  #trim(): void {
    const { maxEvents, maxBytes } = this.#limits
    let cut = 0
    const tooMuch = (): boolean =>
      this.#count > maxEvents || this.#bytes > maxBytes || this.#slots.length - cut > 4 * maxEvents
    while (cut < this.#slots.length && (this.#slots[cut] === null || tooMuch())) {
      const entry = this.#slots[cut]
      if (entry) {
        this.#forget(entry)
        this.#lost = entry.seq
        this.#slots[cut] = null
      }
      cut++
    }
    // Emptied places at the front are cut off now and then, not one by one.
    if (cut > 0 && (cut >= 1024 || cut * 2 >= this.#slots.length)) {
      this.#slots = this.#slots.slice(cut)
      this.#base += cut
    }
  }
}
