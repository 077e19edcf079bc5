import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  type ActionAccepted,
  ActionRequest,
  DriverName,
  InstanceState,
  openApiDocument,
  type PollAccepted,
  type ResourceList,
  type WorkerList,
} from '../../contract/index.ts'
import { AstaraError, isUuid, normalizeUuid } from '../../shared/index.ts'
import type { OrchestratorPort } from './port.ts'

/** Resources on one page when the client does not say, and at most. */
const MAX_PAGE = 1000

const Uuid = z.string().refine(isUuid, 'must be a UUID')

// Strict: a misspelt filter must not answer with everything, a misspelt field not rebuild with the wrong image.
const ListQuery = z.strictObject({
  driver: DriverName.optional(),
  tenant_id: Uuid.optional(),
  instance_state: InstanceState.optional(),
  name: z.string().optional(),
  id_prefix: z
    .string()
    .regex(/^[0-9a-f-]{1,36}$/i, 'must be the beginning of a UUID')
    .optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  marker: Uuid.optional(),
})

const ActionBody = z.strictObject({ ...ActionRequest.shape, image_uuid: Uuid.optional() })

/** @throws AstaraError `bad_request` naming every field that is wrong and why, without repeating what was sent. */
function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.join('.')
    return path === '' ? issue.message : `${path}: ${issue.message}`
  })
  throw new AstaraError('bad_request', problems.join('; '), { details: { problems } })
}

function resourceId(params: unknown): string {
  const id = normalizeUuid((params as { readonly id: string }).id)
  if (id === null) throw new AstaraError('bad_request', 'a resource id must be a UUID')
  return id
}

const dashed = (id: string | undefined): string | null => (id === undefined ? null : normalizeUuid(id))

/** Hex digits as they stand at the beginning of a dashed id. */
function dashedPrefix(text: string): string {
  const hex = text.replaceAll('-', '').toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .filter((part) => part !== '')
    .join('-')
}

/** The operator API under /v1 (shapes: contract room). */
export function v1Routes(app: FastifyInstance, port: OrchestratorPort, version: string): void {
  app.get('/v1/resources', (request): Promise<ResourceList> | ResourceList => {
    const query = read(ListQuery, request.query)
    const tenantId = dashed(query.tenant_id)
    return port.list(
      {
        ...(query.driver === undefined ? {} : { driver: query.driver }),
        ...(tenantId === null ? {} : { tenantId }),
        ...(query.instance_state === undefined ? {} : { instanceState: query.instance_state }),
        ...(query.name === undefined ? {} : { name: query.name }),
        ...(query.id_prefix === undefined ? {} : { idPrefix: dashedPrefix(query.id_prefix) }),
      },
      { limit: query.limit, marker: dashed(query.marker) },
    )
  })

  app.get('/v1/resources/:id', async (request) => {
    const id = resourceId(request.params)
    const resource = await port.get(id)
    if (resource === null) throw new AstaraError('not_found', `there is no resource ${id}`)
    return { resource }
  })

  app.post('/v1/resources/:id/actions', async (request, reply): Promise<ActionAccepted> => {
    const id = resourceId(request.params)
    const { action, reason, image_uuid } = read(ActionBody, request.body)
    if (image_uuid !== undefined && action !== 'rebuild') {
      throw new AstaraError('bad_request', 'image_uuid: can be given to rebuild only')
    }
    const asked = { action, reason: reason ?? null, imageUuid: dashed(image_uuid), driver: null }
    const resource = await port.act(id, asked, request.signal)
    reply.code(202)
    return { accepted: true, resource }
  })

  app.get('/v1/workers', async (request): Promise<WorkerList> => {
    return { workers: [...(await port.workers(request.signal))] }
  })

  app.post('/v1/poll', async (request, reply): Promise<PollAccepted> => {
    const resources = await port.poll(request.signal)
    reply.code(202)
    return { accepted: true, resources }
  })

  app.get('/v1/openapi.json', () => openApiDocument(version))
}
