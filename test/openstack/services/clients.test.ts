import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { connect, portBody, startCloud } from '../support/fake-cloud.ts'

const R1 = '5a92f4bd-103b-430b-93e6-6105110aca6c'
const STATUS = `PUT /network/v2.0/dhrouterstatus/${R1}`
const FLAVORS = 'GET /compute/v2.1/flavors/detail'

describe('the router status extension', () => {
  const absent = {
    status: 404,
    body: { NeutronError: { type: 'HTTPNotFound', message: 'The resource could not be found.' } },
  }

  it('absent: one call finds out for all, and nobody asks again for ten minutes', async () => {
    const cloud = await startCloud()
    cloud.on(STATUS, () => absent)
    const clock = new ManualClock()
    const { neutron } = connect(cloud, { clock })
    const all = await Promise.all(Array.from({ length: 50 }, () => neutron.updateRouterStatus(R1, 'ACTIVE')))
    expect(new Set(all)).toEqual(new Set([false]))
    clock.jump(599_000)
    expect(await neutron.updateRouterStatus(R1, 'ACTIVE')).toBe(false)
    expect(cloud.count(STATUS)).toBe(1)
    clock.jump(2_000)
    cloud.on(STATUS, () => ({ status: 200, body: {} }))
    expect(await neutron.updateRouterStatus(R1, 'ACTIVE')).toBe(true)
    expect(cloud.count(STATUS)).toBe(2)
  })

  it('present: everybody is told, at the same time', async () => {
    const cloud = await startCloud()
    cloud.on(STATUS, () => ({ status: 200, body: { routerstatus: { status: 'ACTIVE' } } }))
    const { neutron } = connect(cloud)
    const all = await Promise.all(Array.from({ length: 5 }, () => neutron.updateRouterStatus(R1, 'ACTIVE')))
    expect(all).toEqual([true, true, true, true, true])
    expect(cloud.requests.at(-1)?.body).toEqual({ routerstatus: { status: 'ACTIVE' } })
  })

  it('pitfall D52: a status that did not arrive is an error, and the next call tries again', async () => {
    const cloud = await startCloud()
    cloud.on(STATUS, () => ({ status: 500 }))
    const { neutron } = connect(cloud)
    await expect(neutron.updateRouterStatus(R1, 'ACTIVE')).rejects.toMatchObject({ status: 500 })
    cloud.on(STATUS, () => ({ status: 404, body: { NeutronError: { type: 'RouterNotFound', message: 'no' } } }))
    await expect(neutron.updateRouterStatus(R1, 'ACTIVE')).rejects.toMatchObject({ status: 404 })
    cloud.on(STATUS, () => ({ status: 200 }))
    await expect(neutron.updateRouterStatus(R1, 'ACTIVE')).resolves.toBe(true)
  })
})

describe('flavors', () => {
  it('are found by id, else by exact name, private ones and further pages included', async () => {
    const cloud = await startCloud()
    cloud.on('GET /compute/v2.1/flavors/511', () => ({
      status: 200,
      body: { flavor: { id: '511', name: 'm1.astara' } },
    }))
    cloud.on(FLAVORS, ({ query }) => {
      expect(query.get('is_public')).toBe('None')
      const last = query.get('marker') === '1'
      const links = last ? {} : { flavors_links: [{ rel: 'next', href: 'http://x/flavors/detail?marker=1' }] }
      return {
        status: 200,
        body: { flavors: [last ? { id: '2', name: 'tiny one' } : { id: '1', name: 'tiny' }], ...links },
      }
    })
    const { nova } = connect(cloud)
    await expect(nova.getFlavor('511')).resolves.toEqual({ id: '511', name: 'm1.astara' })
    await expect(nova.getFlavor('tiny one')).resolves.toEqual({ id: '2', name: 'tiny one' })
    await expect(nova.getFlavor('tiny')).resolves.toEqual({ id: '1', name: 'tiny' })
    await expect(nova.getFlavor('huge')).rejects.toMatchObject({
      status: 404,
      code: 'not_found',
      type: 'FlavorNotFound',
    })
  })
})

describe('what services leave out or word differently', () => {
  it('has a default', async () => {
    const cloud = await startCloud()
    const body = (key: string, value: unknown) => () => ({ status: 200, body: { [key]: [value] } })
    cloud.on(
      'GET /network/v2.0/ports',
      body('ports', { id: 'p', network_id: 'n', mac_address: 'm', project_id: 't', status: null }),
    )
    cloud.on('GET /network/v2.0/networks', body('networks', { id: 'n' }))
    cloud.on(
      'GET /network/v2.0/subnets',
      body('subnets', { id: 's', network_id: 'n', ip_version: 4, cidr: '10.0.0.0/24' }),
    )
    cloud.on('GET /network/v2.0/routers', body('routers', { id: 'r', external_gateway_info: {} }))
    cloud.on(
      'GET /network/v2.0/floatingips',
      body('floatingips', { id: 'f', floating_ip_address: '1.2.3.4', floating_network_id: 'n' }),
    )
    cloud.on(
      'GET /compute/v2.1/servers/detail',
      body('servers', {
        id: 'v',
        name: 'x',
        status: 'ERROR',
        created: 'c',
        image: '',
        fault: { message: 'No valid host', code: 500 },
      }),
    )
    cloud.on('GET /image/v2/images', body('images', { id: 'i', name: null, status: 'queued' }))
    const { neutron, nova, glance } = connect(cloud)
    const flags = { name: '', tenant_id: '', status: '', admin_state_up: true }
    expect(await neutron.listPorts()).toEqual([
      {
        ...flags,
        id: 'p',
        network_id: 'n',
        mac_address: 'm',
        tenant_id: 't',
        device_id: '',
        device_owner: '',
        fixed_ips: [],
        ip_allocation: null,
      },
    ])
    expect(await neutron.listNetworks()).toEqual([
      { ...flags, id: 'n', mtu: null, 'router:external': false, shared: false, subnets: [] },
    ])
    expect(await neutron.listSubnets()).toEqual([
      {
        id: 's',
        name: '',
        tenant_id: '',
        network_id: 'n',
        ip_version: 4,
        cidr: '10.0.0.0/24',
        gateway_ip: null,
        enable_dhcp: true,
        dns_nameservers: [],
        host_routes: [],
        ipv6_ra_mode: null,
        ipv6_address_mode: null,
      },
    ])
    expect(await neutron.listRouters()).toEqual([
      { ...flags, id: 'r', ha: false, routes: [], external_gateway_info: null },
    ])
    expect(await neutron.listFloatingIps()).toEqual([
      {
        id: 'f',
        tenant_id: '',
        floating_ip_address: '1.2.3.4',
        fixed_ip_address: null,
        floating_network_id: 'n',
        port_id: null,
        router_id: null,
        status: '',
      },
    ])
    expect(await nova.listServers({ allTenants: true })).toEqual([
      {
        id: 'v',
        name: 'x',
        status: 'ERROR',
        created: 'c',
        image_id: null,
        tenant_id: '',
        fault: 'No valid host',
        task_state: null,
      },
    ])
    expect(cloud.requests.at(-1)?.query.get('all_tenants')).toBe('1')
    expect(await glance.listImages()).toEqual([{ id: 'i', name: '', status: 'queued' }])
  })
})

describe('ids that are none', () => {
  it('are refused before anything is sent: an empty id would address the whole collection', async () => {
    const cloud = await startCloud()
    const { neutron, nova, glance } = connect(cloud)
    const calls = [
      neutron.deletePort(''),
      neutron.getRouter('a/b'),
      nova.deleteServer('..'),
      nova.detachInterface('s', ''),
      glance.getImage('?x'),
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'bad_request' })
    expect(cloud.requests).toEqual([])
  })
})

describe('options that cannot work', () => {
  it.each([
    [{ auth: { authUrl: 'keystone:5000', method: 'password', username: 'u', password: 'p' } }, /URL of keystone/],
    [{ auth: { authUrl: 'http://k', method: 'password', username: 'u' } }, /password is missing/],
    [{ endpointOverrides: { nova: 'http://u:p@h' } }, /URL of nova must not contain/],
  ] as const)('are refused at once: %#', (options, message) => {
    expect(() => connect({ url: 'http://127.0.0.1:1' }, options)).toThrow(message)
  })
})

describe('10,000 ports', () => {
  it('are listed page by page, and each once', async () => {
    const cloud = await startCloud()
    const all = Array.from({ length: 10_000 }, (_, n) => portBody(n))
    cloud.on('GET /network/v2.0/ports', ({ query }) => {
      const limit = Number(query.get('limit'))
      const marker = query.get('marker')
      const from = marker === null ? 0 : Number(marker.slice(-12)) + 1
      const ports = all.slice(from, from + limit)
      const next = { rel: 'next', href: `http://x/?limit=${limit}&marker=${ports.at(-1)?.id}` }
      const previous = { rel: 'previous', href: `http://x/?limit=${limit}&marker=${ports[0]?.id}&page_reverse=True` }
      const links = { ports_links: from + limit < all.length ? [next, previous] : [previous] }
      return { status: 200, body: { ports, ...links } }
    })
    const { neutron } = connect(cloud)
    const ports = await neutron.listPorts()
    expect(ports.map((port) => port.id)).toEqual(all.map((port) => port.id))
    expect(cloud.count('GET /network/v2.0/ports')).toBe(10)
  })
})
