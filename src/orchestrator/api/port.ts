import type {
  ActionRequest,
  ConfigAnswer,
  DebugState,
  DriverName,
  InstanceState,
  OrchestratorInfo,
  ReloadAnswer,
  Resource,
  ResourceList,
  TenantSummary,
  TimelineAnswer,
  TimelineEntry,
  Worker,
} from '../../contract/index.ts'
import type { ResourceEvent } from '../events/index.ts'

/** A value that may come at once or later. */
type Awaitable<T> = T | Promise<T>

/** Which resources are meant; every given field must match exactly (`idPrefix`: begin so). */
export interface ResourceFilter {
  readonly driver?: DriverName
  readonly tenantId?: string
  readonly instanceState?: InstanceState
  readonly name?: string
  /** Beginning of the id, lower case, with dashes. */
  readonly idPrefix?: string
}

/** One page: at most `limit` resources whose id is greater than `marker`, in the order of their ids. */
export interface Paging {
  readonly limit: number
  readonly marker: string | null
}

/** What an operator wants done to one resource; ids are already lower-case UUIDs with dashes. */
export interface OperatorRequest {
  readonly action: ActionRequest['action']
  readonly reason: string | null
  /** Rebuild with this image. */
  readonly imageUuid: string | null
  /** Who asks, as they say themselves; null: they do not. */
  readonly by: string | null
  /** Only a resource of this driver is meant; another one with that id is `not_found`. null: any. */
  readonly driver: DriverName | null
}

/** Whether the orchestrator can do its work; `reasons` says what is missing, one sentence each. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

/** What happened to the table that the API serves, in the order in which it happened. */
export type Change =
  | { readonly type: 'resource'; readonly resource: Resource }
  | { readonly type: 'removed'; readonly id: string; readonly revision: number; readonly last: Resource }
  | { readonly type: 'worker'; readonly worker: Worker }
  | {
      readonly type: 'timeline'
      readonly resource_id: string
      readonly entry: TimelineEntry
      readonly owner: { readonly tenantId: string; readonly driver: DriverName }
    }
  | { readonly type: 'debug'; readonly debug: DebugState }

/** What a debug mode is about. */
export type DebugTarget =
  | { readonly scope: 'global' }
  | { readonly scope: 'tenant'; readonly id: string }
  | { readonly scope: 'resource'; readonly id: string }

/** Debug mode on or off, by whom and why. */
export interface DebugOrder {
  readonly enabled: boolean
  readonly by: string | null
  readonly reason: string | null
}

/** How many resources a command went to; null when that cannot be told. */
export interface CommandOutcome {
  readonly resources: number | null
}

/**
 * The orchestrator as its HTTP API sees it: the daemon implements it. Methods throw AstaraError (`not_found`, `refused`, `not_allowed`,
 * `not_implemented`, `unavailable`, …), whose code and message are the answer; anything else is a bug and answered as one. `signal`
 * aborts when the client has gone or the request's time is over; what was already accepted stays accepted.
 */
export interface OrchestratorPort {
  /** A page in the order of ids (`selectPage` does it). */
  list(filter: ResourceFilter, paging: Paging): Awaitable<ResourceList>
  get(id: string): Awaitable<Resource | null>
  /**
   * Queues the action and answers with the resource as it is now. An id that is not in the table may be looked up in Neutron first;
   * throws `not_found` when there is no such resource.
   */
  act(id: string, request: OperatorRequest, signal: AbortSignal): Awaitable<Resource>
  /** Asks for a health check of every resource; answers how many. */
  poll(signal: AbortSignal, by?: string | null): Awaitable<number>
  /** What happened to a resource. Throws `not_found`; `unavailable` or `timeout` when its worker cannot tell now. */
  timeline(id: string, signal: AbortSignal): Awaitable<TimelineAnswer>
  /** What its instances accepted last, secrets masked. Throws as `timeline`. */
  config(id: string, signal: AbortSignal): Awaitable<ConfigAnswer>
  /** Tenants that have resources here or are in debug mode, in the order of their ids. */
  tenants(): Awaitable<readonly TenantSummary[]>
  debug(): DebugState
  /** Turns a debug mode on or off; one that is on (off) already stays so. Answers with all that are in force. */
  setDebug(target: DebugTarget, order: DebugOrder): Awaitable<DebugState>
  /** Reads the configuration files again. Throws `bad_config`: nothing changed. */
  reload(by: string | null): Awaitable<ReloadAnswer>
  info(): Awaitable<Omit<OrchestratorInfo, 'version'>>
  /** Every resource there is now. */
  resources(): Iterable<Resource>
  /** Grows with every change of a resource. */
  revision(): number
  /** Whose timelines are to be told as changes from now on. */
  watchTimelines(watch: { readonly all: boolean; readonly ids: readonly string[] }): void
  workers(signal: AbortSignal): Awaitable<readonly Worker[]>
  ready(): Awaitable<Readiness>
  /** Calls back on each change from now on; returns the unsubscribe function. Listeners must not throw. */
  subscribe(listener: (change: Change) => void): () => void
  /** An action on many: the original's wildcards `*` and `error`. */
  command(event: ResourceEvent, signal: AbortSignal): Awaitable<CommandOutcome>
}

/** Where `/metrics` gets its text. */
export interface MetricsSource {
  readonly contentType: string
  text(): Promise<string>
}
