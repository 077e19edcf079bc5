import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient, type OrchestratorClient } from '../../src/client/index.ts'
import { createApi } from '../../src/orchestrator/api/index.ts'
import { AstaraError, systemClock } from '../../src/shared/index.ts'
import { depsOf } from '../orchestrator/api/http.ts'
import { IMAGE, MemoryOrchestrator, numberedId, sampleResource, TENANT_B } from '../orchestrator/api/memory-port.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const clientOf = (url: string, timeoutMs = 5_000): OrchestratorClient => {
  const client = createHttpClient({ url, timeoutMs, clock: systemClock, userAgent: 'astara-test/1' })
  open.push(client)
  return client
}

async function orchestrator(resources: Parameters<typeof sampleResource>[0] | null, port: MemoryOrchestrator) {
  for (let i = 1; resources !== null && i <= resources; i++) port.table.set(numberedId(i), sampleResource(i))
  const api = createApi(depsOf(port), { listen: '127.0.0.1', port: 0, closeGraceMs: 50 })
  open.push(api)
  return clientOf((await api.listen()).url)
}

async function strange(
  listener: RequestListener,
  timeoutMs?: number,
): Promise<{ client: OrchestratorClient; server: Server }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  return { client: clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs), server }
}

async function errorOf(promise: Promise<unknown>): Promise<AstaraError> {
  const error = await promise.then(
    () => null,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(AstaraError)
  return error as AstaraError
}

describe('the client over HTTP, with a real API', () => {
  it('lists everything, page by page', async () => {
    const client = await orchestrator(2_345, new MemoryOrchestrator())
    const list = await client.list()
    expect(list.resources.map((r) => r.id)).toEqual(Array.from({ length: 2_345 }, (_, i) => numberedId(i + 1)))
    expect(list).toMatchObject({ next_marker: null, revision: 7 })
  })

  it('passes filters on', async () => {
    const client = await orchestrator(
      null,
      new MemoryOrchestrator([
        sampleResource(1),
        sampleResource(2, { driver: 'loadbalancer' }),
        sampleResource(3, { tenant_id: TENANT_B, instance_state: 'error', name: 'a&b=c ?' }),
      ]),
    )
    const names = async (query: Parameters<typeof client.list>[0]) =>
      (await client.list(query)).resources.map((r) => r.name)
    expect(await names({ driver: 'loadbalancer' })).toEqual(['r2'])
    expect(await names({ tenantId: TENANT_B, instanceState: 'error' })).toEqual(['a&b=c ?'])
    expect(await names({ name: 'a&b=c ?' })).toEqual(['a&b=c ?'])
    expect(await names({ idPrefix: '00000003' })).toEqual(['a&b=c ?'])
  })

  it('gets one', async () => {
    const client = await orchestrator(2, new MemoryOrchestrator())
    expect(await client.get(numberedId(2))).toEqual(sampleResource(2))
    const error = await errorOf(client.get(numberedId(9)))
    expect([error.code, error.exit]).toEqual(['not_found', 3])
  })

  it('acts on one and on many, polls, and shows workers', async () => {
    const port = new MemoryOrchestrator()
    const client = await orchestrator(2, port)
    const taken = await client.act(numberedId(1), { action: 'rebuild', reason: 'why', imageUuid: IMAGE })
    expect(taken.resource?.id).toBe(numberedId(1))
    expect(port.acted).toEqual([
      {
        id: numberedId(1),
        request: { action: 'rebuild', reason: 'why', imageUuid: IMAGE, driver: null, by: userInfo().username },
      },
    ])
    expect(await client.actOnMany('error', { action: 'rebuild', driver: 'router', imageUuid: IMAGE })).toEqual({
      accepted: true,
      resources: 2,
    })
    expect(await client.actOnMany('*', { action: 'update', driver: null, reason: 'why' })).toMatchObject({
      resources: 2,
    })
    expect(port.commands).toMatchObject([
      { type: 'router-rebuild', resourceId: 'error', imageUuid: IMAGE, reason: null },
      { type: 'resource-update', resourceId: '*', imageUuid: null, reason: 'why' },
    ])
    expect(await client.poll()).toEqual({ accepted: true, resources: 2 })
    expect((await client.workers())?.workers[0]?.name).toBe('w0')
  })

  it('passes on why the orchestrator refused', async () => {
    const port = new MemoryOrchestrator()
    port.hook = () =>
      Promise.reject(
        new AstaraError('refused', 'in debug mode', { suggestions: ['Manage it.'], details: { reason: 'x' } }),
      )
    const error = await errorOf((await orchestrator(1, port)).act(numberedId(1), { action: 'update' }))
    expect(error).toMatchObject({
      code: 'refused',
      exit: 2,
      message: 'in debug mode',
      suggestions: ['Manage it.'],
      details: { reason: 'x' },
    })
  })
})

describe('a time-out with a fraction', () => {
  it('is as good as a whole one: what is left of a budget is hardly ever a whole number of milliseconds', async () => {
    const api = createApi(depsOf(new MemoryOrchestrator([sampleResource(1)])), { listen: '127.0.0.1', port: 0 })
    open.push(api)
    const client = clientOf((await api.listen()).url, 1_234.567)
    expect((await client.list()).resources).toHaveLength(1)
  })
})

describe('when it goes wrong', () => {
  it('nobody there: unreachable, with what to do', async () => {
    const { client, server } = await strange(() => {})
    await new Promise((resolve) => server.close(resolve))
    const error = await errorOf(client.poll())
    expect([error.code, error.exit]).toEqual(['unreachable', 5])
    expect(error.message).toMatch(/^no orchestrator answers at http:\/\/127\.0\.0\.1:\d+: connection refused$/)
    expect(error.suggestions.join('\n')).toMatch(/ASTARA_URL/)
  })

  it('an unknown host name: unreachable', async () => {
    const error = await errorOf(clientOf('http://no.such.host.invalid:44250').poll())
    expect(error.code).toBe('unreachable')
  })

  it('no answer: timeout', async () => {
    const { client } = await strange(() => {}, 100)
    const error = await errorOf(client.list())
    expect([error.code, error.exit]).toEqual(['timeout', 8])
  })

  it('an answer that never ends: timeout', async () => {
    const { client } = await strange((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"resources":[')
    }, 150)
    expect((await errorOf(client.list())).code).toBe('timeout')
  })

  it('interrupted by the caller, before and during', async () => {
    const { client } = await strange(() => {})
    expect((await errorOf(client.poll({ signal: AbortSignal.abort() }))).exit).toBe(130)
    const controller = new AbortController()
    const polled = errorOf(client.poll({ signal: controller.signal }))
    setImmediate(() => controller.abort())
    expect((await polled).code).toBe('interrupted')
  })

  it.each([
    ['another program', 200, '<html>hello</html>'],
    ['another contract', 200, '{"resources":[{"id":1}],"next_marker":null,"revision":1}'],
    ['another error', 502, '<h1>Bad gateway</h1>'],
    ['an error without shape', 404, '{"message":"Not found"}'],
  ])('%s answers: said so', async (_who, status, body) => {
    const { client } = await strange((_request, response) => response.writeHead(status).end(body))
    const error = await errorOf(client.list())
    expect(error.code).toBe('failed')
    expect(error.message).toContain('does not speak like an orchestrator')
    expect(error.message).not.toContain('<')
  })

  it('an error code of a later version falls back to the status', async () => {
    const { client } = await strange((_request, response) =>
      response.writeHead(409).end('{"error":{"code":"brand_new","message":"no"}}'),
    )
    expect((await errorOf(client.list())).code).toBe('refused')
  })

  it('follows no redirect', async () => {
    const { client } = await strange((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    )
    expect((await errorOf(client.list())).code).toBe('failed')
  })

  it('pages that do not go forward end the list', async () => {
    let asked = 0
    const { client } = await strange((_request, response) => {
      asked += 1
      response.end(JSON.stringify({ resources: [], next_marker: numberedId(1), revision: 1 }))
    })
    expect((await errorOf(client.list())).code).toBe('failed')
    expect(asked).toBe(2)
  })

  it('a read whose connection broke is tried once more, a write never', async () => {
    let asked = 0
    const { client } = await strange((request, response) => {
      asked += 1
      if (asked === 1) request.socket.destroy()
      else response.end(JSON.stringify({ workers: [] }))
    })
    expect(await client.workers()).toEqual({ workers: [] })
    expect(asked).toBe(2)
    asked = 0
    expect((await errorOf(client.poll())).code).toBe('unreachable')
    expect(asked).toBe(1)
  })

  it.each(['', 'localhost:44250', 'ftp://h', 'http://u:p@h', 'http://h/?x=1', 'http://'])(
    'refuses the address "%s"',
    (url) => {
      let error: unknown
      try {
        createHttpClient({ url, timeoutMs: 1, clock: systemClock, userAgent: 'x' })
      } catch (e) {
        error = e
      }
      expect(error).toBeInstanceOf(AstaraError)
      expect(error).toMatchObject({ exit: 2 })
      expect(String(error)).not.toContain('u:p')
    },
  )

  it('keeps the path of a proxy', async () => {
    let asked = ''
    const { server } = await strange((request, response) => {
      asked = request.url ?? ''
      response.end('{"workers":[]}')
    })
    await clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/astara/`).workers()
    expect(asked).toBe('/astara/v1/workers')
  })
})
