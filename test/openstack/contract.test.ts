import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type OpenStack, OpenStackError, type PortCreate, type ServerCreate } from '../../src/openstack/index.ts'
import { type Captured, captured, capturedLogin, LOGIN, replay } from './support/replay.ts'

const ROUTER = '5a92f4bd-103b-430b-93e6-6105110aca6c'
const MGT_PORT = '813804ff-88df-48ed-9aff-25b6ed10117e'
const VRRP_PORT = 'ea58e822-4a53-4781-879c-56cdbcde9315'
const VRRP_PORT_2 = '9f0873ed-cb93-4dfe-a295-e224f7812d35'
const SERVER = 'eabff3f7-b79f-407c-a95c-1204cf31fc5a'
const NOBODY = '95e7f3e6-29e6-49c1-ac22-486083d4202a'
const IMAGE = '3d72104b-1b00-4618-a5c8-dd7cb402a08e'
const SERVER_NAME = 'ak-router-d72a678b-4e62-4d37-b9f8-41152bdcc351'

/** One step: makes the call that was captured. */
type Step = (cloud: OpenStack, exchange: Captured) => Promise<unknown>

/** Why a captured exchange is not replayed. */
const notOurs = (why: string): string => why

const portOf = (exchange: Captured): PortCreate =>
  z.object({ port: z.custom<PortCreate>() }).parse(exchange.request.body).port
const createPort: Step = (cloud, exchange) => cloud.neutron.createPort(portOf(exchange))
const createServer: Step = (cloud, exchange) => {
  const { server } = z.object({ server: z.custom<Record<string, unknown>>() }).parse(exchange.request.body)
  const { min_count, max_count, ...ours } = server
  return cloud.nova.createServer(ours as unknown as ServerCreate)
}
const getPort =
  (id: string): Step =>
  (cloud) =>
    cloud.neutron.getPort(id)
const getServer =
  (id: string): Step =>
  (cloud) =>
    cloud.nova.getServer(id)
const listServers =
  (name: string): Step =>
  (cloud) =>
    cloud.nova.listServers({ name })
const interfaces: Step = (cloud) => cloud.nova.listInterfaces(SERVER)

/** Every exchange of every capture, in order: the step that makes it, or why this client never does. */
const SCRIPTS: Readonly<Record<string, readonly (Step | string)[]>> = {
  'neutron-basics': [
    notOurs('version document'),
    notOurs('version document'),
    notOurs('agents are none of our business'),
    (cloud) => cloud.neutron.listNetworks({ 'router:external': true }),
    notOurs('networks are only listed'),
    (cloud) => cloud.neutron.listSubnets({ network_id: '387f9f9a-0049-417c-b1d5-f0990639e41a' }),
    notOurs('service providers'),
  ],
  'neutron-extensions': [(cloud) => cloud.neutron.listExtensions()],
  'neutron-absent-extensions': [
    (cloud) => cloud.neutron.updateRouterStatus(NOBODY, 'ACTIVE'),
    ...Array.from({ length: 4 }, () => notOurs('other extensions of the original')),
  ],
  'neutron-ports': [
    createPort,
    createPort,
    createPort,
    getPort(MGT_PORT),
    (cloud) => cloud.neutron.listPorts({ name: 'ASTARA:VRRP:d72a678b-4e62-4d37-b9f8-41152bdcc351' }),
    (cloud) => cloud.neutron.listPorts({ name: 'ASTARA:VRRP:none' }),
    getPort(NOBODY),
    (cloud) => cloud.neutron.updatePort(VRRP_PORT_2, { device_id: '' }),
    createPort,
    createPort,
  ],
  'neutron-ports-delete': [MGT_PORT, VRRP_PORT, VRRP_PORT_2, MGT_PORT].map(
    (id): Step =>
      (cloud) =>
        cloud.neutron.deletePort(id),
  ),
  'neutron-router-life': [
    ...Array.from({ length: 4 }, () => notOurs('tenants make routers')),
    (cloud) => cloud.neutron.getRouter(ROUTER),
    (cloud) => cloud.neutron.listRouters({ tenant_id: '39a42c4d11374dbaa289d92acba34e4b' }),
    (cloud) => cloud.neutron.listPorts({ device_id: ROUTER }),
    notOurs('a status is read-only for everybody'),
    (cloud) => cloud.neutron.updateRouterStatus(ROUTER, 'ACTIVE'),
    ...Array.from({ length: 4 }, () => notOurs('tenants delete routers')),
    (cloud) => cloud.neutron.getRouter(ROUTER),
    notOurs('tenants delete subnets'),
    notOurs('tenants delete networks'),
  ],
  'nova-basics': [notOurs('version document'), (cloud) => cloud.nova.getFlavor('511'), notOurs('asked by name only')],
  'nova-create': [createServer, getServer(SERVER)],
  'nova-create-refused': [createServer, createServer, createServer, createServer, createServer],
  'nova-delete': [
    (cloud) => cloud.nova.deleteServer(SERVER),
    getServer(SERVER),
    getServer(SERVER),
    getServer(SERVER),
    getServer(SERVER),
    (cloud) => cloud.nova.deleteServer(SERVER),
    getPort(MGT_PORT),
  ],
  'nova-interface-attach': [
    (cloud) => cloud.nova.attachInterface(SERVER, VRRP_PORT_2),
    interfaces,
    getPort(VRRP_PORT_2),
    (cloud) => cloud.nova.attachInterface(SERVER, VRRP_PORT_2),
    (cloud) => cloud.nova.attachInterface(SERVER, NOBODY),
    (cloud) => cloud.nova.attachInterface(NOBODY, VRRP_PORT_2),
  ],
  'nova-interface-detach': [
    (cloud) => cloud.nova.detachInterface(SERVER, VRRP_PORT_2),
    getPort(VRRP_PORT_2),
    (cloud) => cloud.nova.detachInterface(SERVER, VRRP_PORT),
    getPort(VRRP_PORT),
    interfaces,
    (cloud) => cloud.nova.detachInterface(SERVER, VRRP_PORT),
  ],
  'nova-list-show': [
    notOurs('always with details'),
    listServers(`^${SERVER_NAME}.*$`),
    listServers(SERVER_NAME),
    listServers('^ak-nothing.*$'),
    listServers('(['),
    getServer(SERVER),
    notOurs('a newer microversion'),
    getServer(NOBODY),
  ],
  'nova-ports-after-boot': [(cloud) => cloud.neutron.listPorts({ device_id: SERVER }), interfaces],
  'glance-image': [
    notOurs('version document'),
    (cloud) => cloud.glance.getImage(IMAGE),
    (cloud) => cloud.glance.listImages({ name: 'astara' }),
    (cloud) => cloud.glance.getImage('b0bc106a-bd61-4ee8-a080-83645ab461f7'),
  ],
}

const absentIsFine = (exchange: Captured): boolean =>
  exchange.response.status === 404 && /DELETE|PUT/.test(exchange.request.method)

/** The only value of a wrapper such as `{port: …}`; Glance shows an image without one. */
function unwrap(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  const values = Object.entries(body).filter(([, value]) => typeof value === 'object')
  const [wrapped] = values
  return wrapped !== undefined && !('id' in body) ? wrapped[1] : body
}

/** Every field the client hands out and the service sent is the same. */
function expectSameFields(result: unknown, sent: unknown): void {
  if (Array.isArray(result) && Array.isArray(sent)) {
    expect(result).toHaveLength(sent.length)
    for (const [index, item] of result.entries()) expectSameFields(item, sent[index])
    return
  }
  if (typeof result !== 'object' || result === null || typeof sent !== 'object' || sent === null) return
  const common = Object.keys(result).filter((key) => key in sent && key !== 'external_gateway_info')
  expect(common).toContain('id' in sent ? 'id' : common[0])
  for (const key of common) expect(Reflect.get(result, key), key).toEqual(Reflect.get(sent, key))
}

describe('what was captured from a real cloud', () => {
  for (const [file, script] of Object.entries(SCRIPTS)) {
    it(`${file}: asks what was asked and reads what was answered`, async () => {
      const all = captured(file)
      expect(all, 'every exchange is accounted for').toHaveLength(script.length)
      const steps = all.flatMap((exchange, index) => {
        const step = script[index]
        return typeof step === 'function' ? [{ exchange, step }] : []
      })
      const { client, finish } = await replay([capturedLogin(), ...steps.map((each) => each.exchange)])
      for (const { exchange, step } of steps) {
        const { status, headers, body } = exchange.response
        if (status < 400 || absentIsFine(exchange)) {
          const result = await step(client, exchange)
          if (status < 400 && body !== '' && exchange.request.method !== 'DELETE')
            expectSameFields(result, unwrap(body))
          continue
        }
        const error = await step(client, exchange).catch((thrown: unknown) => thrown)
        if (!(error instanceof OpenStackError))
          throw new Error(`${status} was not an error but ${JSON.stringify(error)}`)
        expect(error.status).toBe(status)
        expect(error.requestId).toBe(headers['X-Openstack-Request-Id'])
        expect(error.retryable).toBe(false)
      }
      finish()
    })
  }

  it('logs in as a project with a password', async () => {
    const { client, finish } = await replay([capturedLogin()])
    await expect(client.authenticate()).resolves.toEqual({
      projectId: '39a42c4d11374dbaa289d92acba34e4b',
      userId: 'a71c8b348da34081ac0b2c34efc834e7',
      roles: ['reader', 'member', 'service', 'admin'],
    })
    finish()
  })

  it('says that a wrong password is wrong, without repeating it', async () => {
    const refused = captured('keystone-other')[3] ?? capturedLogin()
    const { projectName, ...unscoped } = LOGIN
    const { client, finish } = await replay([refused], { ...unscoped, password: 'wrong' })
    const error = await client.authenticate().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      service: 'keystone',
      status: 401,
      type: 'Unauthorized',
      code: 'unauthorized',
      detail: 'The request you have made requires authentication.',
      requestId: 'req-d86d1d3b-dc9c-4c99-ac78-db89ebd841d1',
      pathTemplate: '/v3/auth/tokens',
    })
    expect(JSON.stringify(error)).not.toContain('wrong')
    finish()
  })

  it('says that a token without a project opens nothing', async () => {
    const unscopedToken = captured('keystone-other')[4] ?? capturedLogin()
    const { projectName, ...unscoped } = LOGIN
    const { client, finish } = await replay([unscopedToken], unscoped)
    await expect(client.authenticate()).resolves.toEqual({
      projectId: null,
      userId: 'a71c8b348da34081ac0b2c34efc834e7',
      roles: [],
    })
    await expect(client.neutron.listPorts()).rejects.toMatchObject({
      type: 'EndpointNotFound',
      code: 'bad_config',
      suggestions: [expect.stringContaining('Name the project')],
    })
    finish()
  })

  it.each([
    ['a refused create', 'neutron-ports', 8, { type: 'AllocationOnAutoAddressSubnet', code: 'failed' }],
    ['an absent port', 'neutron-ports', 6, { type: 'PortNotFound', code: 'not_found' }],
    ['a port in use', 'nova-create-refused', 0, { type: 'conflictingRequest', code: 'refused' }],
    ['an unknown image', 'nova-create-refused', 2, { type: 'badRequest', detail: 'Can not find requested image' }],
    ['an absent server', 'nova-list-show', 7, { type: 'itemNotFound', code: 'not_found' }],
    [
      'an absent image, told in HTML',
      'glance-image',
      3,
      { type: 'NotFound', detail: 'No image found with ID b0bc106a-bd61-4ee8-a080-83645ab461f7' },
    ],
  ])('words %s as the service does', async (_, file, index, expected) => {
    const exchange = captured(file)[index] ?? capturedLogin()
    const step = SCRIPTS[file]?.[index]
    if (typeof step !== 'function') throw new Error(`${file} ${index} is not made by the client`)
    const { client } = await replay([capturedLogin(), exchange])
    await expect(step(client, exchange)).rejects.toMatchObject(expected)
  })

  it('reads a server being built, running and deleted', async () => {
    const [, building] = captured('nova-create')
    const [, running, , deleted] = captured('nova-delete')
    const shown = [building, running, deleted].flatMap((exchange) => exchange ?? [])
    const { client, finish } = await replay([capturedLogin(), ...shown])
    const servers = [
      await client.nova.getServer(SERVER),
      await client.nova.getServer(SERVER),
      await client.nova.getServer(SERVER),
    ]
    expect(servers.map((server) => server.status)).toEqual(['BUILD', 'ACTIVE', 'DELETED'])
    expect(servers[0]).toEqual({
      id: SERVER,
      name: SERVER_NAME,
      status: 'BUILD',
      created: '2026-11-22T15:23:44Z',
      image_id: IMAGE,
      tenant_id: '39a42c4d11374dbaa289d92acba34e4b',
      fault: null,
      task_state: servers[0]?.task_state,
    })
    finish()
  })

  it('reads the gateway of a router and the tenantless port behind it', async () => {
    const life = captured('neutron-router-life')
    const asked = [life[4], life[6]].flatMap((exchange) => exchange ?? [])
    const { client } = await replay([capturedLogin(), ...asked])
    const router = await client.neutron.getRouter(ROUTER)
    expect(router.external_gateway_info).toEqual({
      network_id: 'ec895f0a-fc3f-4d58-ac36-c9574e4a1dd9',
      external_fixed_ips: [{ subnet_id: '99381617-df43-4834-82ef-27798acfe195', ip_address: '172.24.4.116' }],
      enable_snat: true,
    })
    const ports = await client.neutron.listPorts({ device_id: ROUTER })
    expect(ports.find((port) => port.device_owner === 'network:router_gateway')?.tenant_id).toBe('')
  })
})

describe('a token the services refuse', () => {
  const cases = [
    [
      'neutron',
      3,
      (cloud: OpenStack) => cloud.neutron.listPorts(),
      'The request you have made requires authentication.',
    ],
    ['glance', 5, (cloud: OpenStack) => cloud.glance.listImages(), /could not verify that you are authorized/],
  ] as const
  it.each(cases)('%s: is renewed once, then told as it was answered', async (service, index, call, detail) => {
    const refused = captured('as-a-tenant-and-bad-token')[index] ?? capturedLogin()
    const { client, finish } = await replay([capturedLogin(), refused, capturedLogin(), refused])
    await expect(call(client)).rejects.toMatchObject({
      service,
      status: 401,
      type: 'Unauthorized',
      code: 'unauthorized',
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    })
    finish()
  })

  it('lists as a plain tenant too', async () => {
    const listed = captured('as-a-tenant-and-bad-token')[1] ?? capturedLogin()
    const { client, finish } = await replay([capturedLogin(), listed])
    await expect(client.neutron.listPorts({ device_owner: 'network:astara' })).resolves.toEqual([])
    finish()
  })
})
