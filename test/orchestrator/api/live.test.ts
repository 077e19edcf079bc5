import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient, type OrchestratorClient, type StreamItem } from '../../../src/client/index.ts'
import { DebugState, OrchestratorInfo, TenantList, TimelineAnswer } from '../../../src/contract/index.ts'
import { type Api, createApi } from '../../../src/orchestrator/api/index.ts'
import { systemClock } from '../../../src/shared/index.ts'
import { ask, depsOf } from './http.ts'
import { MemoryOrchestrator, numberedId, sampleResource, TENANT_A, TENANT_B } from './memory-port.ts'

const two = () =>
  new MemoryOrchestrator([sampleResource(1), sampleResource(2, { tenant_id: TENANT_B, instance_state: 'error' })])
const write = { headers: { 'x-astara-client': 'test', 'x-astara-user': 'alice' } }

describe('the live part of the API', () => {
  it('says who answers', async () => {
    const { json } = await ask(two(), 'GET', '/v1/info')
    expect(OrchestratorInfo.parse(json)).toMatchObject({ host: 'host1', version: '1.2.3', ready: true, revision: 7 })
  })

  it('shows timelines and configurations, or says that there is no such resource', async () => {
    const port = two()
    port.timelines.set(numberedId(1), [
      { seq: 1, at: '2026-01-01T00:00:00.000Z', type: 'state', from: 'down', to: 'up' },
    ])
    const { json } = await ask(port, 'GET', `/v1/resources/${numberedId(1)}/timeline`)
    expect(TimelineAnswer.parse(json).entries).toHaveLength(1)
    expect((await ask(port, 'GET', `/v1/resources/${numberedId(1)}/config`)).json).toMatchObject({
      fingerprint: 'f00d',
    })
    for (const what of ['timeline', 'config']) {
      expect((await ask(port, 'GET', `/v1/resources/${numberedId(9)}/${what}`)).status).toBe(404)
      expect((await ask(port, 'GET', `/v1/resources/x/${what}`)).status).toBe(400)
    }
  })

  it('shows tenants with what they have', async () => {
    const port = two()
    port.setDebug({ scope: 'tenant', id: TENANT_B }, { enabled: true, by: null, reason: null })
    const { json } = await ask(port, 'GET', '/v1/tenants')
    expect(TenantList.parse(json).tenants).toMatchObject([
      { id: TENANT_A, resources: 1, states: { configured: 1 }, debug: null },
      { id: TENANT_B, resources: 1, states: { error: 1 }, debug: { scope: 'tenant' } },
    ])
    expect((await ask(port, 'GET', `/v1/tenants/${TENANT_A.replaceAll('-', '')}`)).json).toMatchObject({ id: TENANT_A })
    expect((await ask(port, 'GET', `/v1/tenants/${numberedId(5)}`)).status).toBe(404)
  })

  it('turns debug modes on and off, and passes on who and why', async () => {
    const port = two()
    expect((await ask(port, 'PUT', '/v1/debug', { json: { reason: 'all' }, ...write })).status).toBe(200)
    await ask(port, 'PUT', `/v1/debug/tenants/${TENANT_A}`, { json: {}, ...write })
    await ask(port, 'PUT', `/v1/debug/resources/${numberedId(1)}`, write)
    await ask(port, 'DELETE', `/v1/debug/resources/${numberedId(1)}?reason=done`, write)
    const acted = await ask(port, 'POST', `/v1/tenants/${TENANT_A}/actions`, { json: { action: 'manage' }, ...write })
    expect(acted.status).toBe(202)
    expect(port.debugOrders).toEqual([
      { target: { scope: 'global' }, order: { enabled: true, reason: 'all', by: 'alice' } },
      { target: { scope: 'tenant', id: TENANT_A }, order: { enabled: true, reason: null, by: 'alice' } },
      { target: { scope: 'resource', id: numberedId(1) }, order: { enabled: true, reason: null, by: 'alice' } },
      { target: { scope: 'resource', id: numberedId(1) }, order: { enabled: false, reason: 'done', by: 'alice' } },
      { target: { scope: 'tenant', id: TENANT_A }, order: { enabled: false, reason: null, by: 'alice' } },
    ])
    const { json } = await ask(port, 'GET', '/v1/debug')
    expect(DebugState.parse(json)).toMatchObject({ global: { reason: 'all', by: 'alice' }, tenants: [], resources: [] })
  })

  it.each([
    ['PUT', '/v1/debug', { json: { reasn: 'x' } }],
    ['PUT', '/v1/debug', { json: { reason: 'x'.repeat(1001) } }],
    ['PUT', '/v1/debug/tenants/*', { json: {} }],
    ['DELETE', '/v1/debug/resources/error', {}],
    ['POST', `/v1/tenants/${TENANT_A}/actions`, { json: { action: 'rebuild' } }],
    ['GET', '/v1/stream?type=resource', {}],
    ['GET', '/v1/stream?types=resource,everything', {}],
    ['GET', '/v1/stream?instance_state=fine', {}],
  ] as const)('refuses %s %s %j', async (method, url, extra) => {
    const port = two()
    expect((await ask(port, method, url, { ...write, ...extra })).status).toBe(400)
    expect(port.debugOrders).toEqual([])
  })

  it('a debug mode cannot be turned on by a page of another site', async () => {
    const port = two()
    const foreign = { headers: { origin: 'http://evil.example', 'x-astara-client': 'x' }, json: {} }
    expect((await ask(port, 'PUT', '/v1/debug', foreign)).status).toBe(403)
    expect((await ask(port, 'DELETE', '/v1/debug', { headers: {} })).status).toBe(403)
    expect(port.debugOrders).toEqual([])
  })

  it('pitfall D28: reloading says what changed and what needs a restart, on both paths', async () => {
    const port = two()
    const wanted = { accepted: true, changed: ['[DEFAULT] alive_timeout'], restart_needed: ['[DEFAULT] host'] }
    expect((await ask(port, 'POST', '/v1/config/reload', write)).json).toEqual(wanted)
    expect((await ask(port, 'PUT', '/config/reload')).json).toEqual(wanted)
    expect(port.reloads).toEqual(['alice', null])
  })
})

describe('GET /v1/stream', () => {
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0)) await step()
  })
  async function serve(port: MemoryOrchestrator): Promise<{ api: Api; url: string; client: OrchestratorClient }> {
    const api = createApi(depsOf(port), { listen: '127.0.0.1', port: 0, handlerTimeoutMs: 300, closeGraceMs: 200 })
    const { url } = await api.listen()
    const client = createHttpClient({ url, timeoutMs: 5_000, clock: systemClock, userAgent: 'test' })
    undo.push(
      () => client.close(),
      () => api.close(),
    )
    return { api, url, client }
  }
  /** Reads until so many events are there. */
  function reader(client: OrchestratorClient, ...[query, options]: Parameters<OrchestratorClient['stream']>) {
    const abort = new AbortController()
    const seen: StreamItem[] = []
    let lastId = ''
    const opened = Promise.withResolvers<void>()
    const ended = (async () => {
      for await (const item of client.stream(query, {
        ...options,
        signal: abort.signal,
        onId(id) {
          lastId = id
          opened.resolve()
        },
      })) {
        seen.push(item)
      }
    })().catch((error: unknown) => error)
    return { seen, abort, ended, opened: opened.promise, lastId: () => lastId }
  }
  const soon = { timeout: 5_000, interval: 5 }

  it('tells of changes as they happen, longer than any other answer may take', async () => {
    const port = two()
    const { client } = await serve(port)
    const far = reader(client)
    await far.opened
    await new Promise((resolve) => setTimeout(resolve, 500))
    port.put(sampleResource(1, { name: 'new name\nwith a line' }))
    port.drop(numberedId(2))
    await expect.poll(() => far.seen.length, soon).toBe(2)
    expect(far.seen.map(({ event }) => event)).toMatchObject([
      { type: 'resource', resource: { name: 'new name\nwith a line' } },
      { type: 'removed', id: numberedId(2), revision: port.tableRevision },
    ])
    far.abort.abort()
    expect(await far.ended).toMatchObject({ code: 'interrupted' })
  })

  it('goes on after Last-Event-ID where it broke off, and says so when it cannot', async () => {
    const port = two()
    const { client } = await serve(port)
    const first = reader(client)
    await first.opened
    port.put(sampleResource(1, { name: 'one' }))
    await expect.poll(() => first.seen.length, soon).toBe(1)
    first.abort.abort()
    await first.ended
    port.put(sampleResource(1, { name: 'two' }))
    port.put(sampleResource(3))
    const second = reader(client, {}, { lastEventId: first.lastId() })
    await expect.poll(() => second.seen.length, soon).toBe(2)
    expect(second.seen.map(({ event }) => (event.type === 'resource' ? event.resource.name : event.type))).toEqual([
      'two',
      'r3',
    ])
    const stranger = reader(client, {}, { lastEventId: 'another-life.5' })
    await expect.poll(() => stranger.seen.length, soon).toBe(1)
    expect(stranger.seen[0]?.event).toMatchObject({ type: 'resync', revision: port.tableRevision })
  })

  it('a reader that reads nothing does not make the orchestrator grow, and the others hear everything', async () => {
    const port = two()
    const { client, url } = await serve(port)
    const { connect } = await import('node:net')
    const { hostname, port: tcp } = new URL(url)
    const stuck = connect({ host: hostname, port: Number(tcp) })
    stuck.pause()
    stuck.write(`GET /v1/stream HTTP/1.1\r\nHost: ${hostname}:${tcp}\r\n\r\n`)
    undo.push(async () => void stuck.destroy())
    const far = reader(client, { types: ['removed'] })
    await far.opened
    const fat = 'x'.repeat(20_000)
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    const used = (): number => {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    }
    const before = used()
    for (let n = 0; n < 20_000; n++) {
      port.put(sampleResource(1 + (n % 50), { name: fat + n }))
      if (n % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    port.drop(numberedId(1))
    await expect.poll(() => far.seen.length, soon).toBe(1)
    const grown = used() - before
    // 400 MB went through.
    expect(grown).toBeLessThan(60e6)
  })

  it('ends with the orchestrator', async () => {
    const { client, api } = await serve(two())
    const far = reader(client)
    await far.opened
    const started = performance.now()
    await api.close()
    expect(await far.ended).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  it('is a GET only', async () => {
    expect((await ask(two(), 'HEAD', '/v1/stream')).status).toBe(405)
    expect((await ask(two(), 'PUT', '/v1/stream', { json: {} })).status).toBe(405)
  })
})
