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
  Worker,
  WorkerList,
} from './operator.ts'

const NAMED = {
  ActionAccepted,
  ActionRequest,
  DebugMark,
  ErrorAnswer,
  Instance,
  LastError,
  PollAccepted,
  Resource,
  ResourceAnswer,
  ResourceList,
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
