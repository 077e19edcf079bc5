import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  type ActionAccepted,
  ActionRequest,
  openApiDocument,
  type PollAccepted,
  type ResourceList,
  type WorkerList,
} from '../../contract/index.ts'
import { AstaraError } from '../../shared/index.ts'
import { inTime } from './in-time.ts'
import { listQueryOf, namesOf } from './list-query.ts'
import type { OrchestratorPort } from './port.ts'
import { dashed, idOf, operatorOf, read, Uuid } from './request.ts'

// Strict: a misspelt field must not rebuild with the wrong image.
const ActionBody = z.strictObject({ ...ActionRequest.shape, image_uuid: Uuid.optional() })

/** The operator API under /v1 (shapes: contract room). */
export function v1Routes(app: FastifyInstance, port: OrchestratorPort, version: string): void {
  app.get('/v1/resources', (request): Promise<ResourceList> | ResourceList => {
    const { filter, paging } = listQueryOf(request.query)
    return port.list(filter, paging)
  })

  app.get('/v1/names', (request) => namesOf(port.resources(), request.query))

  app.get('/v1/resources/:id', async (request) => {
    const id = idOf(request.params, 'a resource id')
    const resource = await port.get(id)
    if (resource === null) throw new AstaraError('not_found', `there is no resource ${id}`)
    return { resource }
  })

  app.post('/v1/resources/:id/actions', async (request, reply): Promise<ActionAccepted> => {
    const id = idOf(request.params, 'a resource id')
    const { action, reason, image_uuid } = read(ActionBody, request.body)
    if (image_uuid !== undefined && action !== 'rebuild') {
      throw new AstaraError('bad_request', 'image_uuid: can be given to rebuild only')
    }
    const asked = {
      action,
      reason: reason ?? null,
      imageUuid: dashed(image_uuid),
      driver: null,
      by: operatorOf(request),
    }
    const resource = await inTime(reply, (signal) => port.act(id, asked, signal))
    reply.code(202)
    return { accepted: true, resource }
  })

  app.get('/v1/workers', async (request): Promise<WorkerList> => {
    return { workers: [...(await port.workers(request.signal))] }
  })

  app.post('/v1/poll', async (request, reply): Promise<PollAccepted> => {
    const resources = await inTime(reply, (signal) => port.poll(signal, operatorOf(request)))
    reply.code(202)
    return { accepted: true, resources }
  })

  app.get('/v1/openapi.json', () => openApiDocument(version))
}
