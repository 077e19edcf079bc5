import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NeutronPort } from '../../../src/openstack/index.ts'
import { type MetadataDeps, type MetadataProxy, startMetadataProxy } from '../../../src/orchestrator/metadata/proxy.ts'
import { silentLogger, systemClock } from '../../../src/shared/index.ts'
import { ask } from './ask.ts'
import { type FakeNova, fakeNova } from './nova.ts'

const SECRET = 'correct horse battery staple'
const MINE = '11111111-aaaa-4000-8000-000000000001'
const FOREIGN = '11111111-aaaa-4000-8000-000000000002'
const APPLIANCE = '127.9.0.1'
const OTHER_APPLIANCE = '127.9.0.2'
const MY_NETWORK = 'net-1'

const port = (
  instanceId: string,
  networkId: string,
  address: string,
  tenantId = 'tenant-of-the-port',
): NeutronPort => ({
  id: `port-${instanceId}-${networkId}`,
  name: '',
  tenant_id: tenantId,
  network_id: networkId,
  mac_address: 'fa:16:3e:00:00:01',
  device_id: instanceId,
  device_owner: 'compute:nova',
  admin_state_up: true,
  status: 'ACTIVE',
  fixed_ips: [{ subnet_id: 's', ip_address: address }],
})

let nova: FakeNova
let proxy: MetadataProxy | null = null
let ready = true
let warned: unknown[] = []

const deps: MetadataDeps = {
  resourceAt: (address) =>
    ({ [APPLIANCE]: 'router-1', [OTHER_APPLIANCE]: 'router-2', '::1': 'router-1' })[address] ?? null,
  networksOf: (id) => new Set(id === 'router-1' ? [MY_NETWORK] : ['net-2']),
  lookup: async (id) =>
    id === MINE
      ? [port(MINE, 'net-elsewhere', '192.0.2.9', 'wrong'), port(MINE, MY_NETWORK, '10.0.0.5')]
      : [port(FOREIGN, 'net-2', '10.0.0.5')],
  isReady: () => ready,
  clock: systemClock,
  logger: { ...silentLogger, warn: (fields: unknown) => void warned.push(fields) },
}

async function start(
  overrides: Partial<Parameters<typeof startMetadataProxy>[0]> = {},
  more: Partial<MetadataDeps> = {},
): Promise<string> {
  proxy = await startMetadataProxy(
    {
      listen: '127.0.0.1',
      port: 0,
      nova: { host: '127.0.0.1', port: nova.port },
      secret: SECRET,
      novaTimeoutMs: 5_000,
      allowance: { perSecond: 0, concurrent: 1_000 },
      ...overrides,
    },
    { ...deps, ...more },
  )
  return proxy.url
}

const asMine = { 'X-Instance-ID': MINE, 'X-Forwarded-For': '10.0.0.5' }

beforeEach(async () => {
  nova = await fakeNova()
  ready = true
  warned = []
})
afterEach(async () => {
  await proxy?.close()
  proxy = null
  await nova.close()
})

describe('metadata for instances behind an appliance', () => {
  it('is asked of Nova with a signature, and the answer comes back with its type', async () => {
    const url = await start()
    nova.behaviour.headers = { 'content-type': 'application/json', 'x-secret-of-nova': 'no', etag: '"1"' }
    const answer = await ask(url, { from: APPLIANCE, headers: asMine, path: '/openstack/latest/meta_data.json?a=b' })
    expect(answer).toMatchObject({ status: 200, body: 'hello' })
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', etag: '"1"' })
    expect(answer.headers).not.toHaveProperty('x-secret-of-nova')
    const [asked] = nova.asked
    expect(asked).toMatchObject({ method: 'GET', url: '/openstack/latest/meta_data.json?a=b' })
    expect(asked?.headers).toMatchObject({
      'x-instance-id': MINE,
      'x-instance-id-signature': createHmac('sha256', SECRET).update(MINE).digest('hex'),
      'x-tenant-id': 'tenant-of-the-port',
      'x-forwarded-for': '10.0.0.5',
    })
  })

  it("facts S6: a client's own X- headers never reach Nova; tenant and address are Neutron's", async () => {
    const url = await start()
    await ask(url, {
      from: APPLIANCE,
      headers: {
        ...asMine,
        'X-Forwarded-For': '203.0.113.1',
        'X-Tenant-ID': 'somebody-else',
        'X-Instance-ID-Signature': 'forged',
        'X-Metadata-Provider': 'forged',
        'X-Metadata-Provider-Signature': 'forged',
        'X-Custom': '1',
        Cookie: 'a=b',
        'User-Agent': 'cloud-init',
      },
    })
    const headers: Record<string, unknown> = nova.asked[0]?.headers ?? {}
    expect(
      Object.keys(headers)
        .filter((name) => name.startsWith('x-'))
        .sort(),
    ).toEqual(['x-forwarded-for', 'x-instance-id', 'x-instance-id-signature', 'x-tenant-id'])
    expect(headers).toMatchObject({
      'x-tenant-id': 'tenant-of-the-port',
      'x-forwarded-for': '10.0.0.5',
      'user-agent': 'cloud-init',
    })
    expect(headers['x-instance-id-signature']).not.toBe('forged')
    expect(headers.cookie).toBeUndefined()
  })

  it('pitfall D56: an instance that is on none of the networks of the appliance is refused and logged', async () => {
    const url = await start()
    const answer = await ask(url, { from: APPLIANCE, headers: { 'X-Instance-ID': FOREIGN } })
    expect(answer.status).toBe(403)
    expect(nova.asked).toEqual([])
    expect(warned).toEqual([
      expect.objectContaining({ peer: APPLIANCE, resource_id: 'router-1', instance_id: FOREIGN }),
    ])
    expect((await ask(url, { from: OTHER_APPLIANCE, headers: { 'X-Instance-ID': FOREIGN } })).status).toBe(200)
  })

  it('pitfall D56: whoever is no appliance is refused, whatever it claims', async () => {
    const url = await start()
    expect((await ask(url, { from: '127.9.0.77', headers: asMine })).status).toBe(403)
    expect(nova.asked).toEqual([])
    expect(warned).toEqual([expect.objectContaining({ peer: '127.9.0.77' })])
  })

  it.each(['', 'a, b', `${MINE}, ${FOREIGN}`, '../../etc', `${MINE}\u00e9`])(
    'an instance id of %j never reaches Nova',
    async (id) => {
      const url = await start()
      const { status } = await ask(url, {
        from: APPLIANCE,
        headers: id === '' ? {} : { 'X-Instance-ID': Buffer.from(id).toString('latin1') },
      })
      expect(status).toBe(id === '' ? 404 : 403)
      expect(nova.asked).toEqual([])
    },
  )

  it('a second X-Instance-ID does not slip through', async () => {
    const url = await start()
    const { port: at } = new URL(url)
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port: Number(at), host: '127.0.0.1', localAddress: APPLIANCE }, () =>
        socket.write(
          `GET / HTTP/1.1\r\nHost: x\r\nX-Instance-ID: ${MINE}\r\nX-Instance-ID: ${FOREIGN}\r\nConnection: close\r\n\r\n`,
        ),
      )
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString()
      })
      socket.on('end', () => resolve(text)).on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1.1 403 /)
    expect(nova.asked).toEqual([])
  })

  it("pitfall D57: any status of Nova's and its content type come back as they are", async () => {
    const url = await start()
    for (const status of [200, 204, 401, 403, 404, 409, 500, 503]) {
      Object.assign(nova.behaviour, {
        status,
        headers: { 'content-type': 'text/x-of-its-own' },
        body: status === 204 ? '' : `b${status}`,
      })
      const answer = await ask(url, { from: APPLIANCE, headers: asMine })
      expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
        status,
        'text/x-of-its-own',
        status === 204 ? '' : `b${status}`,
      ])
    }
  })

  it('pitfall D57: HEAD stays HEAD, and a password is posted with its body and type', async () => {
    const url = await start()
    const head = await ask(url, { from: APPLIANCE, headers: asMine, method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
    const path = '/openstack/2013-10-17/password'
    for (const method of ['POST', 'PUT']) {
      await ask(url, {
        from: APPLIANCE,
        headers: { ...asMine, 'Content-Type': 'text/x-password' },
        method,
        path,
        body: 'abc',
      })
    }
    expect(nova.asked.map(({ method, url: at, body }) => [method, at, body])).toEqual([
      ['HEAD', '/latest/meta-data/', ''],
      ['POST', path, 'abc'],
      ['PUT', path, 'abc'],
    ])
    expect(nova.asked[1]?.headers['content-type']).toBe('text/x-password')
  })

  it.each([
    ['POST', '/latest/meta-data/'],
    ['PUT', '/openstack/latest/password/../meta_data.json'],
    ['DELETE', '/openstack/latest/password'],
    ['PATCH', '/'],
    ['OPTIONS', '/'],
  ])('facts S6: %s %s is refused', async (method, path) => {
    const url = await start()
    const { status } = await ask(url, { from: APPLIANCE, headers: asMine, method, path })
    expect(status).toBe(405)
    expect(nova.asked).toEqual([])
  })

  it('is no open proxy: a request for another host is refused', async () => {
    const url = await start()
    const { status } = await ask(url, { from: APPLIANCE, headers: asMine, path: 'http://192.0.2.1/' })
    expect(status).toBe(400)
    expect(nova.asked).toEqual([])
  })

  it('refuses a body without end', async () => {
    const url = await start()
    const { status } = await ask(url, {
      from: APPLIANCE,
      headers: asMine,
      method: 'POST',
      path: '/openstack/latest/password',
      body: 'x'.repeat(70_000),
    })
    expect(status).toBe(413)
    expect(nova.asked).toEqual([])
  })

  it('facts S7: does not start with an empty secret, and says what to set', async () => {
    for (const secret of ['', '  ']) {
      await expect(start({ secret })).rejects.toMatchObject({
        code: 'bad_config',
        message: expect.stringContaining('neutron_metadata_proxy_shared_secret'),
      })
    }
  })

  it('pitfall D58: listens on IPv6 as on IPv4, on the port it was given', async () => {
    const url = await start({ listen: '::1' })
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await ask(url, { headers: asMine })).status).toBe(200)
    const taken = Number(new URL(url).port)
    await expect(start({ listen: '::1', port: taken })).rejects.toMatchObject({ code: 'address_in_use' })
    await expect(start({ listen: '192.0.2.199' })).rejects.toMatchObject({ code: 'bad_config' })
  })

  it('on :: it knows appliances of either family', async () => {
    const url = await start({ listen: '::' })
    const { port: at } = new URL(url)
    expect((await ask(`http://127.0.0.1:${at}`, { from: APPLIANCE, headers: asMine })).status).toBe(200)
    expect((await ask(`http://127.0.0.1:${at}`, { from: '127.9.0.77', headers: asMine })).status).toBe(403)
    expect((await ask(`http://[::1]:${at}`, { headers: asMine })).status).toBe(200)
  })

  it('says 503 while nobody is known yet, or Neutron cannot be asked', async () => {
    const url = await start({}, { lookup: () => Promise.reject(new Error('Neutron is away')) })
    expect((await ask(url, { from: APPLIANCE, headers: asMine })).status).toBe(503)
    ready = false
    expect(await ask(url, { from: '127.9.0.77', headers: asMine })).toMatchObject({ status: 503 })
  })

  it('says 502 when Nova is away and 504 when it does not answer in time', async () => {
    const url = await start({ novaTimeoutMs: 200 })
    nova.behaviour.hangs = '/slow'
    expect((await ask(url, { from: APPLIANCE, headers: asMine, path: '/slow' })).status).toBe(504)
    await nova.close()
    expect((await ask(url, { from: APPLIANCE, headers: asMine })).status).toBe(502)
    nova = await fakeNova()
  })

  it('one appliance that asks too much is told so; the others are not', async () => {
    const url = await start({ allowance: { perSecond: 1, concurrent: 1_000 } })
    const other = { 'X-Instance-ID': FOREIGN }
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(url, { from: APPLIANCE, headers: asMine })))
    const statuses = answers.map((answer) => answer.status)
    // Four at once, and one more for each second that a busy machine takes.
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(15)
    expect((await ask(url, { from: OTHER_APPLIANCE, headers: other })).status).toBe(200)
  })

  it('pitfall D57: 1,000 requests that Nova does not answer stall nobody, and end when their askers leave', async () => {
    const url = await start(
      { novaTimeoutMs: 30_000, allowance: { perSecond: 0, concurrent: 64 } },
      {
        resourceAt: (address) => (address.startsWith('127.9.') ? `router-of ${address}` : null),
        networksOf: () => new Set([MY_NETWORK]),
      },
    )
    nova.behaviour.hangs = '/slow'
    const { port: at } = new URL(url)
    const slow = Array.from({ length: 1_000 }, (_, index) => {
      const socket = connect(
        { port: Number(at), host: '127.0.0.1', localAddress: `127.9.1.${1 + (index % 100)}` },
        () => socket.write(`GET /slow HTTP/1.1\r\nHost: x\r\nX-Instance-ID: ${MINE}\r\n\r\n`),
      )
      socket.on('error', () => {})
      return socket
    })
    while (nova.asked.length < 1_000) await new Promise((resolve) => setTimeout(resolve, 10))
    const times: number[] = []
    for (let i = 0; i < 50; i += 1) {
      const started = performance.now()
      // From an appliance with slow requests of its own, and from others.
      expect((await ask(url, { from: `127.9.1.${1 + i}`, headers: asMine })).status).toBe(200)
      times.push(performance.now() - started)
    }
    times.sort((a, b) => a - b)
    expect(times[45]).toBeLessThan(250)
    for (const socket of slow) socket.destroy()
    nova.asked.length = 0
    // Every place is free again: the same appliances may ask as much as before.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const again = await Promise.all(Array.from({ length: 64 }, () => ask(url, { from: '127.9.1.1', headers: asMine })))
    expect(again.every(({ status }) => status === 200)).toBe(true)
  }, 60_000)
})
