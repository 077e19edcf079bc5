import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type CallRecord, OpenStackError } from '../../src/openstack/index.ts'
import { connect, portBody, startCloud } from './support/fake-cloud.ts'

const PORTS = 'GET /network/v2.0/ports'
const CREATE_PORT = 'POST /network/v2.0/ports'
const CREATE_SERVER = 'POST /compute/v2.1/servers'
const NEW_PORT = { network_id: '387f9f9a-0049-417c-b1d5-f0990639e41a', name: 'x' }
const NEW_SERVER = { name: 'x', imageRef: 'i', flavorRef: 'f', networks: [] }

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function errorOf(work: Promise<unknown>): Promise<OpenStackError> {
  const error = await work.then(
    (value) => new Error(`no error but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  )
  if (error instanceof OpenStackError) return error
  throw error
}

/** Becomes true soon, or the test fails. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > end) throw new Error('it never happened')
    await sleep(5)
  }
}

describe('the token', () => {
  it('is fetched once however many calls want it', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({ status: 200, body: { ports: [] } }))
    const { neutron } = connect(cloud)
    await Promise.all(Array.from({ length: 50 }, () => neutron.listPorts()))
    expect(cloud.tokensIssued).toBe(1)
    expect(cloud.count(PORTS)).toBe(50)
  })

  it('that ends in the middle of a run is replaced and nobody notices', async () => {
    const cloud = await startCloud()
    cloud.tokenLifeMs = 150
    cloud.on(PORTS, () => ({ status: 200, body: { ports: [] } }))
    const { neutron } = connect(cloud)
    for (let round = 0; round < 12; round += 1) {
      await neutron.listPorts()
      await sleep(25)
    }
    expect(cloud.tokensIssued).toBeGreaterThan(1)
    expect(cloud.tokensIssued).toBeLessThan(12)
  })

  it('that was revoked is replaced on a 401, once for all who met it, a POST included', async () => {
    const cloud = await startCloud()
    const revoked = (token: string | undefined) =>
      token === 'token-1' ? { status: 401, body: { error: { message: 'no' } } } : null
    cloud.on(PORTS, (request) => revoked(request.token) ?? { status: 200, body: { ports: [] } })
    cloud.on(CREATE_PORT, (request) => revoked(request.token) ?? { status: 201, body: { port: portBody(1) } })
    const { neutron } = connect(cloud)
    await Promise.all([...Array.from({ length: 20 }, () => neutron.listPorts()), neutron.createPort(NEW_PORT)])
    expect(cloud.tokensIssued).toBe(2)
    expect(cloud.count(CREATE_PORT)).toBe(2)
  })

  it('refused again and again does not turn every call into a log-in', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({ status: 401, body: { error: { message: 'no', title: 'Unauthorized' } } }))
    const { neutron } = connect(cloud)
    for (let round = 0; round < 30; round += 1) expect((await errorOf(neutron.listPorts())).status).toBe(401)
    expect(cloud.tokensIssued).toBeLessThanOrEqual(6)
  })

  it('revoked time and again, with calls that work in between, is replaced each time', async () => {
    const cloud = await startCloud()
    let valid = ''
    cloud.on(PORTS, ({ token }) => {
      if (valid === '') valid = token ?? ''
      return token === valid ? { status: 200, body: { ports: [] } } : { status: 401 }
    })
    const { neutron } = connect(cloud)
    for (let round = 1; round <= 8; round += 1) {
      valid = `token-${round}`
      await expect(neutron.listPorts()).resolves.toEqual([])
    }
    expect(cloud.tokensIssued).toBe(8)
  })

  it('pitfall D12: a 401 or 403 is an error, never an empty list', async () => {
    const cloud = await startCloud()
    const { neutron, nova } = connect(cloud)
    cloud.on('GET /network/v2.0/routers', () => ({
      status: 403,
      body: { NeutronError: { type: 'PolicyNotAuthorized', message: 'no' } },
    }))
    expect(await errorOf(neutron.listRouters())).toMatchObject({
      status: 403,
      code: 'not_allowed',
      type: 'PolicyNotAuthorized',
    })
    cloud.on('GET /compute/v2.1/servers/detail', () => ({ status: 401, body: '' }))
    expect(await errorOf(nova.listServers())).toMatchObject({ status: 401, code: 'unauthorized' })
  })
})

describe('a service in trouble', () => {
  it('503, then well: the call succeeds and every try is told', async () => {
    const cloud = await startCloud()
    let left = 2
    cloud.on(PORTS, () =>
      left-- > 0
        ? { status: 503 }
        : { status: 200, body: { ports: [portBody(1)] }, headers: { 'x-openstack-request-id': 'req-1' } },
    )
    const calls: CallRecord[] = []
    const { neutron } = connect(cloud, { onCall: (call) => calls.push(call) })
    await expect(neutron.listPorts()).resolves.toHaveLength(1)
    expect(
      calls.map(({ service, status, attempt, error, pathTemplate, requestId }) => [
        service,
        status,
        attempt,
        error,
        pathTemplate,
        requestId,
      ]),
    ).toEqual([
      ['keystone', 201, 1, null, '/v3/auth/tokens', null],
      ['neutron', 503, 1, 'ServiceUnavailable', '/v2.0/ports', null],
      ['neutron', 503, 2, 'ServiceUnavailable', '/v2.0/ports', null],
      ['neutron', 200, 3, null, '/v2.0/ports', 'req-1'],
    ])
  })

  it('stays in trouble: the call gives up and says so', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({
      status: 502,
      body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1>nginx</body></html>',
    }))
    const { neutron } = connect(cloud)
    expect(await errorOf(neutron.listPorts())).toMatchObject({
      status: 502,
      type: 'BadGateway',
      detail: 'nginx',
      retryable: true,
      code: 'unavailable',
    })
    expect(cloud.count(PORTS)).toBe(4)
  })

  it('asks for patience with Retry-After and gets it', async () => {
    const cloud = await startCloud()
    let first = true
    cloud.on(PORTS, () => {
      if (!first) return { status: 200, body: { ports: [] } }
      first = false
      return { status: 429, headers: { 'retry-after': '1' } }
    })
    const { neutron } = connect(cloud)
    const started = performance.now()
    await neutron.listPorts()
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  it('asks for more patience than the call has: fails at once with what was asked', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({ status: 429, headers: { 'retry-after': '30' } }))
    const { neutron } = connect(cloud)
    const error = await errorOf(neutron.listPorts({}, { timeoutMs: 5_000 }))
    expect(error).toMatchObject({ status: 429, retryAfterMs: 30_000, retryable: true })
    expect(cloud.count(PORTS)).toBe(1)
  })

  it.each([429, 502, 503, 504])(
    'pitfall D23: %i on a POST is not repeated: no port or server is made twice',
    async (status) => {
      const cloud = await startCloud()
      cloud.on(CREATE_PORT, () => ({ status }))
      cloud.on(CREATE_SERVER, () => ({ status }))
      const { neutron, nova } = connect(cloud)
      expect((await errorOf(neutron.createPort(NEW_PORT))).status).toBe(status)
      expect((await errorOf(nova.createServer(NEW_SERVER))).status).toBe(status)
      expect([cloud.count(CREATE_PORT), cloud.count(CREATE_SERVER)]).toEqual([1, 1])
    },
  )

  it('pitfall D23: a POST whose connection breaks is not repeated', async () => {
    const cloud = await startCloud()
    cloud.on(CREATE_SERVER, (request) => {
      request.raw.socket.destroy()
      return null
    })
    const { nova } = connect(cloud)
    expect(await errorOf(nova.createServer(NEW_SERVER))).toMatchObject({
      status: null,
      code: 'unreachable',
      retryable: true,
    })
    expect(cloud.count(CREATE_SERVER)).toBe(1)
  })

  it('a POST that never found a connection is safe to repeat', async () => {
    const cloud = await startCloud()
    const calls: CallRecord[] = []
    const { nova } = connect(cloud, {
      endpointOverrides: { nova: 'http://127.0.0.1:1' },
      onCall: (call) => calls.push(call),
    })
    const error = await errorOf(nova.createServer(NEW_SERVER))
    expect(error).toMatchObject({ type: 'ECONNREFUSED', status: null, code: 'unreachable', service: 'nova' })
    expect(error.suggestions).toEqual([expect.stringContaining('http://127.0.0.1:1')])
    expect(calls.filter((call) => call.service === 'nova')).toHaveLength(4)
  })

  it('a reset connection is tried again at once', async () => {
    const cloud = await startCloud()
    let left = 1
    cloud.on(PORTS, (request) => {
      if (left-- <= 0) return { status: 200, body: { ports: [] } }
      request.raw.socket.resetAndDestroy()
      return null
    })
    const { neutron } = connect(cloud, { retry: { baseMs: 60_000, maxMs: 60_000 } })
    await expect(neutron.listPorts()).resolves.toEqual([])
    expect(cloud.count(PORTS)).toBe(2)
  })

  it('a kept-alive connection that was closed meanwhile harms neither a GET nor a POST', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, (request) => {
      // Answers as if it would keep the connection, and closes it right behind the answer.
      const { socket } = request.raw
      setTimeout(() => socket.destroy(), 1)
      return { status: 200, body: { ports: [] } }
    })
    cloud.on(CREATE_PORT, () => ({ status: 201, body: { port: portBody(1) } }))
    const { neutron } = connect(cloud)
    for (let round = 0; round < 40; round += 1) {
      await neutron.listPorts()
      await neutron.createPort(NEW_PORT)
    }
    expect(cloud.count(CREATE_PORT)).toBe(40)
  })

  it('a POST has a connection of its own, a GET keeps one', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({ status: 200, body: { ports: [] } }))
    cloud.on(CREATE_PORT, () => ({ status: 201, body: { port: portBody(1) } }))
    const { neutron } = connect(cloud)
    for (let round = 0; round < 3; round += 1) {
      await neutron.listPorts()
      await neutron.createPort(NEW_PORT)
    }
    const sockets = (method: string): number =>
      new Set(
        cloud.requests.flatMap(({ raw, path }) =>
          raw.method === method && path === '/network/v2.0/ports' ? [raw.socket] : [],
        ),
      ).size
    expect([sockets('GET'), sockets('POST')]).toEqual([1, 3])
  })

  it('500 is not repeated within the call', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({
      status: 500,
      body: { NeutronError: { type: 'HTTPInternalServerError', message: 'oops' } },
    }))
    expect(await errorOf(connect(cloud).neutron.listPorts())).toMatchObject({
      status: 500,
      retryable: true,
      code: 'failed',
    })
    expect(cloud.count(PORTS)).toBe(1)
  })

  it('a redirect is an error: the token would travel along', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }))
    const error = await errorOf(connect(cloud).neutron.listPorts())
    expect(error).toMatchObject({ status: 302, retryable: false })
    expect(error.suggestions[0]).toContain('redirects are not followed')
  })
})

describe('pitfall D57: a service that does not answer holds up nobody else', () => {
  it('a hang ends with the time-out of the call', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => null)
    const calls: CallRecord[] = []
    const { neutron } = connect(cloud, { onCall: (call) => calls.push(call) })
    const error = await errorOf(neutron.listPorts({}, { timeoutMs: 200 }))
    expect(error).toMatchObject({ type: 'Timeout', code: 'timeout', status: null, retryable: true })
    expect(error.detail).toBe('not done within 200 ms, waiting for the answer')
    expect(calls.at(-1)).toMatchObject({ service: 'neutron', error: 'Timeout', status: null })
    expect(cloud.count(PORTS)).toBe(1)
  })

  it('an answer that does not begin ends with the time-out of the service', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => null)
    const { neutron } = connect(cloud, { timeouts: { neutron: { headersMs: 200.25 } } })
    expect(await errorOf(neutron.listPorts())).toMatchObject({
      type: 'UND_ERR_HEADERS_TIMEOUT',
      code: 'timeout',
      retryable: true,
    })
    expect(cloud.count(PORTS)).toBe(1)
  })

  it('a body that stops ends with the time-out of the service', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"ports": [')
      return null
    })
    const { neutron } = connect(cloud, { timeouts: { neutron: { bodyMs: 200.25 } } })
    expect(await errorOf(neutron.listPorts())).toMatchObject({ type: 'UND_ERR_BODY_TIMEOUT', code: 'timeout' })
  })

  it('a body that trickles in, a byte at a time, ends with the time-out of the call', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
      return null
    })
    const { neutron } = connect(cloud, { timeouts: { neutron: { bodyMs: 5_000, totalMs: 300 } } })
    expect(await errorOf(neutron.listPorts())).toMatchObject({ type: 'Timeout', code: 'timeout' })
  })

  it('the other services go on, and so does the same one once the hung calls end', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => null)
    cloud.on('GET /compute/v2.1/servers/detail', () => ({ status: 200, body: { servers: [] } }))
    const { neutron, nova } = connect(cloud, { concurrency: { neutron: 2 } })
    const hung = [400, 400, 150, 150].map((timeoutMs) => errorOf(neutron.listPorts({}, { timeoutMs })))
    await expect(nova.listServers()).resolves.toEqual([])
    const details = (await Promise.all(hung)).map((error) => error.detail)
    expect(details.filter((detail) => detail.includes('its turn'))).toHaveLength(2)
    cloud.on(PORTS, () => ({ status: 200, body: { ports: [] } }))
    await expect(neutron.listPorts()).resolves.toEqual([])
  })

  it('a Keystone that hangs does so for its own time-out only', async () => {
    const cloud = await startCloud()
    cloud.on('POST /identity/v3/auth/tokens', () => null)
    const client = connect(cloud, { timeouts: { keystone: { totalMs: 200 } } })
    expect(await errorOf(client.authenticate())).toMatchObject({ service: 'keystone', code: 'timeout' })
    expect(await errorOf(client.neutron.listPorts())).toMatchObject({ service: 'keystone', code: 'timeout' })
    expect(await errorOf(client.neutron.listPorts({}, { timeoutMs: 50 }))).toMatchObject({
      service: 'neutron',
      detail: 'not done within 50 ms, waiting for a token',
    })
  })
})

describe('an answer that is not what it should be', () => {
  it('an endless body is cut at the cap', async () => {
    const cloud = await startCloud()
    let sent = 0
    let closed = false
    cloud.on(PORTS, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(10 * 1024 ** 3) })
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const pour = (): void => {
        while (!closed) {
          sent += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', pour)
            return
          }
        }
      }
      response.on('close', () => {
        closed = true
      })
      pour()
      return null
    })
    const { neutron } = connect(cloud, { maxBodyBytes: 1024 * 1024 })
    expect(await errorOf(neutron.listPorts())).toMatchObject({
      type: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
      retryable: false,
      code: 'failed',
    })
    await until(() => closed)
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    expect(cloud.count(PORTS)).toBe(1)
  })

  it.each([
    ['HTML', '<html>please log in</html>', 'in the answer the body is not JSON'],
    ['nothing', '', 'in the answer the body is not an object'],
    ['another document', { versions: [] }, 'in the answer ports is not a list'],
    [
      'a port without an id',
      { ports: [portBody(1), portBody(2, { id: null })] },
      'in the answer ports[1].id is not a text',
    ],
    [
      'a port with a broken address',
      { ports: [portBody(1, { fixed_ips: [{ subnet_id: 's', ip_address: 7 }] })] },
      'in the answer ports[0].fixed_ips[0].ip_address is not a text',
    ],
  ])('%s is an error that names the place', async (_, body, detail) => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => ({ status: 200, body }))
    expect(await errorOf(connect(cloud).neutron.listPorts())).toMatchObject({
      type: 'BadResponse',
      status: 200,
      detail,
      code: 'failed',
    })
    expect(cloud.count(PORTS)).toBe(1)
  })

  it('something that does not speak HTTP is named so', async () => {
    const cloud = await startCloud()
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.end('SSH-2.0-OpenSSH_9.2\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const error = await errorOf(connect(cloud, { endpointOverrides: { neutron: url } }).neutron.listPorts())
    expect(error).toMatchObject({ status: null, code: 'failed', retryable: false })
    expect(error.suggestions[0]).toContain('does not speak HTTP')
  })

  it.each([
    [
      'Neutron',
      CREATE_PORT,
      {
        status: 409,
        body: { NeutronError: { type: 'OverQuota', message: "Quota exceeded for resources: ['port'].", detail: '' } },
      },
    ],
    [
      'Nova',
      CREATE_SERVER,
      {
        status: 403,
        body: {
          forbidden: {
            code: 403,
            message: 'Quota exceeded for instances: Requested 1, but already used 10 of 10 instances',
          },
        },
      },
    ],
    [
      'an old Nova',
      CREATE_SERVER,
      { status: 413, body: { overLimit: { code: 413, message: 'Quota exceeded for instances', retryAfter: 0 } } },
    ],
  ])('over quota is recognised: %s', async (_, route, reply) => {
    const cloud = await startCloud()
    cloud.on(route, () => reply)
    const { neutron, nova } = connect(cloud)
    const error = await errorOf(route === CREATE_PORT ? neutron.createPort(NEW_PORT) : nova.createServer(NEW_SERVER))
    expect(error.overQuota).toBe(true)
    expect(error.suggestions[0]).toContain('quota')
  })
})

describe('cancelling', () => {
  it('ends a call at once with the reason of the signal', async () => {
    const cloud = await startCloud()
    let closed = false
    cloud.on(PORTS, (request) => {
      request.raw.socket.on('close', () => {
        closed = true
      })
      return null
    })
    const calls: CallRecord[] = []
    const { neutron } = connect(cloud, { onCall: (call) => calls.push(call) })
    const controller = new AbortController()
    const reason = new Error('shutting down')
    const call = neutron.listPorts({}, { signal: controller.signal })
    await until(() => cloud.count(PORTS) === 1)
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    await until(() => closed)
    expect(calls.at(-1)).toMatchObject({ error: 'Aborted', status: null })
  })

  it('ends a wait for a token, a turn or a pause as well, and leaves the token to the others', async () => {
    const cloud = await startCloud()
    let answerLogin = (): void => {}
    const gate = new Promise<void>((resolve) => {
      answerLogin = resolve
    })
    const login = { status: 201, headers: { 'x-subject-token': 't' }, body: tokenBody(cloud.catalog) }
    cloud.on('POST /identity/v3/auth/tokens', async () => {
      await gate
      return login
    })
    cloud.on(PORTS, () => ({ status: 200, body: { ports: [] } }))
    const { neutron } = connect(cloud)
    const controller = new AbortController()
    const impatient = neutron.listPorts({}, { signal: controller.signal })
    const patient = neutron.listPorts()
    await until(() => cloud.requests.length === 1)
    controller.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    answerLogin()
    await expect(patient).resolves.toEqual([])

    cloud.on(PORTS, () => ({ status: 503 }))
    const pausing = connect(cloud, { retry: { baseMs: 60_000, maxMs: 60_000 } }).neutron.listPorts(
      {},
      { signal: AbortSignal.timeout(200) },
    )
    await expect(pausing).rejects.toThrow('timeout')
    await expect(neutron.listPorts({}, { signal: AbortSignal.abort(new Error('never began')) })).rejects.toThrow(
      'never began',
    )
  })

  it('close ends everything under way', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, () => null)
    const client = connect(cloud)
    const call = client.neutron.listPorts()
    await until(() => cloud.count(PORTS) === 1)
    const ended = expect(call).rejects.toMatchObject({ code: 'interrupted' })
    await client.close()
    await ended
    await expect(client.neutron.listPorts()).rejects.toMatchObject({ code: 'interrupted' })
  })
})

function tokenBody(catalog: unknown): unknown {
  return {
    token: {
      user: { id: 'u' },
      project: { id: 'p' },
      issued_at: '2026-01-01T00:00:00Z',
      expires_at: '2026-01-01T01:00:00Z',
      catalog,
    },
  }
}

describe('many calls at a time', () => {
  it('never are more under way than the service is to bear, and all are done', async () => {
    const cloud = await startCloud()
    let now = 0
    let most = 0
    cloud.on(PORTS, async () => {
      now += 1
      most = Math.max(most, now)
      await sleep(3)
      now -= 1
      return { status: 200, body: { ports: [] } }
    })
    const { neutron } = connect(cloud, { concurrency: { neutron: 5 } })
    await Promise.all(Array.from({ length: 100 }, () => neutron.listPorts()))
    expect(most).toBe(5)
    expect(cloud.count(PORTS)).toBe(100)
  })

  it('pitfall D53: 10,000 ids cost tens of requests, not thousands, and nobody else waits behind them', async () => {
    const cloud = await startCloud()
    let longest = 0
    const order: string[] = []
    cloud.on(PORTS, async (request) => {
      longest = Math.max(longest, `http://controller:9696${request.raw.url}`.length)
      order.push(request.query.get('name') ?? 'batch')
      await sleep(1)
      const ids = request.query.getAll('id')
      return { status: 200, body: { ports: ids.map((id) => portBody(Number(id.slice(-12)))) } }
    })
    const { neutron } = connect(cloud, { concurrency: { neutron: 4 } })
    await neutron.listPorts({ name: 'first' })
    const ids = Array.from({ length: 10_000 }, (_, n) => String(portBody(n).id))
    const batch = neutron.listPorts({ id: ids })
    await until(() => order.length > 4)
    const [ports] = await Promise.all([batch, neutron.listPorts({ name: 'single' })])
    expect(new Set(ports.map((port) => port.id))).toEqual(new Set(ids))
    expect(order.length).toBeLessThan(80)
    expect(order.indexOf('single')).toBeLessThan(30)
    expect(longest).toBeLessThanOrEqual(6 * 1024)
  })

  it('a filter without values asks nobody and matches nothing', async () => {
    const cloud = await startCloud()
    await expect(connect(cloud).neutron.listPorts({ id: [] })).resolves.toEqual([])
    expect(cloud.requests).toEqual([])
  })

  it('when one part of a batch fails, all of it fails and the rest is given up', async () => {
    const cloud = await startCloud()
    cloud.on(PORTS, async (request) => {
      if (request.query.getAll('id').includes(String(portBody(500).id)))
        return { status: 400, body: { NeutronError: { type: 'HTTPBadRequest', message: 'no' } } }
      await sleep(20)
      return { status: 200, body: { ports: [] } }
    })
    const { neutron } = connect(cloud, { concurrency: { neutron: 4 } })
    const ids = Array.from({ length: 10_000 }, (_, n) => String(portBody(n).id))
    expect((await errorOf(neutron.listPorts({ id: ids }))).status).toBe(400)
    const asked = cloud.count(PORTS)
    expect(asked).toBeLessThan(20)
    await sleep(60)
    expect(cloud.count(PORTS)).toBe(asked)
  })
})

describe('pitfall D59: secrets never leave', () => {
  it('no log line, call record or error holds a password, a token or user data', async () => {
    const cloud = await startCloud()
    const userData = Buffer.from('#cloud-config\nssh_key: abc').toString('base64')
    cloud.on(CREATE_SERVER, () => ({
      status: 400,
      body: { badRequest: { code: 400, message: `Invalid user_data. Value: ${userData}` } },
    }))
    cloud.on(PORTS, () => ({ status: 503 }))
    const lines: string[] = []
    const write = (...args: unknown[]): void => {
      lines.push(JSON.stringify(args))
    }
    const logger = {
      trace: write,
      debug: write,
      info: write,
      warn: write,
      error: write,
      fatal: write,
      child: () => logger,
    }
    const calls: CallRecord[] = []
    const client = connect(cloud, { logger, onCall: (call) => calls.push(call) })
    const errors = [
      await errorOf(client.nova.createServer({ ...NEW_SERVER, user_data: userData })),
      await errorOf(client.neutron.listPorts()),
    ]
    expect(errors[0]?.detail).toBe('Invalid user_data. Value: ***')
    cloud.on('POST /identity/v3/auth/tokens', (request) => ({
      status: 401,
      body: { error: { message: JSON.stringify(request.body) } },
    }))
    const other = connect(cloud, { logger })
    errors.push(await errorOf(other.authenticate()))
    const all = JSON.stringify([lines, calls, errors, errors.map((error) => [error.message, error.stack])])
    expect(lines.length).toBeGreaterThan(0)
    for (const secret of [userData, 'token-1', 'tr0ub4dor']) expect(all).not.toContain(secret)
    expect(errors[2]?.message).toContain('***')
  })
})
