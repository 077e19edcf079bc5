import { z } from 'zod'
import {
  ActionAccepted,
  ActionRequest,
  DebugMark,
  DRIVER_NAMES,
  ErrorAnswer,
  INSTANCE_STATES,
  Instance,
  LastError,
  PollAccepted,
  Resource,
  ResourceAnswer,
  ResourceList,
  ResourceNames,
  Worker,
  WorkerList,
} from './operator.ts'
import {
  DebugRequest,
  DebugState,
  OrchestratorInfo,
  ReloadAnswer,
  StreamEvent,
  TenantActionRequest,
  TenantList,
  TenantSummary,
} from './stream.ts'
import { ConfigAnswer, ConfigChange, TimelineAnswer, TimelineEntry } from './timeline.ts'

const NAMED = {
  ActionAccepted,
  ActionRequest,
  ConfigAnswer,
  ConfigChange,
  DebugMark,
  DebugRequest,
  DebugState,
  ErrorAnswer,
  Instance,
  LastError,
  OrchestratorInfo,
  PollAccepted,
  ReloadAnswer,
  Resource,
  ResourceAnswer,
  ResourceList,
  ResourceNames,
  StreamEvent,
  TenantActionRequest,
  TenantList,
  TenantSummary,
  TimelineAnswer,
  TimelineEntry,
  Worker,
  WorkerList,
} satisfies Record<string, z.ZodType>
type SchemaName = keyof typeof NAMED

const ref = (name: SchemaName): object => ({ $ref: `#/components/schemas/${name}` })
const json = (description: string, name: SchemaName): object => ({
  description,
  content: { 'application/json': { schema: ref(name) } },
})
const errors = (...statuses: readonly number[]): Record<string, object> =>
  Object.fromEntries(statuses.map((status) => [String(status), json(ERROR_TEXTS[status] ?? '', 'ErrorAnswer')]))

const ERROR_TEXTS: Readonly<Record<number, string>> = {
  400: 'Something in the request is wrong; the message says what',
  403: 'Refused: not allowed, a foreign Host, or a write without JSON type or X-Astara-Client',
  404: 'No such thing',
  409: 'Refused in the present state',
  501: 'Not available here',
  503: 'Not ready; the message says what is missing',
  504: 'The orchestrator did not answer in time',
}

const query = (name: string, schema: object, description: string): object => ({
  name,
  in: 'query',
  schema,
  description,
})
const uuid = { type: 'string', format: 'uuid' }
const ID = { name: 'id', in: 'path', required: true, schema: uuid, description: 'Id of the resource' }
const body = (name: SchemaName): object => ({ required: true, content: { 'application/json': { schema: ref(name) } } })
const text = (description: string): object => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' } } },
})
const plain = (description: string): object => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})

const TENANT = { name: 'id', in: 'path', required: true, schema: uuid, description: 'Id of the tenant' }
const REASON = query('reason', { type: 'string', maxLength: 1000 }, 'Why, for the record')
const LAST_EVENT_ID = { type: 'string', maxLength: 100 }
const optionalBody = (name: SchemaName): object => ({ content: { 'application/json': { schema: ref(name) } } })

/** A debug mode: PUT begins it, DELETE ends it. */
const debugMode = (whose: string, parameters: readonly object[]): { put: object; delete: object } => ({
  put: {
    summary: `Put ${whose} into debug mode: its events are dropped, its queued work is held back`,
    parameters,
    requestBody: optionalBody('DebugRequest'),
    responses: { 200: json('All modes in force', 'DebugState'), ...errors(400, 403) },
  },
  delete: {
    summary: `Manage ${whose} again, and look at what happened meanwhile`,
    parameters: [...parameters, REASON],
    responses: { 200: json('All modes in force', 'DebugState'), ...errors(400, 403) },
  },
})

const WILD = 'Id of the resource; `*`: all, `error`: all in error state (with yes=true)'
const LEGACY_ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: WILD }
const LEGACY_OPTIONS = [
  query('reason', { type: 'string', maxLength: 1000 }, 'Why, for the log'),
  query('yes', { type: 'boolean' }, 'Needed with a wildcard'),
]
const IMAGE = query('image_uuid', uuid, 'Rebuild with this image (also router_image_uuid, resource_image_uuid)')

const legacy = (summary: string, parameters: readonly object[] = []): object => ({
  put: { summary, tags: ['legacy'], parameters, responses: { 200: plain('Done'), ...errors(400, 403, 404, 501, 504) } },
})

const PATHS = {
  '/v1/resources': {
    get: {
      summary: 'Resources in the order of their ids, page by page',
      parameters: [
        query('driver', { enum: DRIVER_NAMES }, 'Kind of resource'),
        query('tenant_id', uuid, 'Owner'),
        query('instance_state', { enum: INSTANCE_STATES }, 'State of the instances'),
        query('name', { type: 'string' }, 'Exactly this name'),
        query('id_prefix', { type: 'string' }, 'Beginning of the id'),
        query('limit', { type: 'integer', minimum: 1, maximum: 1000, default: 1000 }, 'Resources on a page'),
        query('marker', uuid, 'Last id of the page before (next_marker)'),
      ],
      responses: { 200: json('One page', 'ResourceList'), ...errors(400, 403, 504) },
    },
  },
  '/v1/names': {
    get: {
      summary: 'What every resource is called and how it is, all at once: for completion',
      parameters: [query('driver', { enum: DRIVER_NAMES }, 'Kind of resource')],
      responses: { 200: json('All of them, in the order of their ids', 'ResourceNames'), ...errors(400, 403, 504) },
    },
  },
  '/v1/resources/{id}': {
    get: {
      summary: 'One resource',
      parameters: [ID],
      responses: { 200: json('The resource', 'ResourceAnswer'), ...errors(400, 403, 404, 504) },
    },
  },
  '/v1/resources/{id}/actions': {
    post: {
      summary: 'Ask something of one resource',
      parameters: [ID],
      requestBody: body('ActionRequest'),
      responses: { 202: json('Queued', 'ActionAccepted'), ...errors(400, 403, 404, 409, 501, 504) },
    },
  },
  '/v1/resources/{id}/timeline': {
    get: {
      summary: 'What happened to one resource, oldest first',
      parameters: [ID],
      responses: { 200: json('The last entries', 'TimelineAnswer'), ...errors(400, 403, 404, 503, 504) },
    },
  },
  '/v1/resources/{id}/config': {
    get: {
      summary:
        'The configuration that its appliance accepted last (secrets masked) and how it differs from the one before',
      parameters: [ID],
      responses: { 200: json('The configuration', 'ConfigAnswer'), ...errors(400, 403, 404, 503, 504) },
    },
  },
  '/v1/stream': {
    get: {
      summary:
        'Changes as they happen (server-sent events). `event` is the type, `data` the rest, `id` where to go on. `resync`: ' +
        'changes were lost to this reader, list again',
      parameters: [
        query(
          'types',
          { type: 'string' },
          'Comma-separated: resource, removed, timeline, worker, debug. Default: all but timeline',
        ),
        query('driver', { enum: DRIVER_NAMES }, 'Kind of resource'),
        query('tenant_id', uuid, 'Owner'),
        query('id', uuid, 'Only this resource'),
        query(
          'instance_state',
          { enum: INSTANCE_STATES },
          'Resources in this state; one that leaves it is told as removed',
        ),
        query('last_event_id', LAST_EVENT_ID, 'Go on after this event'),
        { name: 'Last-Event-ID', in: 'header', schema: LAST_EVENT_ID, description: 'The same, before the query' },
      ],
      responses: {
        200: {
          description: 'Until somebody ends it; with a sign of life every 15 seconds',
          content: { 'text/event-stream': { schema: ref('StreamEvent') } },
        },
        ...errors(400, 403, 503),
      },
    },
  },
  '/v1/info': {
    get: { summary: 'Who answers', responses: { 200: json('This orchestrator', 'OrchestratorInfo'), ...errors(403) } },
  },
  '/v1/tenants': {
    get: {
      summary: 'Tenants that have resources here or are in debug mode',
      responses: { 200: json('All of them', 'TenantList'), ...errors(403) },
    },
  },
  '/v1/tenants/{id}': {
    get: {
      summary: 'One tenant',
      parameters: [TENANT],
      responses: { 200: json('The tenant', 'TenantSummary'), ...errors(400, 403, 404) },
    },
  },
  '/v1/tenants/{id}/actions': {
    post: {
      summary: 'Put a tenant into debug mode, or manage it again',
      parameters: [TENANT],
      requestBody: body('TenantActionRequest'),
      responses: { 202: json('All modes in force', 'DebugState'), ...errors(400, 403) },
    },
  },
  '/v1/debug': {
    get: {
      summary: 'Every debug mode in force',
      responses: { 200: json('All of them', 'DebugState'), ...errors(403) },
    },
    ...debugMode('everything', []),
  },
  '/v1/debug/tenants/{id}': debugMode('a tenant', [TENANT]),
  '/v1/debug/resources/{id}': debugMode('a resource', [ID]),
  '/v1/config/reload': {
    post: {
      summary: 'Read the configuration files again',
      responses: { 200: json('What changed', 'ReloadAnswer'), ...errors(400, 403, 501) },
    },
  },
  '/v1/workers': {
    get: { summary: 'Worker processes', responses: { 200: json('All of them', 'WorkerList'), ...errors(403, 504) } },
  },
  '/v1/poll': {
    post: {
      summary: 'Check the health of every resource now',
      responses: { 202: json('Queued', 'PollAccepted'), ...errors(403, 504) },
    },
  },
  '/v1/openapi.json': { get: { summary: 'This document', responses: { 200: plain('OpenAPI 3.1'), ...errors(403) } } },
  '/healthz': { get: { summary: 'The process answers', responses: { 200: plain('It does'), ...errors(403) } } },
  '/readyz': {
    get: {
      summary: 'Connected to the bus and first reconcile done',
      responses: { 200: plain('Ready'), ...errors(403, 503) },
    },
  },
  '/metrics': { get: { summary: 'Prometheus metrics', responses: { 200: text('Metrics'), ...errors(403) } } },
  '/poll': legacy('Check the health of every resource now'),
  '/workers/debug': legacy('Worker processes'),
  '/config/reload': legacy('Read the configuration files again'),
  '/tenant/debug/{id}': legacy('Put a tenant into debug mode', [TENANT, REASON]),
  '/tenant/manage/{id}': legacy('Manage a tenant again', [TENANT, REASON]),
  '/global/debug/enable': legacy('Put everything into debug mode', [REASON]),
  '/global/debug/disable': legacy('Manage everything again', [REASON]),
  '/router/debug/{id}': legacy('Put a router into debug mode', [ID, REASON]),
  '/router/manage/{id}': legacy('Manage a router again', [ID, REASON]),
  '/resource/debug/{id}': legacy('Put a resource into debug mode', [ID, REASON]),
  '/resource/manage/{id}': legacy('Manage a resource again', [ID, REASON]),
  '/router/update/{id}': legacy('Update a router', [LEGACY_ID, ...LEGACY_OPTIONS]),
  '/router/rebuild/{id}': legacy('Rebuild a router', [LEGACY_ID, IMAGE, ...LEGACY_OPTIONS]),
  '/resource/update/{id}': legacy('Update a resource', [LEGACY_ID, ...LEGACY_OPTIONS]),
  '/resource/rebuild/{id}': legacy('Rebuild a resource', [LEGACY_ID, IMAGE, ...LEGACY_OPTIONS]),
} as const

function schemas(): unknown {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id })
  // The input form: fields may be added to answers, so nothing forbids further ones.
  const made = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` }).schemas
  // Within an OpenAPI document the dialect is the document's and an `$id` with a fragment is not allowed.
  return Object.fromEntries(Object.entries(made).map(([name, { $schema, $id, ...schema }]) => [name, schema]))
}

/** The OpenAPI 3.1 document of the operator API, made from the schemas that both sides check with. */
export function openApiDocument(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: '3.1.0',
    info: { title: 'astara operator API', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths: PATHS,
    components: { schemas: schemas() },
  }
}
