import type { DebugState, Resource, StreamEvent, Worker } from '../../contract/index.ts'
import { AstaraError, type Clock, messageOf, type Random } from '../../shared/index.ts'
import type { ResourceFilter } from '../filter/filter.ts'
import type { SortOrder } from '../filter/sort.ts'
import { followStream } from '../stream/follow.ts'
import type { OrchestratorClient } from '../types.ts'
import { ResourceView } from './resource-view.ts'
import { Snapshots } from './snapshots.ts'

/** How fresh the data are. `since` in milliseconds since the epoch. */
export type StoreConnection =
  | { readonly state: 'connecting'; readonly since: number }
  | { readonly state: 'live'; readonly since: number }
  /** What is shown is as old as `since`. */
  | { readonly state: 'stale'; readonly since: number; readonly reason: string; readonly retryAt: number }
  | { readonly state: 'reconnecting'; readonly since: number; readonly reason: string }
  /** Trying again would not help. */
  | { readonly state: 'failed'; readonly since: number; readonly error: AstaraError }

export interface StoreSnapshot {
  readonly connection: StoreConnection
  readonly total: number
  /** Resources by instance state; states without any are absent. */
  readonly states: Readonly<Record<string, number>>
  readonly workers: readonly Worker[]
  readonly debug: DebugState | null
  /** Fresh lists that were read since the start. */
  readonly lists: number
}

export interface ResourceStoreOptions {
  readonly client: OrchestratorClient
  readonly clock: Clock
  readonly random: Random
  /** Watchers are told at most once in this time. Default 0: once in a turn of the event loop. */
  readonly intervalMs?: number
}

/** A list that could not be read is tried again after this. */
const LIST_AGAIN_MS = 1_000
/** With more changes than this while a list is read, a newer list is cheaper. */
const MEANWHILE_MOST = 20_000

/**
 * Every resource of an orchestrator, live: one list, then the stream of changes, over as many connections as it takes. When the stream says
 * that something was lost, the list is read anew. While the connection is lost, the last known stays, with its age.
 */
export class ResourceStore {
  readonly #o: ResourceStoreOptions
  readonly #resources = new Map<string, Resource>()
  readonly #workers = new Map<string, Worker>()
  readonly #states = new Map<string, number>()
  readonly #views = new Set<ResourceView>()
  readonly #snapshots: Snapshots<StoreSnapshot>
  #debug: DebugState | null = null
  #connection: StoreConnection
  #lists = 0
  /** Changes that came while a list was being read. */
  #meanwhile: StreamEvent[] | null = null
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => StoreSnapshot

  constructor(options: ResourceStoreOptions) {
    this.#o = options
    this.#connection = { state: 'connecting', since: options.clock.now() }
    this.#snapshots = new Snapshots(options.clock, options.intervalMs ?? 0, () => ({
      connection: this.#connection,
      total: this.#resources.size,
      states: Object.fromEntries(this.#states),
      workers: [...this.#workers.values()],
      debug: this.#debug,
      lists: this.#lists,
    }))
    this.subscribe = this.#snapshots.subscribe
    this.getSnapshot = this.#snapshots.getSnapshot
  }

  get(id: string): Resource | undefined {
    return this.#resources.get(id)
  }

  values(): IterableIterator<Resource> {
    return this.#resources.values()
  }

  /** A filtered and sorted view that follows; to be closed. */
  view(arrangement: { readonly filter?: ResourceFilter; readonly sort?: SortOrder } = {}): ResourceView {
    const { clock, intervalMs = 0 } = this.#o
    const view = new ResourceView({ clock, intervalMs, ...arrangement })
    view.reset(this.#resources.values())
    this.#views.add(view)
    return view
  }

  closeView(view: ResourceView): void {
    this.#views.delete(view)
    view.close()
  }

  /** Lives until `signal` aborts. Never rejects: what goes wrong is the snapshot's `connection`. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, random } = this.#o
    try {
      for await (const followed of followStream({ client, clock, random, signal })) {
        switch (followed.kind) {
          case 'connected':
            if (followed.fresh || this.#lists === 0) this.#readList(signal)
            else this.#setConnection({ state: 'live', since: clock.now() })
            break
          case 'item':
            this.#take(followed.item.event, signal)
            break
          case 'lost':
            this.#lost(followed.reason, followed.retryInMs, signal)
            break
        }
      }
    } catch (error) {
      if (signal.aborted) return
      const known = error instanceof AstaraError ? error : new AstaraError('failed', messageOf(error), { cause: error })
      this.#setConnection({ state: 'failed', since: clock.now(), error: known })
    } finally {
      for (const view of [...this.#views]) this.closeView(view)
    }
  }

  #lost(reason: string, retryInMs: number, signal: AbortSignal): void {
    const { clock } = this.#o
    const before = this.#connection
    const since = before.state === 'stale' || before.state === 'reconnecting' ? before.since : clock.now()
    this.#setConnection({ state: 'stale', since, reason, retryAt: clock.now() + retryInMs })
    clock.after(retryInMs, () => {
      if (this.#connection.state === 'stale' && !signal.aborted) {
        this.#setConnection({ state: 'reconnecting', since, reason })
      }
    })
  }

  #take(event: StreamEvent, signal: AbortSignal): void {
    if (event.type === 'resync') this.#readList(signal)
    else if (!this.#meanwhile) this.#apply(event)
    else if (this.#meanwhile.length < MEANWHILE_MOST) this.#meanwhile.push(event)
    else this.#readList(signal)
  }

  #apply(event: StreamEvent): void {
    switch (event.type) {
      case 'resource': {
        const { resource } = event
        // A list that was read later knows more than the stream.
        if ((this.#resources.get(resource.id)?.revision ?? -1) >= resource.revision) return
        this.#put(resource)
        break
      }
      case 'removed':
        if ((this.#resources.get(event.id)?.revision ?? Number.POSITIVE_INFINITY) > event.revision) return
        this.#drop(event.id)
        break
      case 'worker':
        this.#workers.set(event.worker.name, event.worker)
        break
      case 'debug':
        this.#debug = event.debug
        break
      case 'timeline':
      case 'resync':
        return
    }
    this.#snapshots.touch()
  }

  /** Changes go on while it is read; those that it lacks are put on top. */
  #readList(signal: AbortSignal): void {
    const mine: StreamEvent[] = []
    this.#meanwhile = mine
    void this.#fetch(signal, mine)
  }

  async #fetch(signal: AbortSignal, mine: StreamEvent[]): Promise<void> {
    const { client, clock } = this.#o
    while (!signal.aborted && this.#meanwhile === mine) {
      try {
        const [{ resources }, workers, debug] = await Promise.all([
          client.list({}, { signal }),
          client.workers({ signal }),
          client.debug({ signal }),
        ])
        // A later list has begun meanwhile: this one is not needed any more.
        if (this.#meanwhile !== mine) return
        this.#replace(resources, workers?.workers ?? [], debug)
        this.#meanwhile = null
        for (const event of mine) this.#apply(event)
        this.#setConnection({ state: 'live', since: clock.now() })
        return
      } catch (error) {
        if (signal.aborted) return
        this.#lost(messageOf(error), LIST_AGAIN_MS, signal)
        await clock.sleep(LIST_AGAIN_MS, signal).catch(() => {})
      }
    }
  }

  #replace(resources: readonly Resource[], workers: readonly Worker[], debug: DebugState): void {
    this.#resources.clear()
    this.#states.clear()
    this.#workers.clear()
    for (const resource of resources) {
      this.#resources.set(resource.id, resource)
      this.#count(resource.instance_state, 1)
    }
    for (const worker of workers) this.#workers.set(worker.name, worker)
    this.#debug = debug
    this.#lists++
    for (const view of this.#views) view.reset(this.#resources.values())
    this.#snapshots.touch()
  }

  #put(resource: Resource): void {
    const before = this.#resources.get(resource.id)
    if (before) this.#count(before.instance_state, -1)
    this.#count(resource.instance_state, 1)
    this.#resources.set(resource.id, resource)
    for (const view of this.#views) view.put(resource)
  }

  #drop(id: string): void {
    const before = this.#resources.get(id)
    if (!before) return
    this.#count(before.instance_state, -1)
    this.#resources.delete(id)
    for (const view of this.#views) view.remove(id)
  }

  #count(state: string, by: number): void {
    const count = (this.#states.get(state) ?? 0) + by
    if (count > 0) this.#states.set(state, count)
    else this.#states.delete(state)
  }

  #setConnection(connection: StoreConnection): void {
    this.#connection = connection
    this.#snapshots.touch()
  }
}
