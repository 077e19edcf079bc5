import type {
  ConfigAnswer,
  DebugState,
  OrchestratorInfo,
  Resource,
  TimelineEntry,
  Worker,
} from '../../contract/index.ts'

/** How fresh the data are. `since` is when that began, ms since the epoch. */
export interface Connection {
  readonly state: 'connecting' | 'live' | 'lost'
  readonly since: number
  /** Why it is lost, and what to do. */
  readonly problem: string | null
}

/** One thing that happened to some resource. */
export interface LoggedEvent {
  /** Of the resource and the entry's number: the same event again has the same key. */
  readonly key: string
  readonly resource_id: string
  readonly entry: TimelineEntry
}

/** What is known about the resource whose details are open. */
export interface ResourceDetail {
  readonly id: string
  readonly timeline: readonly TimelineEntry[]
  /** null: not asked for yet, or there is none. */
  readonly config: ConfigAnswer | null
  /** What could not be had, and why. */
  readonly problem: string | null
}

/** What besides the resources is on the screen and must be kept fresh. */
export interface Watched {
  readonly workers: boolean
  readonly events: boolean
  readonly detail: string | null
}

/** Everything that the screens show, kept fresh by somebody else. Except for `resources`, its objects are replaced, never changed. */
export interface LiveData {
  /** Called after changes, however many, at most once per turn of the event loop. Returns the way to stop. */
  subscribe(listener: () => void): () => void
  readonly connection: Connection
  /** Always the newest: this map itself changes. */
  readonly resources: ReadonlyMap<string, Resource>
  /** Ids of what came, changed or went since this was asked last; `all` after a fresh list; null: nothing. For one asker. */
  takeChanged(): ReadonlySet<string> | 'all' | null
  readonly workers: ReadonlyMap<string, Worker>
  /** Oldest first, bounded. */
  readonly events: ReadonlyMap<string, LoggedEvent>
  readonly debug: DebugState | null
  readonly info: OrchestratorInfo | null
  readonly detail: ResourceDetail | null
  watch(what: Watched): void
  /** Asks for everything anew. */
  reload(): void
  start(): void
  stop(): Promise<void>
}
