import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { DebugRequest, type DebugState, TenantActionRequest, type TenantList } from '../../contract/index.ts'
import { AstaraError } from '../../shared/index.ts'
import type { DebugTarget, OrchestratorPort } from './port.ts'
import { idOf, operatorOf, read } from './request.ts'

const DebugBody = z.strictObject(DebugRequest.shape).optional()
const TenantActionBody = z.strictObject(TenantActionRequest.shape)

/** Tenants and debug modes under /v1. */
export function tenantRoutes(app: FastifyInstance, port: OrchestratorPort): void {
  app.get('/v1/tenants', async (): Promise<TenantList> => ({ tenants: [...(await port.tenants())] }))

  app.get('/v1/tenants/:id', async (request) => {
    const id = idOf(request.params, 'a tenant id')
    const tenant = (await port.tenants()).find((one) => one.id === id)
    if (tenant === undefined) throw new AstaraError('not_found', `tenant ${id} has no resources here`)
    return tenant
  })

  app.post('/v1/tenants/:id/actions', async (request, reply): Promise<DebugState> => {
    const id = idOf(request.params, 'a tenant id')
    const { action, reason } = read(TenantActionBody, request.body)
    const order = { enabled: action === 'debug', reason: reason ?? null, by: operatorOf(request) }
    reply.code(202)
    return port.setDebug({ scope: 'tenant', id }, order)
  })

  app.get('/v1/debug', () => port.debug())

  const routes: readonly (readonly [string, (params: unknown) => DebugTarget])[] = [
    ['/v1/debug', () => ({ scope: 'global' })],
    ['/v1/debug/tenants/:id', (params) => ({ scope: 'tenant', id: idOf(params, 'a tenant id') })],
    ['/v1/debug/resources/:id', (params) => ({ scope: 'resource', id: idOf(params, 'a resource id') })],
  ]
  for (const [url, targetOf] of routes) {
    app.put(url, (request) => {
      const { reason = null } = read(DebugBody, request.body) ?? {}
      return port.setDebug(targetOf(request.params), { enabled: true, reason, by: operatorOf(request) })
    })
    app.delete(url, (request) => {
      const { reason = null } = read(DebugBody, request.query) ?? {}
      return port.setDebug(targetOf(request.params), { enabled: false, reason, by: operatorOf(request) })
    })
  }
}
