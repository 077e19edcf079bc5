import type { OrchestratorClient } from '../../client/index.ts'
import type {
  DebugState,
  OrchestratorInfo,
  Resource,
  StreamEvent,
  TimelineEntry,
  Worker,
} from '../../contract/index.ts'
import { AstaraError, backoffMs, type Clock } from '../../shared/index.ts'
import { problemOf } from './actions.ts'
import type { Connection, LiveData, LoggedEvent, ResourceDetail, Watched } from './live-data.ts'

/** An id of no orchestrator's life: the stream answers with `resync`, so that what the list read afterwards lacks is in the stream. */
const FROM_NOW = 'none.0'
const PAUSE = { baseMs: 250, maxMs: 5_000 }
/** Events kept for the events view. */
const MAX_EVENTS = 2_000
const MAX_TIMELINE = 500

const nothing: Watched = { workers: false, events: false, detail: null }

/** Live data from an orchestrator: a list, then its stream of changes, over as many connections as it takes. No polling. */
export class ClientData implements LiveData {
  readonly #client: OrchestratorClient
  readonly #clock: Clock
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  readonly #known = new Map<string, Resource>()
  #resources: ReadonlyMap<string, Resource> = new Map()
  #resourcesDirty = false
  #workers: ReadonlyMap<string, Worker> = new Map()
  readonly #logged = new Map<string, LoggedEvent>()
  #events: ReadonlyMap<string, LoggedEvent> = new Map()
  #eventsDirty = false
  #connection: Connection
  #debug: DebugState | null = null
  #info: OrchestratorInfo | null = null
  #detail: ResourceDetail | null = null
  #watched: Watched = nothing
  #notifying = false
  #restart: AbortController | null = null
  #following: Promise<void> = Promise.resolve()
  #eventsFollower: AbortController | null = null
  #detailFollower: AbortController | null = null

  constructor(client: OrchestratorClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
    this.#connection = { state: 'connecting', since: clock.now(), problem: null }
  }

  get connection(): Connection {
    return this.#connection
  }

  /** A copy is made only when somebody looks, however many changes came meanwhile. */
  get resources(): ReadonlyMap<string, Resource> {
    if (this.#resourcesDirty) {
      this.#resources = new Map(this.#known)
      this.#resourcesDirty = false
    }
    return this.#resources
  }

  get workers(): ReadonlyMap<string, Worker> {
    return this.#workers
  }

  get events(): ReadonlyMap<string, LoggedEvent> {
    if (this.#eventsDirty) {
      this.#events = new Map(this.#logged)
      this.#eventsDirty = false
    }
    return this.#events
  }

  get debug(): DebugState | null {
    return this.#debug
  }

  get info(): OrchestratorInfo | null {
    return this.#info
  }

  get detail(): ResourceDetail | null {
    return this.#detail
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify(): void {
    if (this.#notifying) return
    this.#notifying = true
    setImmediate(() => {
      this.#notifying = false
      for (const listener of this.#listeners) listener()
    })
  }

  start(): void {
    this.#following = this.#follow()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#eventsFollower?.abort()
    this.#detailFollower?.abort()
    this.#restart?.abort()
    await this.#following
  }

  reload(): void {
    this.#restart?.abort()
  }

  #setConnection(state: Connection['state'], problem: string | null = null): void {
    const { state: before, problem: why } = this.#connection
    if (before === state && why === problem) return
    const since = before === state ? this.#connection.since : this.#clock.now()
    this.#connection = { state, since, problem }
    this.#notify()
  }

  /** The main stream, for as long as the console lives. */
  async #follow(): Promise<void> {
    let lastEventId: string | null = null
    let failures = 0
    while (!this.#stop.signal.aborted) {
      const restart = new AbortController()
      this.#restart = restart
      const signal = AbortSignal.any([this.#stop.signal, restart.signal])
      try {
        if (lastEventId !== null) this.#proveAlive(signal)
        for await (const { id, event } of this.#client.stream({}, { signal, lastEventId: lastEventId ?? FROM_NOW })) {
          failures = 0
          if (event.type === 'resync') await this.#readAll(signal)
          else this.#take(event)
          if (id !== '') lastEventId = id
          this.#setConnection('live')
        }
        throw new AstaraError('unreachable', 'the orchestrator ended the stream')
      } catch (error) {
        if (this.#stop.signal.aborted) return
        if (restart.signal.aborted) {
          lastEventId = null
          continue
        }
        this.#setConnection('lost', problemOf(error))
        failures++
      }
      await this.#clock.sleep(backoffMs(failures, PAUSE), signal).catch(() => undefined)
      if (restart.signal.aborted) lastEventId = null
    }
  }

  /** A stream that goes on where it was may be silent for long: a question tells whether somebody is there. */
  #proveAlive(signal: AbortSignal): void {
    this.#client
      .info({ signal })
      .then((info) => {
        this.#info = info
        this.#setConnection('live')
      })
      .catch(() => undefined)
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const optional = <T>(question: Promise<T>): Promise<T | null> => question.catch(() => null)
    const [list, info, debug, workers] = await Promise.all([
      this.#client.list({}, { signal }),
      optional(this.#client.info({ signal })),
      optional(this.#client.debug({ signal })),
      optional(this.#client.workers({ signal })),
    ])
    this.#known.clear()
    for (const resource of list.resources) this.#known.set(resource.id, resource)
    this.#resourcesDirty = true
    this.#info = info ?? this.#info
    this.#debug = debug ?? this.#debug
    if (workers !== null) this.#workers = new Map(workers.workers.map((worker) => [worker.name, worker]))
    this.#notify()
    if (this.#watched.detail !== null) this.#openDetail(this.#watched.detail)
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case 'resource': {
        const { resource } = event
        // The list may be ahead of the stream.
        if ((this.#known.get(resource.id)?.revision ?? -1) >= resource.revision) return
        this.#known.set(resource.id, resource)
        this.#resourcesDirty = true
        break
      }
      case 'removed':
        this.#resourcesDirty = this.#known.delete(event.id) || this.#resourcesDirty
        break
      case 'worker':
        this.#workers = new Map(this.#workers).set(event.worker.name, event.worker)
        break
      case 'debug':
        this.#debug = event.debug
        break
      default:
        return
    }
    this.#notify()
  }

  watch(what: Watched): void {
    const before = this.#watched
    this.#watched = what
    if (what.events && this.#eventsFollower === null) {
      // From then on it goes on in the background: who comes back has lost nothing.
      this.#eventsFollower = new AbortController()
      void this.#followTimelines(null, this.#eventsFollower.signal, (id, entry) => this.#log(id, entry))
    }
    if (what.detail === before.detail) return
    this.#detailFollower?.abort()
    this.#detailFollower = null
    this.#detail = null
    if (what.detail !== null) this.#openDetail(what.detail)
  }

  /** Reads the growth of one timeline, or of all, again and again until `signal` aborts. */
  async #followTimelines(
    id: string | null,
    signal: AbortSignal,
    take: (id: string, entry: TimelineEntry) => void,
    begun: () => void = () => undefined,
  ): Promise<void> {
    const query = { types: ['timeline'] as const, ...(id === null ? {} : { id }) }
    let lastEventId = FROM_NOW
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        for await (const item of this.#client.stream(query, { signal, lastEventId })) {
          failures = 0
          if (item.event.type === 'resync') begun()
          else if (item.event.type === 'timeline') take(item.event.resource_id, item.event.entry)
          if (item.id !== '') lastEventId = item.id
        }
      } catch {
        // The main stream says what is wrong with the connection.
      }
      await this.#clock.sleep(backoffMs(Math.max(1, failures), PAUSE), signal).catch(() => undefined)
    }
  }

  #log(id: string, entry: TimelineEntry): void {
    const key = `${id} ${entry.seq}`
    this.#logged.set(key, { key, resource_id: id, entry })
    for (const oldest of this.#logged.keys()) {
      if (this.#logged.size <= MAX_EVENTS) break
      this.#logged.delete(oldest)
    }
    this.#eventsDirty = true
    this.#notify()
  }

  #openDetail(id: string): void {
    this.#detailFollower?.abort()
    const follower = new AbortController()
    this.#detailFollower = follower
    const { signal } = follower
    const look = (): void => void this.#readDetail(id, signal)
    // What happens between the stream's beginning and the answer is in both; the numbers tell.
    void this.#followTimelines(id, signal, (_id, entry) => this.#grow(id, entry, look), look)
  }

  #grow(id: string, entry: TimelineEntry, look: () => void): void {
    if (this.#detail?.id !== id) return
    this.#detail = { ...this.#detail, timeline: merged(this.#detail.timeline, [entry]) }
    if (entry.type === 'config') look()
    this.#notify()
  }

  async #readDetail(id: string, signal: AbortSignal): Promise<void> {
    const [timeline, config] = await Promise.allSettled([
      this.#client.timeline(id, { signal }),
      this.#client.config(id, { signal }),
    ])
    if (signal.aborted) return
    const problem = [timeline, config].find((result) => result.status === 'rejected')
    const before = this.#detail?.id === id ? this.#detail : null
    this.#detail = {
      id,
      timeline:
        timeline.status === 'fulfilled'
          ? merged(before?.timeline ?? [], timeline.value.entries)
          : (before?.timeline ?? []),
      config: config.status === 'fulfilled' ? config.value : (before?.config ?? null),
      problem: problem?.status === 'rejected' ? problemOf(problem.reason) : null,
    }
    this.#notify()
  }
}

/** Two stretches of one timeline as one, in order; the newer form of an entry wins. */
function merged(before: readonly TimelineEntry[], more: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const bySeq = new Map([...before, ...more].map((entry) => [entry.seq, entry]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-MAX_TIMELINE)
}
