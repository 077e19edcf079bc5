import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCloud, type TestCloud, until } from './support.ts'

let test: TestCloud

beforeAll(async () => {
  test = await startTestCloud({ routers: 0, bootTimeMs: 5 })
})
afterAll(() => test.stop())

const create = (name: string) =>
  test.service.nova('POST', '/v2.1/servers', {
    server: { name, imageRef: test.cloud.imageId, flavorRef: '511', networks: 'none' },
  })
const names = async (query: string): Promise<string[]> =>
  (await test.service.nova('GET', `/v2.1/servers?${query}`)).body.servers.map((one: { name: string }) => one.name)

describe('the list of servers', () => {
  beforeAll(async () => {
    for (const name of ['ak-router-1_0', 'ak-router-1_1', 'ak-router-10_0', 'other'])
      expect((await create(name)).status).toBe(202)
  })

  it('is newest first, and filtered by a regular expression that may match anywhere', async () => {
    expect(await names('')).toEqual(['other', 'ak-router-10_0', 'ak-router-1_1', 'ak-router-1_0'])
    expect(await names('name=router-1_')).toEqual(['ak-router-1_1', 'ak-router-1_0'])
    expect(await names(`name=${encodeURIComponent('^ak-router-1.*$')}`)).toHaveLength(3)
    expect(await names(`name=${encodeURIComponent('^ak-router-1?0_')}`)).toEqual(['ak-router-10_0'])
    expect(await names(`name=${encodeURIComponent('^(ak-router-10|other)')}`)).toEqual([])
    expect(await names(`name=${encodeURIComponent('^[ao][kt][-h]')}`)).toHaveLength(4)
    expect(await names(`name=${encodeURIComponent('^[ao][kt][h]')}`)).toEqual(['other'])
  })

  it('pages with links', async () => {
    const first = await test.service.nova('GET', '/v2.1/servers?limit=3')
    expect(first.body.servers).toHaveLength(3)
    const [link] = first.body.servers_links
    const second = await test.service.nova('GET', link.href.slice(test.cloud.endpoints.nova.length))
    expect(second.body.servers.map((one: { name: string }) => one.name)).toEqual(['ak-router-1_0'])
    expect(second.body.servers_links).toBeUndefined()
    expect((await test.service.nova('GET', '/v2.1/servers?marker=none')).status).toBe(400)
  })

  it('shows other projects only to administrators who ask', async () => {
    expect((await test.admin.nova('GET', '/v2.1/servers')).body.servers).toEqual([])
    expect((await test.admin.nova('GET', '/v2.1/servers?all_tenants=1')).body.servers).toHaveLength(4)
  })
})

describe('microversions', () => {
  it('are answered in their own words up to 2.93, and refused beyond', async () => {
    const at = (version: string) =>
      test.service.nova('GET', '/v2.1/flavors/511', undefined, { 'OpenStack-API-Version': `compute ${version}` })
    expect((await at('2.93')).headers.get('openstack-api-version')).toBe('compute 2.93')
    expect((await at('2.75')).body.flavor.swap).toBe(0)
    expect((await at('2.1')).body.flavor.swap).toBe('')
    expect((await at('2.94')).status).toBe(406)
    expect((await at('two')).status).toBe(400)
  })
})

describe('servers without ports given', () => {
  it('get one on the only network of the project, which goes with them', async () => {
    const network = await test.service.neutron('POST', '/v2.0/networks', { network: { name: 'only' } })
    const networkId = network.body.network.id
    await test.service.neutron('POST', '/v2.0/subnets', {
      subnet: { network_id: networkId, ip_version: 4, cidr: '10.1.0.0/24' },
    })
    const created = await test.service.nova('POST', '/v2.1/servers', {
      server: { name: 'plain', imageRef: test.cloud.imageId, flavorRef: '1', networks: [{ uuid: networkId }] },
    })
    const path = `/v2.1/servers/${created.body.server.id}`
    await until(
      async () => (await test.service.nova('GET', path)).body.server.status,
      (status) => status === 'ACTIVE',
    )
    expect((await test.service.nova('GET', path)).body.server.addresses).toMatchObject({
      only: [{ addr: '10.1.0.2', version: 4 }],
    })
    await test.service.nova('DELETE', path)
    await until(
      async () => (await test.service.nova('GET', path)).status,
      (status) => status === 404,
    )
    expect((await test.service.neutron('GET', `/v2.0/ports?network_id=${networkId}`)).body.ports).toEqual([])
  })
})

describe('an address-less port', () => {
  it('is refused by Nova unless Neutron marked it so (ip_allocation none)', async () => {
    const network = await test.service.neutron('POST', '/v2.0/networks', { network: { name: 'bare' } })
    const port = async (body: object): Promise<string> =>
      (await test.service.neutron('POST', '/v2.0/ports', { port: { network_id: network.body.network.id, ...body } }))
        .body.port.id
    const boot = async (id: string): Promise<[number, unknown]> => {
      const answer = await test.service.nova('POST', '/v2.1/servers', {
        server: { name: 'bare', imageRef: test.cloud.imageId, flavorRef: '1', networks: [{ port: id }] },
      })
      return [answer.status, answer.body.badRequest?.message]
    }
    const plain = await port({})
    expect(await boot(plain)).toEqual([400, `Port ${plain} requires a FixedIP in order to be used.`])
    expect((await boot(await port({ fixed_ips: [] })))[0]).toBe(202)
  })
})

describe('a Neutron without the service plugin segments', () => {
  it('says of no port how it gets its addresses, and Nova refuses one without, booted or attached', async () => {
    const stock = await startTestCloud({ segments: false, routers: 0, bootTimeMs: 10 })
    try {
      const neutron = stock.service.neutron
      const network = (await neutron('POST', '/v2.0/networks', { network: { name: 'bare' } })).body.network
      const { subnet } = (
        await neutron('POST', '/v2.0/subnets', {
          subnet: { network_id: network.id, ip_version: 4, cidr: '10.1.0.0/24' },
        })
      ).body
      const made = async (body: object) =>
        (await neutron('POST', '/v2.0/ports', { port: { network_id: network.id, ...body } })).body.port
      const aliases = (await neutron('GET', '/v2.0/extensions')).body.extensions.map(
        (one: { alias: string }) => one.alias,
      )
      expect(aliases).not.toContain('ip_allocation')
      const bare = await made({ fixed_ips: [] })
      expect(bare).not.toHaveProperty('ip_allocation')
      const boot = (id: string) =>
        stock.service.nova('POST', '/v2.1/servers', {
          server: { name: 'bare', imageRef: stock.cloud.imageId, flavorRef: '1', networks: [{ port: id }] },
        })
      expect((await boot(bare.id)).body.badRequest.message).toContain('requires a FixedIP')
      const server = (await boot((await made({})).id)).body.server.id
      await until(
        async () => (await stock.service.nova('GET', `/v2.1/servers/${server}`)).body.server.status,
        (status) => status === 'ACTIVE',
      )
      const attach = () =>
        stock.service.nova('POST', `/v2.1/servers/${server}/os-interface`, {
          interfaceAttachment: { port_id: bare.id },
        })
      expect((await attach()).status).toBe(400)
      const lent = await neutron('PUT', `/v2.0/ports/${bare.id}`, {
        port: { fixed_ips: [{ subnet_id: subnet.id }] },
      })
      expect(lent.body.port.fixed_ips).toHaveLength(1)
      expect((await attach()).status).toBe(200)
      const returned = await neutron('PUT', `/v2.0/ports/${bare.id}`, { port: { fixed_ips: [] } })
      expect(returned.body.port).toMatchObject({ fixed_ips: [], device_id: server })
    } finally {
      await stock.stop()
    }
  })
})
