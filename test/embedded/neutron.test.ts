import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { login, type Session, startTestCloud, type TestCloud } from './support.ts'

let test: TestCloud
let tenant: Session

beforeAll(async () => {
  test = await startTestCloud({ routers: 0 })
  tenant = await login(test.cloud, 'tenant-1', 'tenant-1')
})
afterAll(() => test.stop())

let networks = 0
/** A fresh network with one subnet, made by `session`. */
async function network(
  session: Session,
  subnet: Record<string, unknown> = {},
): Promise<{ networkId: string; subnetId: string }> {
  networks += 1
  const made = await session.neutron('POST', '/v2.0/networks', { network: { name: `n${networks}` } })
  const networkId = made.body.network.id
  const answer = await session.neutron('POST', '/v2.0/subnets', {
    subnet: { network_id: networkId, ip_version: 4, cidr: `10.${networks}.0.0/24`, ...subnet },
  })
  return { networkId, subnetId: answer.body.subnet.id }
}

const refusal = (answer: {
  status: number
  body: { NeutronError?: { type: string } }
}): [number, string | undefined] => [answer.status, answer.body.NeutronError?.type]

const port = (session: Session, body: Record<string, unknown>) => session.neutron('POST', '/v2.0/ports', { port: body })

describe('refusals', () => {
  it('a network and a subnet in use, addresses taken, outside or exhausted', async () => {
    const { networkId, subnetId } = await network(test.admin, { cidr: '10.200.0.0/29' })
    const first = await port(test.admin, { network_id: networkId })
    expect(first.body.port.fixed_ips).toEqual([{ subnet_id: subnetId, ip_address: '10.200.0.2' }])
    expect(refusal(await test.admin.neutron('DELETE', `/v2.0/networks/${networkId}`))).toEqual([409, 'NetworkInUse'])
    expect(refusal(await test.admin.neutron('DELETE', `/v2.0/subnets/${subnetId}`))).toEqual([409, 'SubnetInUse'])
    const fixed = (ip: string) => port(test.admin, { network_id: networkId, fixed_ips: [{ ip_address: ip }] })
    expect(refusal(await fixed('10.200.0.2'))).toEqual([409, 'IpAddressAlreadyAllocated'])
    expect(refusal(await fixed('10.201.0.2'))).toEqual([400, 'InvalidIpForNetwork'])
    for (let index = 0; index < 4; index += 1)
      expect((await port(test.admin, { network_id: networkId })).status).toBe(201)
    expect(refusal(await port(test.admin, { network_id: networkId }))).toEqual([409, 'IpAddressGenerationFailure'])
    expect((await test.admin.neutron('DELETE', `/v2.0/ports/${first.body.port.id}`)).status).toBe(204)
    expect((await port(test.admin, { network_id: networkId })).body.port.fixed_ips[0].ip_address).toBe('10.200.0.2')
  })

  it('overlapping subnets, on a network and behind a router', async () => {
    const { networkId } = await network(test.admin, { cidr: '10.210.0.0/24' })
    const again = { network_id: networkId, ip_version: 4, cidr: '10.210.0.128/25' }
    expect(refusal(await test.admin.neutron('POST', '/v2.0/subnets', { subnet: again }))).toEqual([400, 'InvalidInput'])
    const twin = await network(test.admin, { cidr: '10.210.0.0/24' })
    const first = await network(test.admin, { cidr: '10.210.0.0/16' })
    const router = await test.admin.neutron('POST', '/v2.0/routers', { router: { name: 'r' } })
    const add = (id: string) =>
      test.admin.neutron('PUT', `/v2.0/routers/${router.body.router.id}/add_router_interface`, { subnet_id: id })
    expect((await add(twin.subnetId)).status).toBe(200)
    const overlapping = await add(first.subnetId)
    expect(refusal(overlapping)).toEqual([400, 'BadRequest'])
    expect(overlapping.body.NeutronError.message).toContain('overlaps with cidr')
  })

  it('quotas', async () => {
    await test.admin.neutron('PUT', `/v2.0/quotas/${tenant.projectId}`, { quota: { router: 1 } })
    const create = () => tenant.neutron('POST', '/v2.0/routers', { router: { name: 'q' } })
    const made = await create()
    expect(made.status).toBe(201)
    const refused = await create()
    expect(refusal(refused)).toEqual([409, 'OverQuota'])
    expect(refused.body.NeutronError.message).toBe("Quota exceeded for resources: ['router'].")
    await test.admin.neutron('PUT', `/v2.0/quotas/${tenant.projectId}`, { quota: { router: -1 } })
    expect((await tenant.neutron('DELETE', `/v2.0/routers/${made.body.router.id}`)).status).toBe(204)
  })

  it('bad bodies and unknown filters, sorted out before anything is looked up', async () => {
    const cases: [string, string, unknown, string][] = [
      ['POST', '/v2.0/networks', { network: { nonsense: 1 } }, "Unrecognized attribute(s) 'nonsense'"],
      ['POST', '/v2.0/networks', {}, "Unable to find 'network' in request body"],
      ['POST', '/v2.0/ports', { port: {} }, "Failed to parse request. Required attribute 'network_id' not specified"],
      [
        'POST',
        '/v2.0/networks',
        { network: { admin_state_up: 'perhaps' } },
        "Invalid input for operation: 'perhaps' cannot be converted to boolean.",
      ],
      ['GET', '/v2.0/networks?nonsense=1', undefined, "['nonsense'] is invalid attribute for filtering"],
      [
        'GET',
        '/v2.0/networks?limit=-1',
        undefined,
        "Bad limit request: Limit must be an integer 0 or greater and not '-1'.",
      ],
    ]
    for (const [method, path, body, message] of cases) {
      const answer = await test.admin.neutron(method, path, body)
      expect([answer.status, answer.body.NeutronError.message], `${method} ${path}`).toEqual([400, message])
    }
  })

  it('a gateway and an interface that floating IPs need, a router port deleted by hand', async () => {
    const { networkId, subnetId } = await network(test.admin)
    const router = await test.admin.neutron('POST', '/v2.0/routers', {
      router: { external_gateway_info: { network_id: test.cloud.externalNetworkId } },
    })
    const path = `/v2.0/routers/${router.body.router.id}`
    const added = await test.admin.neutron('PUT', `${path}/add_router_interface`, { subnet_id: subnetId })
    const inside = await port(test.admin, { network_id: networkId })
    const fip = await test.admin.neutron('POST', '/v2.0/floatingips', {
      floatingip: { floating_network_id: test.cloud.externalNetworkId, port_id: inside.body.port.id },
    })
    expect(fip.body.floatingip.router_id).toBe(router.body.router.id)
    expect(refusal(await test.admin.neutron('PUT', path, { router: { external_gateway_info: null } }))).toEqual([
      409,
      'RouterExternalGatewayInUseByFloatingIp',
    ])
    expect(
      refusal(await test.admin.neutron('PUT', `${path}/remove_router_interface`, { subnet_id: subnetId })),
    ).toEqual([409, 'RouterInterfaceInUseByFloatingIP'])
    expect(refusal(await test.admin.neutron('DELETE', `/v2.0/ports/${added.body.port_id}`))).toEqual([
      409,
      'ServicePortInUse',
    ])
    const second = { floating_network_id: test.cloud.externalNetworkId, port_id: inside.body.port.id }
    expect(refusal(await test.admin.neutron('POST', '/v2.0/floatingips', { floatingip: second }))).toEqual([
      409,
      'FloatingIPPortAlreadyAssociated',
    ])
    await test.admin.neutron('DELETE', `/v2.0/ports/${inside.body.port.id}`)
    const left = await test.admin.neutron('GET', `/v2.0/floatingips/${fip.body.floatingip.id}`)
    expect(left.body.floatingip).toMatchObject({
      port_id: null,
      router_id: null,
      fixed_ip_address: null,
      status: 'DOWN',
    })
  })

  it('a floating IP for a port that no router connects', async () => {
    const { networkId, subnetId } = await network(test.admin)
    const inside = await port(test.admin, { network_id: networkId })
    const answer = await test.admin.neutron('POST', '/v2.0/floatingips', {
      floatingip: { floating_network_id: test.cloud.externalNetworkId, port_id: inside.body.port.id },
    })
    expect(refusal(answer)).toEqual([404, 'ExternalGatewayForFloatingIPNotFound'])
    expect(answer.body.NeutronError.message).toContain(subnetId)
    // The address that was taken for it is free again.
    const ports = await test.admin.neutron(
      'GET',
      `/v2.0/ports?network_id=${test.cloud.externalNetworkId}&device_owner=network:floatingip`,
    )
    expect(ports.body.ports.every((one: { fixed_ips: unknown[] }) => one.fixed_ips.length === 1)).toBe(true)
  })
})

describe('tenants', () => {
  it('see their own and what is shared or external, change only their own', async () => {
    const { networkId } = await network(test.admin)
    expect((await tenant.neutron('GET', `/v2.0/networks/${networkId}`)).status).toBe(404)
    const seen = await tenant.neutron('GET', '/v2.0/networks')
    expect(seen.body.networks.map((one: { name: string }) => one.name)).toEqual(['public'])
    expect(seen.body.networks[0]).not.toHaveProperty('provider:network_type')
    expect(refusal(await tenant.neutron('DELETE', `/v2.0/networks/${test.cloud.externalNetworkId}`))).toEqual([
      403,
      'PolicyNotAuthorized',
    ])
    expect(refusal(await port(tenant, { network_id: test.cloud.externalNetworkId }))).toEqual([
      403,
      'PolicyNotAuthorized',
    ])
  })

  it('do not see the gateway ports of their routers, nor where ports are bound', async () => {
    const { networkId } = await network(tenant)
    const router = await tenant.neutron('POST', '/v2.0/routers', {
      router: { external_gateway_info: { network_id: test.cloud.externalNetworkId } },
    })
    expect((await tenant.neutron('GET', `/v2.0/ports?device_id=${router.body.router.id}`)).body.ports).toEqual([])
    const own = await port(tenant, { network_id: networkId })
    expect(own.body.port).not.toHaveProperty('binding:host_id')
    expect(own.body.port.security_groups).toHaveLength(1)
  })
})

describe('lists', () => {
  it('page by id with links until there is no more', async () => {
    const { networkId } = await network(test.admin)
    for (let index = 0; index < 7; index += 1) await port(test.admin, { network_id: networkId, name: `p${index}` })
    const seen: string[] = []
    let path: string | undefined = `/v2.0/ports?network_id=${networkId}&limit=3&fields=id&fields=name`
    let pages = 0
    while (path) {
      const answer = await test.admin.neutron('GET', path)
      pages += 1
      for (const one of answer.body.ports) {
        expect(Object.keys(one).sort()).toEqual(['id', 'name'])
        seen.push(one.id)
      }
      const next = answer.body.ports_links?.find((link: { rel: string }) => link.rel === 'next')?.href
      path = next === undefined ? undefined : next.slice(test.cloud.endpoints.neutron.length)
    }
    expect(pages).toBe(3)
    expect(seen).toHaveLength(7)
    expect(seen).toEqual([...seen].sort())
  })

  it('filter by repeated values, booleans and addresses; sort both ways', async () => {
    const { networkId, subnetId } = await network(test.admin)
    const ports: { id: string; name: string; fixed_ips: { ip_address: string }[] }[] = []
    for (const name of ['b', 'a', 'c']) ports.push((await port(test.admin, { network_id: networkId, name })).body.port)
    const names = async (query: string): Promise<string[]> =>
      (await test.admin.neutron('GET', `/v2.0/ports?network_id=${networkId}&${query}`)).body.ports.map(
        (one: { name: string }) => one.name,
      )
    expect((await names('name=a&name=b')).sort()).toEqual(['a', 'b'])
    expect(await names('sort_key=name&sort_dir=desc')).toEqual(['c', 'b', 'a'])
    expect(await names('sort_key=name&sort_dir=asc&limit=2')).toEqual(['a', 'b'])
    expect(await names('admin_state_up=False')).toEqual([])
    expect(await names('admin_state_up=true&name=c')).toEqual(['c'])
    expect(await names(`fixed_ips=subnet_id%3D${subnetId}&name=a`)).toEqual(['a'])
    expect(await names(`fixed_ips=ip_address%3D${ports[0]?.fixed_ips[0]?.ip_address}`)).toEqual(['b'])
    expect(await names(`id=${ports[2]?.id}`)).toEqual(['c'])
  })
})

describe('addresses', () => {
  it('another IPv4 address for an interface of a router; a tenant’s router at the gateway of what all may use', async () => {
    const { subnetId } = await network(tenant, { cidr: '10.220.0.0/24' })
    const router = await tenant.neutron('POST', '/v2.0/routers', { router: {} })
    const add = (by: typeof tenant, id: string) =>
      by.neutron('PUT', `/v2.0/routers/${router.body.router.id}/add_router_interface`, { subnet_id: id })
    const { port_id: portId } = (await add(tenant, subnetId)).body
    const give = (...addresses: string[]) =>
      tenant.neutron('PUT', `/v2.0/ports/${portId}`, {
        port: { fixed_ips: addresses.map((ip_address) => ({ subnet_id: subnetId, ip_address })) },
      })
    for (const addresses of [['10.220.0.9'], ['10.220.0.1', '10.220.0.9']]) {
      const refused = await give(...addresses)
      expect(refusal(refused)).toEqual([400, 'BadRequest'])
      expect(refused.body.NeutronError.message).toBe(
        `Bad ports request: IP updates for port ${portId} are not allowed.`,
      )
    }
    expect((await give('10.220.0.1')).status).toBe(200)

    const { subnetId: everybodys, networkId: shared } = await network(test.admin, { cidr: '10.221.0.0/24' })
    await test.admin.neutron('PUT', `/v2.0/networks/${shared}`, { network: { shared: true } })
    const refused = await add(tenant, everybodys)
    expect(refusal(refused)).toEqual([400, 'BadRequest'])
    expect(refused.body.NeutronError.message).toContain('is not owned by project making the request')
    expect((await add(test.admin, everybodys)).status).toBe(200)
  })

  it('a second IPv6 subnet of a network joins the router port that is there', async () => {
    const { networkId } = await network(test.admin)
    const six = async (cidr: string): Promise<string> =>
      (await test.admin.neutron('POST', '/v2.0/subnets', { subnet: { network_id: networkId, ip_version: 6, cidr } }))
        .body.subnet.id
    const [one, two] = [await six('fd01::/64'), await six('fd02::/64')]
    const router = await test.admin.neutron('POST', '/v2.0/routers', { router: {} })
    const add = (subnet_id: string) =>
      test.admin.neutron('PUT', `/v2.0/routers/${router.body.router.id}/add_router_interface`, { subnet_id })
    const first = await add(one)
    const second = await add(two)
    expect(second.body.port_id).toBe(first.body.port_id)
    const shown = await test.admin.neutron('GET', `/v2.0/ports/${first.body.port_id}`)
    expect(shown.body.port.fixed_ips.map((ip: { ip_address: string }) => ip.ip_address)).toEqual(['fd01::', 'fd02::'])
  })

  it('the status extension sets what router show says', async () => {
    const router = await test.admin.neutron('POST', '/v2.0/routers', { router: { name: 's' } })
    const { id } = router.body.router
    const answer = await test.service.neutron('PUT', `/v2.0/dhrouterstatus/${id}`, {
      routerstatus: { status: 'BUILD' },
    })
    expect([answer.status, answer.body]).toEqual([200, { routerstatus: { status: 'BUILD' } }])
    expect((await test.admin.neutron('GET', `/v2.0/routers/${id}`)).body.router.status).toBe('BUILD')
    expect(
      refusal(await tenant.neutron('PUT', `/v2.0/dhrouterstatus/${id}`, { routerstatus: { status: 'BUILD' } }))[0],
    ).toBe(403)
  })
})
