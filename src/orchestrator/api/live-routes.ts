import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { DriverName, InstanceState, type OrchestratorInfo, StreamEvent } from '../../contract/index.ts'
import type { OrchestratorPort } from './port.ts'
import { dashed, idOf, operatorOf, read, Uuid } from './request.ts'
import type { StreamFilter, StreamHub } from './stream/index.ts'

const TYPES = StreamEvent.options.map((option) => option.shape.type.value)

const StreamQuery = z.strictObject({
  types: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(TYPES)))
    .optional(),
  driver: DriverName.optional(),
  tenant_id: Uuid.optional(),
  id: Uuid.optional(),
  instance_state: InstanceState.optional(),
  last_event_id: z.string().max(100).optional(),
})

/** @throws AstaraError `bad_request` */
export function streamFilterOf(query: unknown): { readonly filter: StreamFilter; readonly lastEventId: string | null } {
  const { types, driver, tenant_id, id, instance_state, last_event_id } = read(StreamQuery, query)
  const filter: StreamFilter = {
    types: types === undefined ? null : new Set(types),
    driver: driver ?? null,
    tenantId: dashed(tenant_id),
    id: dashed(id),
    instanceState: instance_state ?? null,
  }
  return { filter, lastEventId: last_event_id ?? null }
}

/** What is going on: who answers, timelines, configurations, the stream of changes. */
export function liveRoutes(app: FastifyInstance, port: OrchestratorPort, hub: StreamHub, version: string): void {
  app.get('/v1/info', async (): Promise<OrchestratorInfo> => ({ ...(await port.info()), version }))
  app.get('/v1/resources/:id/timeline', (request) =>
    port.timeline(idOf(request.params, 'a resource id'), request.signal),
  )
  app.get('/v1/resources/:id/config', (request) => port.config(idOf(request.params, 'a resource id'), request.signal))
  app.post('/v1/config/reload', (request) => port.reload(operatorOf(request)))

  app.get('/v1/stream', { exposeHeadRoute: false }, (request, reply) => {
    const { filter, lastEventId } = streamFilterOf(request.query)
    const header = request.headers['last-event-id']
    const { raw } = reply
    const reader = hub.open(filter, typeof header === 'string' && header !== '' ? header : lastEventId, {
      write: (text) => raw.write(text),
      end: () => raw.end(),
      destroy: () => raw.destroy(),
      begin() {
        reply.hijack()
        request.socket.setNoDelay(true)
        raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          // A proxy in front must not collect what is to arrive at once.
          'x-accel-buffering': 'no',
        })
      },
    })
    raw.on('drain', () => reader.drained())
    raw.on('close', () => reader.closed())
  })
}
