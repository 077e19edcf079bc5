import type { FastifyInstance } from 'fastify'
import type { MetricsSource, OrchestratorPort } from './port.ts'

/** `/healthz` (the process answers), `/readyz` (it can do its work; 503 with what is missing) and `/metrics`. */
export function probeRoutes(app: FastifyInstance, port: OrchestratorPort, metrics: MetricsSource): void {
  app.get('/healthz', () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    const { ready, reasons } = await port.ready()
    if (ready) return { status: 'ready' }
    reply.code(503)
    return { error: { code: 'unavailable', message: reasons.join('; '), details: { reasons: [...reasons] } } }
  })

  app.get('/metrics', async (_request, reply) => {
    reply.header('content-type', metrics.contentType)
    return await metrics.text()
  })
}
