import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Api, createApi } from '../../../src/orchestrator/api/index.ts'
import { isLoopback, resolveListenAddress } from '../../../src/orchestrator/api/listen-address.ts'
import { hostName, isHostAllowed } from '../../../src/orchestrator/api/request-guard.ts'
import { buildServer } from '../../../src/orchestrator/api/server.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { ask, depsOf, fetchText } from './http.ts'
import { MemoryOrchestrator, numberedId, sampleResource } from './memory-port.ts'

const ID = numberedId(1)
const one = () => new MemoryOrchestrator([sampleResource(1)])
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close()
})

async function start(
  options: Partial<Parameters<typeof createApi>[1]> = {},
): Promise<{ api: Api; port: number; url: string }> {
  const api = createApi(depsOf(one()), { listen: '127.0.0.1', port: 0, closeGraceMs: 50, ...options })
  open.push(api)
  return { api, ...(await api.listen()) }
}

/** Writes bytes to the API; `text` settles with all that came back once the connection is closed. */
function raw(port: number, bytes: string, keep = false): { readonly socket: Socket; readonly text: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  open.push({ close: () => socket.destroy() })
  const text = new Promise<string>((resolve) => {
    let got = ''
    socket.on('error', () => {})
    socket.on('data', (data) => {
      got += data.toString()
    })
    socket.on('close', () => resolve(got))
  })
  if (keep) socket.write(bytes)
  else socket.end(bytes)
  return { socket, text }
}

describe('S1: no authentication, so loopback only', () => {
  it.each(['0.0.0.0', '::', '[::]', '', ' ', '192.0.2.1', 'fe80::1', '::ffff:192.0.2.1'])(
    'pitfall D54: refuses to start on "%s"',
    async (listen) => {
      const api = createApi(depsOf(one()), { listen, port: 0 })
      open.push(api)
      const error = await api.listen().then(
        () => null,
        (e: unknown) => e,
      )
      expect(error).toBeInstanceOf(AstaraError)
      if (!(error instanceof AstaraError)) return
      expect(error.code).toBe('bad_config')
      expect(error.message).toContain('no authentication is configured')
      expect(error.suggestions.join(' ')).toContain('api_listen')
    },
  )

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:'],
    ['127.8.9.10', 'http://127.8.9.10:'],
    ['::1', 'http://[::1]:'],
    ['[::1]', 'http://[::1]:'],
  ])('listens on %s', async (listen, prefix) => {
    const { url } = await start({ listen })
    expect(url.startsWith(prefix)).toBe(true)
    expect((await fetchText(`${url}/healthz`)).status).toBe(200)
  })

  it('resolves a name and binds the address that it checked', async () => {
    expect(isLoopback((await resolveListenAddress('localhost', 1)).address)).toBe(true)
  })

  it.each([
    ['no.such.name.invalid', 1, 'bad_config', 'no.such.name.invalid'],
    ['127.0.0.1', 70_000, 'bad_config', '70000'],
    ['127.0.0.1', -1, 'bad_config', '-1'],
  ])('says what is wrong with %s port %d', async (listen, port, code, part) => {
    await expect(resolveListenAddress(listen, port)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part),
    })
  })

  it('says which address and port are taken and what to do', async () => {
    const { port } = await start()
    const second = createApi(depsOf(one()), { listen: '127.0.0.1', port })
    open.push(second)
    await expect(second.listen()).rejects.toMatchObject({
      code: 'address_in_use',
      message: expect.stringContaining(`127.0.0.1:${port}`),
      suggestions: expect.arrayContaining([expect.stringContaining(`sport = :${port}`)]),
    })
  })
})

describe('S2: slow and large requests', () => {
  it('bounds headers, bodies and connections', () => {
    const { server } = buildServer(depsOf(one()))
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000)
    expect(server.requestTimeout).toBeLessThanOrEqual(30_000)
  })

  it('answers at once while 100 half-open connections hold 20 places', async () => {
    const { port, url } = await start({ maxConnections: 20 })
    const slow = Array.from({ length: 100 }, () => raw(port, 'GET /healthz HTTP/1.1\r\nHost: 127', true))
    await fetchText(`${url}/healthz`)
    const before = performance.now()
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetchText(`${url}/healthz`)))
    expect(answers.map((a) => a.status)).toEqual(Array(10).fill(200))
    expect(performance.now() - before).toBeLessThan(2_000)
    for (const { socket } of slow) socket.destroy()
  })

  it('does not let dripping bodies hold the places either', async () => {
    const { port, url } = await start({ maxConnections: 10 })
    const head =
      'POST /v1/poll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{'
    for (let i = 0; i < 30; i++) raw(port, head, true)
    expect((await fetchText(`${url}/healthz`)).status).toBe(200)
    expect((await fetchText(`${url}/healthz`)).status).toBe(200)
  })

  it('never cuts a request that is being answered to make room', async () => {
    const orchestrator = one()
    const asked = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    orchestrator.hook = () => {
      asked.resolve()
      return held.promise
    }
    const api = createApi(depsOf(orchestrator), { listen: '127.0.0.1', port: 0, maxConnections: 4, closeGraceMs: 50 })
    open.push(api)
    const { port, url } = await api.listen()
    const answer = fetchText(`${url}/v1/workers`)
    await asked.promise
    for (let i = 0; i < 12; i++) raw(port, 'GET ', true)
    await fetchText(`${url}/healthz`)
    held.resolve()
    expect((await answer).status).toBe(200)
  })

  it('answers 413 to a large body and 431 to large headers', async () => {
    const large = await ask(one(), 'POST', '/v1/poll', { raw: JSON.stringify({ x: 'y'.repeat(70_000) }) })
    expect([large.status, large.json.error?.code]).toEqual([413, 'too_large'])
    const { port } = await start()
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`).text
    expect(answer).toMatch(/^HTTP\/1\.1 431/)
    expect(answer).toContain('{"error":{"code":"too_large"')
  })

  it('answers 400 to what is no HTTP, and closes', async () => {
    const { port } = await start()
    expect(await raw(port, 'EHLO mail\r\n\r\n').text).toMatch(/^HTTP\/1\.1 400[\s\S]+"code":"bad_request"/)
  })

  it('closes within its grace although a request never ends', async () => {
    const orchestrator = one()
    orchestrator.hook = () => new Promise(() => {})
    const api = createApi(depsOf(orchestrator), { listen: '127.0.0.1', port: 0, closeGraceMs: 100 })
    const { url } = await api.listen()
    const answer = fetchText(`${url}/v1/workers`).catch(() => 'cut')
    await fetchText(`${url}/healthz`)
    const before = performance.now()
    await Promise.all([api.close(), api.close()])
    expect(performance.now() - before).toBeLessThan(1_500)
    expect(await answer).toBe('cut')
  })
})

describe('S3: browsers', () => {
  it.each([
    ['127.0.0.1:44250', true],
    ['127.0.0.1', true],
    ['[::1]:44250', true],
    ['localhost:9999', true],
    ['LOCALHOST', true],
    ['astara.example:443', true],
    ['evil.example', false],
    ['evil.example:44250', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['user@localhost', false],
    ['192.0.2.1', false],
    ['', false],
    ['localhost:port', false],
    [undefined, false],
  ])('Host %s allowed: %s', (header, allowed) => {
    expect(isHostAllowed(header, new Set(['astara.example']))).toBe(allowed)
  })

  it('reads names out of hosts', () => {
    expect([hostName('[fd00::1]:80'), hostName('A.b'), hostName('a b'), hostName('[::1')]).toEqual([
      'fd00::1',
      'a.b',
      null,
      null,
    ])
  })

  it('DNS rebinding: a foreign name is refused everywhere, reads included', async () => {
    for (const [method, url] of [
      ['GET', '/v1/resources'],
      ['GET', '/metrics'],
      ['GET', '/nothing'],
      ['PUT', '/poll/'],
      ['POST', '/v1/poll'],
    ] as const) {
      const port = one()
      const { status, json } = await ask(port, method, url, { headers: { host: 'evil.example:44250' } })
      expect([url, status, json.error?.code, port.polls]).toEqual([url, 403, 'not_allowed', 0])
    }
  })

  it.each([
    ['form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', { 'content-type': 'text/plain' }],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['foreign origin', { 'content-type': 'application/json', origin: 'https://evil.example' }],
    ['null origin', { 'content-type': 'application/json', origin: 'null' }],
    ['cross-site', { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }],
  ])('CSRF: a write as a page can send it is refused (%s)', async (_name, headers) => {
    const port = one()
    const { status } = await ask(port, 'POST', '/v1/poll', { headers, raw: '{}' })
    expect([status, port.polls]).toEqual([403, 0])
  })

  it('CSRF: neither does a foreign page reach the PUT paths', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const port = one()
      const { status } = await ask(port, 'PUT', `/router/rebuild/${ID}`, { headers })
      expect([status, port.acted]).toEqual([403, []])
    }
  })

  it('consents to no preflight', async () => {
    const { status, headers } = await ask(one(), 'OPTIONS', '/v1/poll', { headers: { origin: 'https://evil.example' } })
    expect(status).toBe(405)
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('takes a write without a body from a client that says what it is', async () => {
    const port = one()
    const { status } = await ask(port, 'POST', '/v1/poll', {
      headers: { 'x-astara-client': 'curl' },
    })
    expect([status, port.polls]).toEqual([202, 1])
  })
})

describe('S4: ids and bodies from strangers', () => {
  const hostile = [
    '..',
    '..%2F..%2Fetc',
    '%2e%2e',
    '*',
    'error',
    'x%0Ay',
    '169.254.169.254',
    '%00',
    `${ID}%2F`,
    `${ID}x`,
    `%20${ID}`,
  ]

  it.each(hostile)('%s is no resource id', async (id) => {
    const port = one()
    for (const [method, url] of [
      ['GET', `/v1/resources/${id}`],
      ['POST', `/v1/resources/${id}/actions`],
    ] as const) {
      const { status } = await ask(port, method, url, method === 'POST' ? { json: { action: 'update' } } : {})
      expect([400, 404, 405]).toContain(status)
    }
    expect(port.acted).toEqual([])
  })

  it.each(['..%2F..', 'x%0Ay', '169.254.169.254', '%00', `${ID}%2F`, `${ID}x`, '*%2F*', '%zz'])(
    "%s is no id of the original's paths",
    async (id) => {
      const port = one()
      const { status } = await ask(port, 'PUT', `/router/rebuild/${id}?yes=true`)
      expect([status, port.acted, port.commands]).toEqual([400, [], []])
    },
  )

  it('S11: __proto__ and constructor in a body are refused', async () => {
    for (const raw of [
      '{"__proto__":{"action":"rebuild"}}',
      '{"constructor":{"prototype":{"x":1}},"action":"update"}',
    ]) {
      const port = one()
      const { status } = await ask(port, 'POST', `/v1/resources/${ID}/actions`, { raw })
      expect([status, port.acted]).toEqual([400, []])
    }
  })

  it('survives a deeply nested body', async () => {
    const { status } = await ask(one(), 'POST', `/v1/resources/${ID}/actions`, { raw: '['.repeat(30_000) })
    expect(status).toBe(400)
  })
})
