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
  ResourceNames,
  StreamEvent,
  TenantList,
  TenantSummary,
  TimelineAnswer,
  WorkerList,
} from '../contract/index.ts'

/** Which resources are meant; every given field must match exactly (`idPrefix`: begin so). */
export interface ResourceQuery {
  readonly driver?: DriverName
  readonly tenantId?: string
  readonly instanceState?: InstanceState
  readonly name?: string
  /** Beginning of the id: hex digits and dashes. */
  readonly idPrefix?: string
}

/** What every call takes. */
export interface CallOptions {
  /** Aborting ends the call with AstaraError `interrupted`. */
  readonly signal?: AbortSignal
}

/** What to do to one resource. */
export interface ActionOnOne {
  readonly action: ActionRequest['action']
  readonly reason?: string
  /** Rebuild with this image. */
  readonly imageUuid?: string
  /** Owner, where it is known: over AMQP it decides under which of the original's commands the action goes out. */
  readonly tenantId?: string
}

/** `*`: all; `error`: all that are in error state. */
export type Wildcard = '*' | 'error'

/** What to do to many at once. */
export interface ActionOnMany {
  readonly action: 'update' | 'rebuild'
  /** null: resources of every driver. */
  readonly driver: 'router' | null
  readonly reason?: string
  readonly imageUuid?: string
}

/** The action was taken on; `resource` is null where the transport carries no answers. */
interface ActionTaken {
  readonly accepted: true
  readonly resource: Resource | null
}

/** Taken on for so many resources; null where that is not known. */
export interface ManyTaken {
  readonly accepted: true
  readonly resources: number | null
}

/** What a debug mode is about. */
export type DebugTarget =
  | { readonly scope: 'global' }
  | { readonly scope: 'tenant'; readonly id: string }
  | { readonly scope: 'resource'; readonly id: string }

/** Debug mode on or off. */
export interface DebugOrder {
  readonly enabled: boolean
  readonly reason?: string
}

/** Which events of the stream are wanted; every given field must match. `resync` always comes. */
export interface StreamQuery {
  /** Default: everything but timelines. */
  readonly types?: readonly StreamEvent['type'][]
  readonly driver?: DriverName
  readonly tenantId?: string
  readonly id?: string
  readonly instanceState?: InstanceState
}

export interface StreamOptions extends CallOptions {
  /** Go on after this event: what came since then follows, or a `resync`. */
  readonly lastEventId?: string
  /**
   * Told where to go on from: as soon as the stream is open, and later also when nothing came that this reader wants. Called after the
   * events up to there were taken.
   */
  readonly onId?: (id: string) => void
}

/** One event of the stream; `id` is where to go on after it. */
export interface StreamItem {
  readonly id: string
  readonly event: StreamEvent
}

/**
 * One orchestrator, as commands and screens talk to it. Ids are UUIDs; names and short ids go through `resolveResource` first.
 *
 * All methods throw AstaraError: `unreachable` (nobody answers there), `timeout`, `interrupted`, `not_found`, `refused`, `not_allowed`,
 * `bad_request`, `unavailable`, `not_implemented` (the transport cannot carry this), `failed` (the far side has a bug, or is no
 * orchestrator).
 */
export interface OrchestratorClient {
  readonly via: 'http' | 'amqp'
  /** Where it talks to, for messages; without credentials. */
  readonly target: string
  /** All pages of it, in the order of ids. */
  list(query?: ResourceQuery, options?: CallOptions): Promise<ResourceList>
  /** What all are called, in the order of ids: a tenth of what `list` carries. */
  names(query?: Pick<ResourceQuery, 'driver'>, options?: CallOptions): Promise<ResourceNames>
  get(id: string, options?: CallOptions): Promise<Resource>
  act(id: string, action: ActionOnOne, options?: CallOptions): Promise<ActionTaken>
  actOnMany(which: Wildcard, action: ActionOnMany, options?: CallOptions): Promise<ManyTaken>
  /** Asks for a health check of everything. */
  poll(options?: CallOptions): Promise<ManyTaken>
  /** null where the transport carries no answers: then each orchestrator writes its workers to its log. */
  workers(options?: CallOptions): Promise<WorkerList | null>
  /** Who answers. */
  info(options?: CallOptions): Promise<OrchestratorInfo>
  /** What happened to a resource, oldest first. */
  timeline(id: string, options?: CallOptions): Promise<TimelineAnswer>
  /** The configuration accepted last, secrets masked, and how it differs from the one before. */
  config(id: string, options?: CallOptions): Promise<ConfigAnswer>
  tenants(options?: CallOptions): Promise<TenantList>
  tenant(id: string, options?: CallOptions): Promise<TenantSummary>
  /** Every debug mode in force. */
  debug(options?: CallOptions): Promise<DebugState>
  /** Turns a debug mode on or off; null where the transport carries no answers. */
  setDebug(target: DebugTarget, order: DebugOrder, options?: CallOptions): Promise<DebugState | null>
  /** Makes the orchestrator read its files again; null where the transport carries no answers. */
  reloadConfig(options?: CallOptions): Promise<ReloadAnswer | null>
  /**
   * Changes as they happen, over one connection: ends when the orchestrator ends it, throws when it breaks. `followStream` reconnects. The
   * time-out of calls limits the wait for the answer's beginning only.
   */
  stream(query?: StreamQuery, options?: StreamOptions): AsyncIterable<StreamItem>
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>
}
