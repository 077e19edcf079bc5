import {
  followStream,
  type OrchestratorClient,
  ResourceStore,
  type StoreConnection,
  type StoreSnapshot,
} from '../../client/index.ts'
import type { DebugState, OrchestratorInfo, Resource, TimelineEntry, Worker } from '../../contract/index.ts'
import { type Clock, type Random, systemRandom } from '../../shared/index.ts'
import { problemOf } from './actions.ts'
import type { Connection, LiveData, LoggedEvent, ResourceDetail, Watched } from './live-data.ts'

/** The store tells of changes at most so often; the screen is slower than that anyway. */
const INTERVAL_MS = 50
/** Events kept for the events view. */
const MAX_EVENTS = 2_000
const MAX_TIMELINE = 500

const nothing: Watched = { workers: false, events: false, detail: null }

function connectionOf(connection: StoreConnection): Connection {
  const { state, since } = connection
  if (state === 'connecting' || state === 'live') return { state, since, problem: null }
  return { state: 'lost', since, problem: state === 'failed' ? problemOf(connection.error) : connection.reason }
}

/** Two stretches of one timeline as one, in order; the newer form of an entry wins. */
function merged(before: readonly TimelineEntry[], more: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const bySeq = new Map([...before, ...more].map((entry) => [entry.seq, entry]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-MAX_TIMELINE)
}

/**
 * Live data from an orchestrator: the client's store for resources, workers and debug modes; streams of their own for timelines, only while
 * somebody looks. Nothing is polled.
 */
export class ClientData implements LiveData {
  readonly #client: OrchestratorClient
  readonly #clock: Clock
  readonly #random: Random
  readonly #store: ResourceStore
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  readonly #logged = new Map<string, LoggedEvent>()
  #taken: StoreSnapshot
  #connection: Connection
  readonly #resources = new Map<string, Resource>()
  /** Heard of on the stream since the store was looked at last. */
  #heard = new Set<string>()
  #changed: Set<string> | 'all' | null = null
  #workers: ReadonlyMap<string, Worker> = new Map()
  #events: ReadonlyMap<string, LoggedEvent> = new Map()
  #info: OrchestratorInfo | null = null
  #detail: ResourceDetail | null = null
  #watched: Watched = nothing
  #eventsOld = false
  #notifying = false
  #run: AbortController | null = null
  #running: Promise<void> = Promise.resolve()
  #eventsBegun = false
  #detailFollower: AbortController | null = null

  constructor(client: OrchestratorClient, clock: Clock, random: Random = systemRandom) {
    this.#client = client
    this.#clock = clock
    this.#random = random
    this.#store = new ResourceStore({ client: this.#overhearing(client), clock, random, intervalMs: INTERVAL_MS })
    this.#taken = this.#store.getSnapshot()
    this.#connection = connectionOf(this.#taken.connection)
    this.#store.subscribe(() => this.#takeStore())
  }

  get connection(): Connection {
    return this.#connection
  }

  get resources(): ReadonlyMap<string, Resource> {
    return this.#resources
  }

  takeChanged(): ReadonlySet<string> | 'all' | null {
    const changed = this.#changed
    this.#changed = null
    return changed
  }

  get workers(): ReadonlyMap<string, Worker> {
    return this.#workers
  }

  get events(): ReadonlyMap<string, LoggedEvent> {
    if (this.#eventsOld) {
      this.#events = new Map(this.#logged)
      this.#eventsOld = false
    }
    return this.#events
  }

  get debug(): DebugState | null {
    return this.#taken.debug
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

  #takeStore(): void {
    const before = this.#taken
    this.#taken = this.#store.getSnapshot()
    const { connection, workers, lists } = this.#taken
    this.#takeResources(lists !== before.lists)
    this.#workers = new Map(workers.map((worker) => [worker.name, worker]))
    this.#connection = connectionOf(connection)
    // A fresh list means another life of the orchestrator, perhaps another version of it.
    if (lists !== before.lists) this.#ask(this.#client.info({ signal: this.#stop.signal }))
    this.#notify()
  }

  /** The same client, but the ids that its stream speaks of are noted: what changed need not be searched among ten thousand. */
  #overhearing(client: OrchestratorClient): OrchestratorClient {
    const note = (id: string): void => void this.#heard.add(id)
    return {
      ...client,
      async *stream(query, options) {
        for await (const item of client.stream(query, options)) {
          if (item.event.type === 'resource') note(item.event.resource.id)
          else if (item.event.type === 'removed') note(item.event.id)
          yield item
        }
      },
    }
  }

  #takeResources(afresh: boolean): void {
    const heard = this.#heard
    this.#heard = new Set()
    if (afresh) {
      this.#resources.clear()
      for (const resource of this.#store.values()) this.#resources.set(resource.id, resource)
      this.#changed = 'all'
      return
    }
    for (const id of heard) {
      const resource = this.#store.get(id)
      // The store knew better already, from a list.
      if (resource === this.#resources.get(id)) continue
      if (resource === undefined) this.#resources.delete(id)
      else this.#resources.set(id, resource)
      if (this.#changed === 'all') continue
      this.#changed ??= new Set()
      this.#changed.add(id)
    }
  }

  #ask(info: Promise<OrchestratorInfo>): void {
    info
      .then((answer) => {
        this.#info = answer
        this.#notify()
      })
      .catch(() => undefined)
  }

  start(): void {
    this.#run = new AbortController()
    this.#running = this.#store.run(AbortSignal.any([this.#run.signal, this.#stop.signal]))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#detailFollower?.abort()
    await this.#running
  }

  reload(): void {
    this.#run?.abort()
    void this.#running.then(() => {
      if (!this.#stop.signal.aborted) this.start()
    })
    if (this.#watched.detail !== null) this.#openDetail(this.#watched.detail)
  }

  watch(what: Watched): void {
    const before = this.#watched
    this.#watched = what
    if (what.events && !this.#eventsBegun) {
      // From then on it goes on in the background: who comes back has lost nothing.
      this.#eventsBegun = true
      void this.#follow(null, this.#stop.signal, (id, entry) => this.#log(id, entry))
    }
    if (what.detail === before.detail) return
    this.#detailFollower?.abort()
    this.#detailFollower = null
    this.#detail = null
    if (what.detail !== null) this.#openDetail(what.detail)
  }

  /** Hears one timeline, or all, until `signal` aborts. `begun`: what happened before must be asked for. */
  async #follow(
    id: string | null,
    signal: AbortSignal,
    take: (id: string, entry: TimelineEntry) => void,
    begun: () => void = () => undefined,
  ): Promise<void> {
    const query = { types: ['timeline'] as const, ...(id === null ? {} : { id }) }
    try {
      for await (const followed of followStream({
        client: this.#client,
        clock: this.#clock,
        random: this.#random,
        query,
        signal,
      })) {
        if (followed.kind === 'connected') begun()
        if (followed.kind !== 'item') continue
        const { event } = followed.item
        if (event.type === 'resync') begun()
        else if (event.type === 'timeline') take(event.resource_id, event.entry)
      }
    } catch (error) {
      if (signal.aborted || id === null || this.#watched.detail !== id) return
      this.#detail = { timeline: [], config: null, ...this.#detail, id, problem: problemOf(error) }
      this.#notify()
    }
  }

  #log(id: string, entry: TimelineEntry): void {
    const key = `${id} ${entry.seq}`
    this.#logged.set(key, { key, resource_id: id, entry })
    for (const oldest of this.#logged.keys()) {
      if (this.#logged.size <= MAX_EVENTS) break
      this.#logged.delete(oldest)
    }
    this.#eventsOld = true
    this.#notify()
  }

  #openDetail(id: string): void {
    this.#detailFollower?.abort()
    const follower = new AbortController()
    this.#detailFollower = follower
    const { signal } = follower
    const look = (): void => void this.#readDetail(id, signal)
    // What happens between the stream's beginning and the answer is in both; the numbers tell.
    void this.#follow(id, signal, (_id, entry) => this.#grow(id, entry, look), look)
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
    const known = before?.timeline ?? []
    this.#detail = {
      id,
      timeline: timeline.status === 'fulfilled' ? merged(known, timeline.value.entries) : known,
      config: config.status === 'fulfilled' ? config.value : (before?.config ?? null),
      problem: problem?.status === 'rejected' ? problemOf(problem.reason) : null,
    }
    this.#notify()
  }
}
