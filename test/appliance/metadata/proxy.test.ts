import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { MetadataProxy } from '../../../src/appliance/metadata/proxy.ts'
import type { MetadataConfig } from '../../../src/appliance/render/metadata.ts'
import { silentLogger, systemClock } from '../../../src/shared/index.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function orchestrator(answer: { status?: number; headers?: Record<string, string>; hang?: boolean } = {}) {
  const seen: Seen[] = []
  const server: Server = createServer((message, response) => {
    let body = ''
    message.on('data', (chunk) => {
      body += chunk
    })
    message.on('end', () => {
      seen.push({ method: message.method ?? '', url: message.url ?? '', headers: message.headers, body })
      if (!answer.hang)
        response.writeHead(answer.status ?? 200, answer.headers ?? { 'content-type': 'text/x-meta' }).end('metadata')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, port: (server.address() as AddressInfo).port }
}

/** A free port of loopback. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function proxyFor(upstream: number, instances: Record<string, string> = { '127.0.0.1': 'instance-1' }) {
  const port = await freePort()
  const proxy = new MetadataProxy(systemClock, silentLogger)
  closing.push(() => proxy.stop())
  const config = (known: Record<string, string>): MetadataConfig => ({
    tenant_id: 'tenant-1',
    orchestrator: { address: '127.0.0.1', port: upstream },
    listeners: [{ network_id: 'network-1', address: '127.0.0.1', port, instances: known }],
  })
  proxy.apply(config(instances))
  await new Promise((resolve) => setTimeout(resolve, 20))
  return { proxy, port, config }
}

function ask(
  port: number,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<{ status: number; body: string; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port,
        method: options.method ?? 'GET',
        path: options.path ?? '/latest/meta-data/',
        headers: options.headers ?? {},
        agent: false,
      },
      (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
        response.on('error', reject)
      },
    )
    asking.on('error', reject)
    asking.end(options.body)
  })
}

describe('the metadata proxy', () => {
  it('says who asks and keeps path, query, status and content type', async () => {
    const { seen, port: upstream } = await orchestrator({ status: 203 })
    const { port } = await proxyFor(upstream)
    const answer = await ask(port, { path: '/openstack/latest/meta_data.json?a=b%20c' })
    expect(answer).toMatchObject({ status: 203, body: 'metadata' })
    expect(answer.headers['content-type']).toBe('text/x-meta')
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/openstack/latest/meta_data.json?a=b%20c' })
    expect(seen[0]?.headers).toMatchObject({
      'x-instance-id': 'instance-1',
      'x-tenant-id': 'tenant-1',
      'x-forwarded-for': '127.0.0.1',
      'x-neutron-network-id': 'network-1',
      'x-quantum-network-id': 'network-1',
    })
  })

  it('a client cannot say who it is, in any spelling', async () => {
    const { seen, port: upstream } = await orchestrator()
    const { port } = await proxyFor(upstream)
    await ask(port, {
      headers: {
        'X-Instance-ID': 'forged',
        'x-INSTANCE-id-Signature': 'forged',
        'X-Tenant-ID': 'forged',
        'X-Forwarded-For': '10.0.0.1',
        'X-Real-IP': 'forged',
        'X-Metadata-Provider': 'forged',
        'X-Metadata-Provider-Signature': 'forged',
        Forwarded: 'for=forged',
        Accept: 'text/plain',
      },
    })
    expect(JSON.stringify(seen[0]?.headers)).not.toContain('forged')
    expect(seen[0]?.headers.accept).toBe('text/plain')
    expect(seen[0]?.headers['x-instance-id']).toBe('instance-1')
  })

  it('pitfall D65, appliance defect 26: other methods and bodies pass', async () => {
    const { seen, port: upstream } = await orchestrator()
    const { port } = await proxyFor(upstream)
    await ask(port, {
      method: 'POST',
      path: '/openstack/latest/password',
      body: 'secret',
      headers: { 'content-type': 'text/plain' },
    })
    await ask(port, { method: 'POST', body: 'chunked', headers: { 'transfer-encoding': 'chunked' } })
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'secret'],
      ['POST', 'chunked'],
    ])
  })

  it('appliance defect 26: an unknown source is a 404 that nobody upstream hears of', async () => {
    const { seen, port: upstream } = await orchestrator()
    const { port } = await proxyFor(upstream, { '10.0.0.1': 'x', constructor: 'y' })
    expect((await ask(port)).status).toBe(404)
    expect(seen).toEqual([])
  })

  it('refuses methods nobody serves and bodies nobody sends', async () => {
    const { port: upstream } = await orchestrator()
    const { port } = await proxyFor(upstream)
    expect((await ask(port, { method: 'PATCH' })).status).toBe(405)
    expect((await ask(port, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413)
  })

  it('pitfall D65: an orchestrator that is not there is a 503', async () => {
    const { port } = await proxyFor(await freePort())
    expect((await ask(port)).status).toBe(503)
  })

  it('appliance defect 26: a slow one stalls nobody else', async () => {
    const slow = await orchestrator({ hang: true })
    const { port, proxy, config } = await proxyFor(slow.port)
    const stuck = Array.from({ length: 50 }, () => ask(port).catch(() => null))
    const quick = await orchestrator()
    await new Promise((resolve) => setTimeout(resolve, 50))
    proxy.apply({ ...config({ '127.0.0.1': 'instance-1' }), orchestrator: { address: '127.0.0.1', port: quick.port } })
    expect((await ask(port)).status).toBe(200)
    proxy.stop()
    await Promise.all(stuck)
  })

  it('appliance defect 26: who is where changes without a new listener, and a listener that is no longer wanted closes', async () => {
    const { seen, port: upstream } = await orchestrator()
    const { port, proxy, config } = await proxyFor(upstream)
    proxy.apply(config({ '127.0.0.1': 'instance-2' }))
    await ask(port)
    expect(seen.at(-1)?.headers['x-instance-id']).toBe('instance-2')
    proxy.apply({ ...config({}), listeners: [] })
    await expect(ask(port)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('an orchestrator that breaks off in the middle breaks the answer off', async () => {
    const server = createServer((_message, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setTimeout(() => response.destroy(), 20)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const { port } = await proxyFor((server.address() as AddressInfo).port)
    await expect(ask(port)).rejects.toThrow()
  })
})
