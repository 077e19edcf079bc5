import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ApplianceConfig } from '../../../src/contract/index.ts'
import { Sight } from '../../../src/orchestrator/instances/appliance-client/sight.ts'
import { ApplianceError, createApplianceClient } from '../../../src/orchestrator/instances/index.ts'
import { systemClock } from '../../../src/shared/index.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
const CONFIG: ApplianceConfig = { tenant_id: 't', hostname: 'h', networks: [] }
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function listen(server: Server | TcpServer, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function appliance(handler: Handler, host = '127.0.0.1') {
  const server = createServer(handler)
  const port = await listen(server, host)
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  cleanups.unshift(() => Promise.resolve(server.closeAllConnections()))
  return { address: host, port }
}

function client(options: Partial<Parameters<typeof createApplianceClient>[0]> = {}) {
  const created = createApplianceClient({
    clock: systemClock,
    managementPrefix: '127.0.0.0/8',
    alivePath: '/v1/status/',
    aliveTimeoutMs: 300,
    configTimeoutMs: 500,
    timeoutMs: 500,
    ...options,
  })
  cleanups.unshift(() => created.close())
  return created
}

async function failure(promise: Promise<unknown>): Promise<ApplianceError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ApplianceError)
  return error as ApplianceError
}

describe('appliance client', () => {
  test('pitfall D60: alive is a cheap GET of the configured path, any 200 counts', async () => {
    const paths: string[] = []
    const target = await appliance((request, response) => {
      paths.push(`${request.method} ${request.url}`)
      response.end('whatever')
    })
    expect(await client().alive(target)).toBe(true)
    expect(await client({ alivePath: '/v1/firewall/rules' }).alive(target)).toBe(true)
    expect(paths).toEqual(['GET /v1/status/', 'GET /v1/firewall/rules'])
    expect(() => client({ alivePath: 'http://evil/' })).toThrow(/alive_path/)
  })

  test('pitfall S5: redirects are not followed', async () => {
    let followed = 0
    const elsewhere = await appliance((_, response) => {
      followed += 1
      response.end('{}')
    })
    const target = await appliance((_, response) => {
      response.writeHead(301, { location: `http://127.0.0.1:${elsewhere.port}/` }).end()
    })
    const c = client()
    expect(await c.alive(target)).toBe(false)
    expect((await failure(c.configure(target, CONFIG))).status).toBe(301)
    expect(followed).toBe(0)
  })

  test('pitfall S5: an address outside the management prefix is refused without a connection', async () => {
    let connections = 0
    const target = await appliance((_, response) => {
      connections += 1
      response.end()
    })
    const c = client({ managementPrefix: '10.0.0.0/8' })
    expect(c.permits(target.address)).toBe(false)
    expect(await c.alive(target)).toBe(false)
    expect((await failure(c.interfaces(target))).reason).toMatch(/management_prefix/)
    expect((await failure(c.configure({ address: 'localhost', port: target.port }, CONFIG))).status).toBeNull()
    expect(connections).toBe(0)
  })

  test('pitfall S5: proxies of the environment are ignored', async () => {
    let proxied = 0
    const proxy = await appliance((_, response) => {
      proxied += 1
      response.end()
    })
    const target = await appliance((_, response) => response.end())
    const names = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'NODE_USE_ENV_PROXY'] as const
    const before = names.map((name) => process.env[name])
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy.port}`
    try {
      expect(await client().alive(target)).toBe(true)
    } finally {
      names.forEach((name, i) => {
        const value = before[i]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      })
    }
    expect(proxied).toBe(0)
  })

  test('IPv6', async () => {
    const target = await appliance((_, response) => response.end(), '::1')
    expect(await client({ managementPrefix: '::1/128' }).alive(target)).toBe(true)
  })

  test('sends the whole configuration as JSON and takes any 200', async () => {
    const got: unknown[] = []
    const target = await appliance((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        got.push(request.method, request.url, request.headers['content-type'], JSON.parse(body))
        response.end('not even JSON')
      })
    })
    await client().configure(target, CONFIG)
    expect(got).toEqual(['PUT', '/v1/system/config', 'application/json', CONFIG])
  })

  test('a refusal carries its reason, from our appliance and from original ones', async () => {
    const answers: [number, string][] = [
      [422, JSON.stringify({ error: 'invalid', details: [{ path: 'networks[0]', message: 'no such interface' }] })],
      [422, 'The config failed to validate.\nge7 does not exist'],
      [400, '<!doctype html><h1>Bad Request</h1>'],
      [500, 'Traceback'],
      [429, 'later'],
    ]
    const target = await appliance((_, response) => {
      const [status, body] = answers[0] ?? [200, '']
      response.writeHead(status).end(body)
    })
    const c = client()
    const seen: [number | null, string, boolean][] = []
    while (answers.length > 0) {
      const error = await failure(c.configure(target, CONFIG))
      seen.push([error.status, error.reason, error.rejected])
      answers.shift()
    }
    expect(seen).toEqual([
      [422, 'invalid; networks[0]: no such interface', true],
      [422, 'The config failed to validate. ge7 does not exist', true],
      [400, 'Bad Request', true],
      [500, 'Traceback', false],
      [429, 'later', false],
    ])
  })

  test('pitfall D60: the status of the list of interfaces counts', async () => {
    const target = await appliance((_, response) => response.writeHead(500).end('{"interfaces": []}'))
    expect((await failure(client().interfaces(target))).status).toBe(500)
  })

  test('reads interfaces whatever the content type says', async () => {
    const target = await appliance((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(
        '{"interfaces": [{"ifname": "ge0", "lladdr": "fa:16:3e:00:00:01", "description": "", "media": null}]}',
      )
    })
    expect(await client().interfaces(target)).toMatchObject([{ ifname: 'ge0', lladdr: 'fa:16:3e:00:00:01' }])
  })

  test.each([
    '',
    '[]',
    '{"interfaces": 1}',
    '{"interfaces": [{"ifname": 5}]}',
    'null',
    '{"__proto__": {"interfaces": []}}',
  ])('nonsense for interfaces is a failure: %s', async (body) => {
    const target = await appliance((_, response) => response.end(body))
    expect((await failure(client().interfaces(target))).reason).toMatch(/not a list/)
    expect(({} as { interfaces?: unknown }).interfaces).toBeUndefined()
  })

  test('labels: counters, or none at all', async () => {
    const counter = {
      name: 'external',
      total_packets: 3,
      total_bytes: 30,
      packets_in: 1,
      bytes_in: 10,
      packets_out: 2,
      bytes_out: 20,
    }
    const modern = await appliance((_, response) => response.end(JSON.stringify({ labels: [counter] })))
    const original = await appliance((_, response) => response.writeHead(404).end())
    expect(await client().readLabels(modern)).toEqual([counter])
    expect(await client().readLabels(original)).toBeNull()
  })
})

describe('a hostile appliance', () => {
  test('that sends without end is cut off', async () => {
    const chunk = Buffer.alloc(65_536, 'x')
    let sent = 0
    const target = await appliance((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        response.once('drain', write)
      }
      write()
    })
    const c = client({ timeoutMs: 10_000, configTimeoutMs: 10_000, maxBytes: 1_000_000 })
    const start = performance.now()
    expect((await failure(c.interfaces(target))).reason).toMatch(/longer than 1000000 bytes/)
    await c.configure(target, CONFIG)
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(sent).toBeLessThan(100_000_000)
  })

  test('with a million interfaces is refused', async () => {
    const target = await appliance((_, response) => {
      response.write('{"interfaces": [')
      const one = '{"ifname": "ge0", "lladdr": "fa:16:3e:00:00:01"},'
      response.end(`${one.repeat(1_000_000).slice(0, -1)}]}`)
    })
    expect((await failure(client({ timeoutMs: 10_000 }).interfaces(target))).reason).toMatch(/longer than/)
    const many = await appliance((_, response) => {
      response.end(
        JSON.stringify({ interfaces: Array.from({ length: 5_000 }, () => ({ ifname: 'ge0', lladdr: null })) }),
      )
    })
    expect((await failure(client({ timeoutMs: 10_000 }).interfaces(many))).reason).toMatch(/not a list/)
  })

  test('that drips slowly costs no more than the time-out', async () => {
    const target = await appliance((_, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    const start = performance.now()
    const error = await failure(client().interfaces(target))
    expect(error.timedOut).toBe(true)
    expect(performance.now() - start).toBeLessThan(1_500)
  })

  test('that takes the connection and says nothing is not alive, in time', async () => {
    const sockets = new Set<{ destroy(): void }>()
    const server = createTcpServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    const port = await listen(server)
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    })
    const start = performance.now()
    expect(await client().alive({ address: '127.0.0.1', port })).toBe(false)
    expect(performance.now() - start).toBeLessThan(1_500)
  })

  test('that is not there is not alive at once', async () => {
    const server = createTcpServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await client({ aliveTimeoutMs: 10_000 }).alive({ address: '127.0.0.1', port })).toBe(false)
  })

  test('does not hold back the others', async () => {
    const hang = await appliance(() => {})
    const good = await appliance((_, response) => response.end())
    const c = client({ aliveTimeoutMs: 2_000 })
    const hanging = Array.from({ length: 20 }, () => c.alive(hang))
    const start = performance.now()
    expect(await c.alive(good)).toBe(true)
    expect(performance.now() - start).toBeLessThan(1_000)
    await Promise.all(hanging)
  })

  test('an abort ends the call with its reason', async () => {
    const target = await appliance(() => {})
    const abort = new AbortController()
    const call = client({ aliveTimeoutMs: 10_000 }).alive(target, { signal: abort.signal })
    setTimeout(() => abort.abort(new Error('shutting down')), 20)
    await expect(call).rejects.toThrow('shutting down')
  })
})

describe('blind is not dead', () => {
  const silent = (): Handler => () => {}
  const ask = (port: number, sight: Sight) =>
    client({ sight, aliveTimeoutMs: 50 }).alive({ address: '127.0.0.1', port })

  test('without our own address a time-out is no evidence; with it, it is', async () => {
    const up = new Set(['127.0.0.1', '192.0.2.1'])
    const sight = new Sight(() => up)
    const well = await appliance((_request, response) => response.end())
    const dead = await appliance(silent())
    expect(await ask(dead.port, sight)).toBe(false)
    expect(await ask(well.port, sight)).toBe(true)
    expect(await ask(dead.port, sight)).toBe(false)
    up.delete('192.0.2.1')
    expect(await ask(dead.port, sight)).toBe(false)
    up.delete('127.0.0.1')
    await expect(ask(dead.port, sight)).rejects.toMatchObject({ blind: true, code: 'unreachable' })
    up.add('127.0.0.1')
    expect(await ask(dead.port, sight)).toBe(false)
  })

  test('an answer through another address of ours is sight again', async () => {
    const up = new Set(['192.0.2.1'])
    const sight = new Sight(() => up)
    sight.reached('192.0.2.1')
    up.delete('192.0.2.1')
    up.add('192.0.2.2')
    expect(sight.blindness(null)).toContain('192.0.2.1')
    sight.reached('192.0.2.2')
    expect(sight.blindness(null)).toBeNull()
  })

  test('addresses that no interface names are not waited for', () => {
    const sight = new Sight(() => new Set(['127.0.0.1']))
    sight.reached('127.9.9.9')
    expect(sight.blindness(null)).toBeNull()
  })

  test.each(['ENETUNREACH', 'EMFILE', 'EADDRNOTAVAIL'])('%s is a fault of this machine', (code) => {
    expect(new Sight(() => new Set()).blindness(code)).toContain(code)
  })

  test.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ECONNRESET', null])('%s is evidence', (code) => {
    expect(new Sight(() => new Set()).blindness(code)).toBeNull()
  })
})
