import type { ChangesAnswer, Resource, StreamEvent } from '../../../contract/index.ts'
import { AstaraError, type Clock } from '../../../shared/index.ts'
import type { Change } from '../port.ts'
import { EventLog, type EventLogLimits, type Owner } from './event-log.ts'
import { Reader, type StreamReader, type StreamSink } from './reader.ts'
import { Selection, type StreamFilter, wantsTimelines } from './selection.ts'
import { TimelineInterest } from './timeline-interest.ts'

export interface StreamHubOptions {
  readonly clock: Clock
  /** Names this life of the process in ids; another one's ids mean nothing here. */
  readonly epoch: string
  readonly revision: () => number
  readonly resources: () => Iterable<Resource>
  readonly watchTimelines: (watch: { readonly all: boolean; readonly ids: readonly string[] }) => void
  readonly limits?: Partial<EventLogLimits>
  /** Default 256. */
  readonly maxReaders?: number
  /** Between signs of life to readers that hear nothing else. Default 15,000. */
  readonly heartbeatMs?: number
}

const DEFAULT_LIMITS: EventLogLimits = { maxEvents: 20_000, maxBytes: 32 * 1024 * 1024 }
const HEARTBEAT_MS = 15_000
const MAX_READERS = 256
/** Without readers nothing is written down; one that lost its connection finds everything if it is back within this time. */
const LINGER_MS = 60_000
const PAGE = 500

/**
 * Hands changes to readers. All of them read from one bounded log, each at its own pace: what a slow one has not read yet is not kept for
 * it, but coalesces in the log, and if even that moves on without it, it is told to list again (`resync`).
 */
export class StreamHub {
  readonly #o: StreamHubOptions
  readonly #log: EventLog
  readonly #readers = new Set<Reader>()
  readonly #timelines: TimelineInterest
  #keepUntil = Number.NEGATIVE_INFINITY
  #planned = false
  #entries = 0
  #closed = false

  constructor(options: StreamHubOptions) {
    this.#o = options
    this.#log = new EventLog(options.epoch, { ...DEFAULT_LIMITS, ...options.limits })
    this.#timelines = new TimelineInterest(options.clock, options.watchTimelines)
  }

  /** How many read now, and what is kept for them. */
  get size(): { readonly readers: number; readonly events: number; readonly bytes: number } {
    return { readers: this.#readers.size, ...this.#log.size }
  }

  publish(change: Change): void {
    if (this.#readers.size === 0 && this.#o.clock.monotonic() > this.#keepUntil) {
      this.#log.skip()
      return
    }
    const { key, event, owner } = describe(change, () => ++this.#entries)
    this.#log.append(key, event, owner)
    this.#planFlush()
  }

  /**
   * Begins to read, or goes on after `lastEventId`.
   *
   * @throws AstaraError `unavailable` when there are too many readers, or the orchestrator is leaving
   */
  open(filter: StreamFilter, lastEventId: string | null, sink: StreamSink): StreamReader {
    const { clock, maxReaders = MAX_READERS, heartbeatMs = HEARTBEAT_MS } = this.#o
    if (this.#closed) throw new AstaraError('unavailable', 'the orchestrator is shutting down')
    if (this.#readers.size >= maxReaders) {
      throw new AstaraError('unavailable', `there are ${maxReaders} readers of the stream already`)
    }
    const { cursor, lost } = this.#place(filter, lastEventId)
    const goesOn = lastEventId !== null && !lost
    const reader = new Reader({
      log: this.#log,
      sink,
      cursor,
      selection: new Selection(filter, goesOn ? null : this.#o.resources()),
      resync: (reason) => this.#resync(reason),
      clock,
      heartbeatMs,
      endInterest: wantsTimelines(filter) ? this.#timelines.begin(filter.id, this.#log.last) : () => {},
      onClosed: () => {
        this.#readers.delete(reader)
        this.#keepUntil = clock.monotonic() + LINGER_MS
      },
    })
    this.#readers.add(reader)
    reader.begin(lost ? 'what came after that event is not known here any more' : null)
    return reader
  }

  /** One page, for readers that ask again and again. */
  page(filter: StreamFilter, since: string | null): ChangesAnswer {
    this.#keepUntil = this.#o.clock.monotonic() + LINGER_MS
    const { cursor, lost } = this.#place(filter, since)
    if (wantsTimelines(filter)) this.#timelines.begin(filter.id, this.#log.last)()
    if (since === null || lost) {
      const next = this.#log.idOf(this.#log.last)
      const event = this.#resync('what came after that event is not known here any more')
      return { items: lost ? [{ id: next, event }] : [], next }
    }
    const selection = new Selection(filter, null)
    const items: ChangesAnswer['items'] = []
    let at = cursor
    for (let entry = this.#log.after(at); entry && items.length < PAGE; entry = this.#log.after(at)) {
      at = entry.seq
      const picked = selection.pick(entry)
      if (picked) items.push({ id: entry.id, event: picked.event })
    }
    return { items, next: this.#log.idOf(items.length < PAGE ? this.#log.last : at) }
  }

  /** Ends all readers. */
  close(): void {
    this.#closed = true
    for (const reader of [...this.#readers]) reader.end()
    this.#timelines.close()
  }

  /** Where a reader goes on; lost: it has missed something for good. */
  #place(filter: StreamFilter, lastEventId: string | null): { readonly cursor: number; readonly lost: boolean } {
    const { last, lost } = this.#log
    if (lastEventId === null) return { cursor: last, lost: false }
    const seq = this.#log.seqOf(lastEventId)
    const gap = seq === null || seq < lost || (wantsTimelines(filter) && !this.#timelines.covers(filter.id, seq))
    return gap ? { cursor: last, lost: true } : { cursor: seq, lost: false }
  }

  #resync(reason: string): StreamEvent {
    return { type: 'resync', reason, revision: this.#o.revision() }
  }

  /** Many changes of one turn of the loop go out together. */
  #planFlush(): void {
    if (this.#planned) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      for (const reader of this.#readers) reader.pump()
    })
  }
}

function describe(
  change: Change,
  next: () => number,
): { readonly key: string; readonly event: StreamEvent; readonly owner: Owner | null } {
  switch (change.type) {
    case 'resource': {
      const { id, tenant_id: tenantId, driver } = change.resource
      return { key: `r ${id}`, event: change, owner: { id, tenantId, driver } }
    }
    case 'removed': {
      const { id, revision, last } = change
      const owner = { id, tenantId: last.tenant_id, driver: last.driver }
      return { key: `r ${id}`, event: { type: 'removed', id, revision }, owner }
    }
    case 'timeline': {
      const { resource_id, entry, owner } = change
      // An entry that grows (`unchanged`) keeps its number: the newest form stands for all.
      const key = entry.type === 'unchanged' ? `t ${resource_id} ${entry.seq}` : `t ${next()}`
      return { key, event: { type: 'timeline', resource_id, entry }, owner: { id: resource_id, ...owner } }
    }
    case 'worker':
      return { key: `w ${change.worker.name}`, event: change, owner: null }
    case 'debug':
      return { key: 'debug', event: change, owner: null }
  }
}
