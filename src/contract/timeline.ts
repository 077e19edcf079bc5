import { z } from 'zod'
import { Action, InstanceState, Step } from './operator.ts'

const Time = z.iso.datetime({ precision: 3 })

const entry = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({
    /** Grows by one with every entry of a resource; gaps mean entries that fell out of the bounded timeline. */
    seq: z.number().int(),
    at: Time,
    type: z.literal(type),
    ...shape,
  })

/** One place where two configurations differ. */
export const ConfigChange = z.object({
  /** Path into the configuration, `networks[internal 10.2.0.0/24].allocations[fa:16:3e:00:00:01]`. */
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  /** Secrets masked. Absent for `added`. */
  before: z.unknown().optional(),
  /** Secrets masked. Absent for `removed`. */
  after: z.unknown().optional(),
})
export type ConfigChange = z.infer<typeof ConfigChange>

/**
 * What happened to a resource, in order. Times are those of the orchestrator's host; durations are milliseconds; paths are templates,
 * without ids.
 */
export const TimelineEntry = z.discriminatedUnion('type', [
  entry('event', { action: Action, cause: z.string(), source: z.string(), accepted: z.boolean() }),
  entry('command', { action: z.string(), by: z.string().nullable(), reason: z.string().nullable() }),
  entry('step', { step: Step, action: Action.nullable(), duration_ms: z.number(), result: z.enum(['ok', 'failed']) }),
  entry('call', {
    service: z.string(),
    method: z.string(),
    path: z.string(),
    /** HTTP status; `ok` of an RPC; else why there was no answer. */
    status: z.union([z.number(), z.string()]).nullable(),
    duration_ms: z.number(),
    /** By which the called service's log names the request; of several, the one that decided. */
    request_id: z.string().nullable(),
    /** True when it was made for several resources together. */
    shared: z.boolean().default(false),
    /** HTTP requests it took: pages, parts of a long list, tries. */
    requests: z.number().int().default(1),
  }),
  entry('config', {
    fingerprint: z.string(),
    result: z.enum(['accepted', 'rejected', 'failed']),
    /** Compared with the configuration accepted before; every place when there was none is summed up as one `added` at ''. */
    changes: z.array(ConfigChange),
    /** How many changes there are in all, when `changes` was cut. */
    total_changes: z.number().int(),
  }),
  entry('state', { from: InstanceState, to: InstanceState }),
  entry('error', { code: z.string(), message: z.string(), next_retry_at: Time.nullable() }),
  /** Looks in a row that found nothing to do, summed up so that they do not push out what matters. */
  entry('unchanged', { cause: z.string(), count: z.number().int(), last_at: Time }),
])
export type TimelineEntry = z.infer<typeof TimelineEntry>

export const TimelineAnswer = z.object({ resource_id: z.string(), entries: z.array(TimelineEntry) })
export type TimelineAnswer = z.infer<typeof TimelineAnswer>

/** `GET /v1/resources/{id}/config`: the configuration accepted last, secrets masked; null before the first. */
export const ConfigAnswer = z.object({
  resource_id: z.string(),
  fingerprint: z.string().nullable(),
  configured_at: Time.nullable(),
  config: z.record(z.string(), z.unknown()).nullable(),
  /** Difference to the one accepted before it. */
  changes: z.array(ConfigChange),
})
export type ConfigAnswer = z.infer<typeof ConfigAnswer>
