import { z } from 'zod'

/**
 * The operator API: the objects that the orchestrator's HTTP API serves, that the client reads, and that `astara ctl --json` prints.
 * snake_case; times are ISO 8601 UTC with milliseconds; ids are lower-case UUIDs with dashes. Fields may be added, none may change its
 * meaning.
 */

export const INSTANCE_STATES = [
  'down',
  'booting',
  'up',
  'configured',
  'restart',
  'replug',
  'gone',
  'error',
  'degraded',
] as const
export const ACTIONS = ['create', 'read', 'update', 'delete', 'poll', 'rebuild', 'cluster_rebuild'] as const
export const STEPS = [
  'CalcAction',
  'Alive',
  'CreateInstance',
  'CheckBoot',
  'ConfigureInstance',
  'ReplugInstance',
  'StopInstance',
  'RebuildInstance',
  'ClearError',
  'PushUpdate',
  'ReadStats',
  'Exit',
] as const
export const DRIVER_NAMES = ['router', 'loadbalancer'] as const

export const InstanceState = z.enum(INSTANCE_STATES)
export const Action = z.enum(ACTIONS)
export const Step = z.enum(STEPS)
export const DriverName = z.enum(DRIVER_NAMES)
export type InstanceState = z.infer<typeof InstanceState>
export type Action = z.infer<typeof Action>
export type Step = z.infer<typeof Step>
export type DriverName = z.infer<typeof DriverName>

const Time = z.iso.datetime({ precision: 3 })

/** One Nova server that backs a resource. */
export const Instance = z.object({
  id: z.string(),
  name: z.string(),
  /** Nova's status (ACTIVE, BUILD, ERROR, …). */
  status: z.string(),
  management_address: z.string().nullable(),
  image_uuid: z.string().nullable(),
  booted_at: Time.nullable(),
  /** Result of the last alive check; null before the first one. */
  alive: z.boolean().nullable(),
})
export type Instance = z.infer<typeof Instance>

/** Why and since when events of a resource are ignored. */
export const DebugMark = z.object({
  scope: z.enum(['resource', 'tenant', 'global']),
  reason: z.string().nullable(),
  since: Time,
  by: z.string().nullable(),
})
export type DebugMark = z.infer<typeof DebugMark>

export const LastError = z.object({
  code: z.string(),
  message: z.string(),
  at: Time,
  next_retry_at: Time.nullable(),
})
export type LastError = z.infer<typeof LastError>

/** One logical resource as the orchestrator sees it. */
export const Resource = z.object({
  id: z.string(),
  driver: DriverName,
  tenant_id: z.string(),
  name: z.string(),
  /** Neutron's status of the resource. */
  status: z.string().nullable(),
  instance_state: InstanceState,
  step: Step,
  action: Action.nullable(),
  queue: z.array(Action),
  attempts: z.number().int(),
  image_uuid: z.string().nullable(),
  image_current: z.boolean().nullable(),
  instances: z.array(Instance),
  required_instances: z.number().int(),
  networks: z.number().int(),
  config_fingerprint: z.string().nullable(),
  configured_at: Time.nullable(),
  last_event_at: Time.nullable(),
  last_event_type: z.string().nullable(),
  last_alive_at: Time.nullable(),
  last_error: LastError.nullable(),
  debug: DebugMark.nullable(),
  worker: z.string().nullable(),
  host: z.string(),
  /** Grows with every change of this object. */
  revision: z.number().int(),
})
export type Resource = z.infer<typeof Resource>

export const ResourceList = z.object({
  resources: z.array(Resource),
  next_marker: z.string().nullable(),
  /** Revision of the whole table at the time of the answer. */
  revision: z.number().int(),
})
export type ResourceList = z.infer<typeof ResourceList>

/** What a resource is called and how it is: enough to choose one. */
export const ResourceName = Resource.pick({ id: true, name: true, driver: true, instance_state: true })
export type ResourceName = z.infer<typeof ResourceName>

export const ResourceNames = z.object({ names: z.array(ResourceName) })
export type ResourceNames = z.infer<typeof ResourceNames>

export const ResourceAnswer = z.object({ resource: Resource })

export const OPERATOR_ACTIONS = ['update', 'rebuild', 'poll', 'debug', 'manage'] as const
export const ActionRequest = z.object({
  action: z.enum(OPERATOR_ACTIONS),
  reason: z.string().max(1000).optional(),
  image_uuid: z.string().optional(),
})
export type ActionRequest = z.infer<typeof ActionRequest>

export const ActionAccepted = z.object({ accepted: z.literal(true), resource: Resource })
export type ActionAccepted = z.infer<typeof ActionAccepted>

export const PollAccepted = z.object({ accepted: z.literal(true), resources: z.number().int() })
export type PollAccepted = z.infer<typeof PollAccepted>

/** Answer to an action on `*` or `error`; `resources` is null where their number is not known. */
export const ManyAccepted = z.object({ accepted: z.literal(true), resources: z.number().int().nullable() })
export type ManyAccepted = z.infer<typeof ManyAccepted>

/** One worker process. */
export const Worker = z.object({
  name: z.string(),
  pid: z.number().int().nullable(),
  since: Time.nullable(),
  resources: z.number().int(),
  queued: z.number().int(),
  running: z.array(z.object({ resource_id: z.string(), step: Step, since: Time })),
  rss_bytes: z.number().int(),
  heap_bytes: z.number().int(),
  event_loop_p99_ms: z.number(),
  restarts: z.number().int(),
})
export type Worker = z.infer<typeof Worker>

export const WorkerList = z.object({ workers: z.array(Worker) })
export type WorkerList = z.infer<typeof WorkerList>

/** Every error answer has this shape. */
export const ErrorAnswer = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    /** What to do next. */
    suggestions: z.array(z.string()).optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
})
export type ErrorAnswer = z.infer<typeof ErrorAnswer>
