import type { Action, DriverName } from '../../contract/index.ts'

/** Where an event came from. */
export type EventSource = 'notification' | 'rpc' | 'command' | 'api' | 'health' | 'resync' | 'supervisor'

/** Higher first. An operator's word before a tenant's change, both before a resync; health has a lane of its own. */
export const PRIORITIES = ['operator', 'event', 'resync'] as const
export type Priority = (typeof PRIORITIES)[number]

/** What an event without a resource id says about whom it concerns: any router attached to one of these. */
export interface EventHints {
  readonly networkIds: readonly string[]
  readonly subnetIds: readonly string[]
  readonly portIds: readonly string[]
  /** Tenant that owns what the event is about, as its object says (the event's own tenant may be the requester's); else absent. */
  readonly ownerTenantId?: string
}

/** One normalised thing that happened to a resource. */
export interface ResourceEvent {
  readonly kind: 'resource'
  /** null: any driver (resource-update of the original, where only the id is given). */
  readonly driver: DriverName | null
  /** Dashed lower-case id; null: to be found through `hints`; `*`: all; `error`: all in error. */
  readonly resourceId: string | null
  /** As found in the message (payload first, then context); null: unknown; `*`: any. */
  readonly tenantId: string | null
  /** Whether the tenant is the resource's own (payload) or merely the requester's (context). */
  readonly tenantFrom: 'payload' | 'context' | 'none'
  readonly action: Action
  readonly priority: Priority
  readonly source: EventSource
  /** The notification's event type, RPC method or command name. */
  readonly type: string
  readonly hints: EventHints | null
  /** Rebuild with this image. */
  readonly imageUuid: string | null
  readonly reason: string | null
  /** Who asked, as the operator's side says; absent or null: nobody said. */
  readonly by?: string | null
  /** Push the configuration even if it has not changed. */
  readonly force: boolean
  /** The event is that this port of the resource's instance lost its plug; of no interest when no instance uses the port. */
  readonly unpluggedPort?: string
}

/** An instruction that is not about one resource's state machine. */
export interface CommandEvent {
  readonly kind: 'command'
  readonly command:
    | 'poll'
    | 'workers-debug'
    | 'config-reload'
    | 'resource-debug'
    | 'resource-manage'
    | 'tenant-debug'
    | 'tenant-manage'
    | 'global-debug'
  readonly resourceId: string | null
  readonly tenantId: string | null
  readonly enabled: boolean | null
  readonly reason: string | null
  /** Who asked, as the operator's side says; absent or null: nobody said. */
  readonly by?: string | null
}

/** A thing the Neutron L3 plugin told us as its agent that is about the schedule, not about a resource's state. */
export type AgentEvent =
  | { readonly kind: 'agent'; readonly type: 'agent_updated'; readonly adminStateUp: boolean }
  /** An agent's record was deleted: its routers are nobody's, unless it was of another kind. */
  | { readonly kind: 'agent'; readonly type: 'agent_deleted' }
  /** Neutron does not schedule these here any more. */
  | { readonly kind: 'agent'; readonly type: 'router_removed_from_agent'; readonly routerIds: readonly string[] }

export type OrchestratorEvent = ResourceEvent | CommandEvent | AgentEvent
