import type { ServiceName } from './http/types.ts'

/** One request the cloud was asked. RPC calls stand in it as service `neutron-rpc`, their topic as path. */
export interface JournalEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly service: ServiceName | 'neutron-rpc'
  readonly method: string
  /** Path template, e.g. `/v2.0/ports/{id}`; `(unknown)` when no route matched. */
  readonly path: string
  /** HTTP status; null when nothing was answered (a fault hung or dropped it). RPC: 200, or 500 for a failure. */
  readonly status: number | null
  readonly userAgent: string
  readonly durationMs: number
}

/** What to count; what is left out matches anything. */
export type JournalFilter = Partial<Pick<JournalEntry, 'service' | 'method' | 'path' | 'status' | 'userAgent'>>

interface Counter {
  readonly key: Required<JournalFilter>
  count: number
}

const KEEP = 10_000
const MAX_COUNTERS = 5_000

/** Bounded record of requests: the last 10,000 in full, and exact counts of all since the last clear. */
export class Journal {
  #entries: JournalEntry[] = []
  #next = 0
  readonly #counters = new Map<string, Counter>()

  add(entry: JournalEntry): void {
    if (this.#entries.length < KEEP) this.#entries.push(entry)
    else this.#entries[this.#next] = entry
    this.#next = (this.#next + 1) % KEEP
    const { service, method, path, status } = entry
    let { userAgent } = entry
    let id = `${service} ${method} ${path} ${status} ${userAgent}`
    if (!this.#counters.has(id) && this.#counters.size >= MAX_COUNTERS) {
      userAgent = '(other)'
      id = `${service} ${method} ${path} ${status} ${userAgent}`
    }
    const counter = this.#counters.get(id)
    if (counter) counter.count += 1
    else this.#counters.set(id, { key: { service, method, path, status, userAgent }, count: 1 })
  }

  /** How many requests since the last clear match. */
  count(filter: JournalFilter = {}): number {
    const wanted = Object.entries(filter) as [keyof JournalFilter, unknown][]
    let sum = 0
    for (const { key, count } of this.#counters.values()) {
      if (wanted.every(([field, value]) => key[field] === value)) sum += count
    }
    return sum
  }

  /** The last entries, oldest first. */
  entries(): readonly JournalEntry[] {
    if (this.#entries.length < KEEP) return [...this.#entries]
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)]
  }

  /** Counts by service, method and path. */
  summary(): readonly { service: string; method: string; path: string; count: number }[] {
    const sums = new Map<string, { service: string; method: string; path: string; count: number }>()
    for (const { key, count } of this.#counters.values()) {
      const id = `${key.service} ${key.method} ${key.path}`
      const sum = sums.get(id) ?? { service: key.service, method: key.method, path: key.path, count: 0 }
      sum.count += count
      sums.set(id, sum)
    }
    return [...sums.values()].sort((a, b) => b.count - a.count)
  }

  clear(): void {
    this.#entries = []
    this.#next = 0
    this.#counters.clear()
  }
}
