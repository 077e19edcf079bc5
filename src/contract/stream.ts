import { z } from 'zod'
import { DebugMark, Resource, Worker } from './operator.ts'
import { TimelineEntry } from './timeline.ts'

/** Every debug mode in force. `GET /v1/debug`. */
export const DebugState = z.object({
  global: DebugMark.nullable(),
  tenants: z.array(z.object({ tenant_id: z.string(), mark: DebugMark })),
  resources: z.array(z.object({ resource_id: z.string(), mark: DebugMark })),
})
export type DebugState = z.infer<typeof DebugState>

/**
 * `GET /v1/stream` (server-sent events): each message's `event` is the `type` here, its `data` the rest, its `id` names a place to resume
 * from (`Last-Event-ID`). `resync` says that changes were lost to this reader and a fresh list is needed.
 */
export const StreamEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resource'), resource: Resource }),
  z.object({ type: z.literal('removed'), id: z.string(), revision: z.number().int() }),
  z.object({ type: z.literal('timeline'), resource_id: z.string(), entry: TimelineEntry }),
  z.object({ type: z.literal('worker'), worker: Worker }),
  z.object({ type: z.literal('debug'), debug: DebugState }),
  z.object({ type: z.literal('resync'), reason: z.string(), revision: z.number().int() }),
])
export type StreamEvent = z.infer<typeof StreamEvent>

/** `PUT /v1/debug`, `PUT /v1/debug/tenants/{id}`, `PUT /v1/debug/resources/{id}`; DELETE ends it. */
export const DebugRequest = z.object({ reason: z.string().max(1000).optional() })
export type DebugRequest = z.infer<typeof DebugRequest>

/** `GET /v1/tenants`, `GET /v1/tenants/{id}`. */
export const TenantSummary = z.object({
  id: z.string(),
  resources: z.number().int(),
  /** Resources by instance state; states without any are absent. */
  states: z.record(z.string(), z.number().int()),
  debug: DebugMark.nullable(),
  worker: z.string().nullable(),
})
export type TenantSummary = z.infer<typeof TenantSummary>

export const TenantList = z.object({ tenants: z.array(TenantSummary) })
export type TenantList = z.infer<typeof TenantList>

export const TenantActionRequest = z.object({
  action: z.enum(['debug', 'manage']),
  reason: z.string().max(1000).optional(),
})
export type TenantActionRequest = z.infer<typeof TenantActionRequest>

/** `GET /v1/info`: who answers. */
export const OrchestratorInfo = z.object({
  host: z.string(),
  version: z.string(),
  since: z.iso.datetime({ precision: 3 }),
  revision: z.number().int(),
  ready: z.boolean(),
  reasons: z.array(z.string()),
})
export type OrchestratorInfo = z.infer<typeof OrchestratorInfo>

/** `POST /v1/config/reload`: what reading the files again changed. Options are named `[group] name`. */
export const ReloadAnswer = z.object({
  accepted: z.literal(true),
  /** In force now. */
  changed: z.array(z.string()),
  /** Changed in the files, but in force only after a restart. */
  restart_needed: z.array(z.string()),
})
export type ReloadAnswer = z.infer<typeof ReloadAnswer>

/** One page of the stream over RPC: what came after `since`; go on after `next`. */
export const ChangesAnswer = z.object({
  items: z.array(z.object({ id: z.string(), event: StreamEvent })),
  next: z.string(),
})
export type ChangesAnswer = z.infer<typeof ChangesAnswer>
