import { createHttpClient, type OrchestratorClient } from '../../../src/client/index.ts'
import { createApi } from '../../../src/orchestrator/api/index.ts'
import { systemClock } from '../../../src/shared/index.ts'
import { depsOf } from '../../orchestrator/api/http.ts'
import { MemoryOrchestrator, numberedId, sampleResource, TENANT_B } from '../../orchestrator/api/memory-port.ts'

/** A real API over an orchestrator in memory with three routers and a load balancer, and a client that talks to it. */
export async function startOrchestrator(): Promise<{
  readonly port: MemoryOrchestrator
  readonly client: OrchestratorClient
  readonly url: string
  readonly stop: () => Promise<void>
}> {
  const port = new MemoryOrchestrator([
    sampleResource(0x11, { name: 'edge' }),
    sampleResource(0x12, { name: 'core', instance_state: 'error' }),
    sampleResource(0x21, { name: 'edge', tenant_id: TENANT_B }),
    sampleResource(0x31, { name: 'lb', driver: 'loadbalancer' }),
  ])
  const api = createApi(depsOf(port), { listen: '127.0.0.1', port: 0, closeGraceMs: 50 })
  const { url } = await api.listen()
  const client = createHttpClient({ url, timeoutMs: 5_000, clock: systemClock, userAgent: 'astara-test/1' })
  return {
    port,
    client,
    url,
    stop: async () => {
      await client.close()
      await api.close()
    },
  }
}

export const EDGE = numberedId(0x11)
export const CORE = numberedId(0x12)
export const LB = numberedId(0x31)
