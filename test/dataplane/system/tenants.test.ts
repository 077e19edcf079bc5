import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uplinkName } from '../../../src/embedded/dataplane/names.ts'
import { until } from '../../support/program.ts'
import { ECHO_SERVER } from '../appliance/support/traffic.ts'
import { type Body, type Host, type MadeRouter, makeRouter, type Rest, SystemUnderTest } from './support/cloud.ts'
import { reasonToSkip } from './support/skip.ts'
import type { Space } from './support/space.ts'

const reason = reasonToSkip()

/** Two tenants who do not know of each other, and have chosen the same addresses. */
describe.skipIf(reason !== null)('from an API call to packets: two tenants', () => {
  let system: SystemUnderTest
  let mine: MadeRouter
  let theirs: MadeRouter
  let tenant: Rest
  let internet: Space
  let machine: Space
  let a1: Host
  let a2: Host
  let b1: Host
  let b2: Host

  const parsed = async (text: Promise<string | null>): Promise<Body> => JSON.parse((await text) ?? '{}')

  beforeAll(async () => {
    system = new SystemUnderTest()
    await system.ready()
    tenant = await system.as('tenant-1')
    const other = await system.as('tenant-2')
    mine = await makeRouter(tenant, 'a', {
      cidr: '10.50.0.0/24',
      dns: ['9.9.9.9', '8.8.4.4'],
      hostRoutes: [{ destination: '10.99.0.0/16', nexthop: '10.50.0.250' }],
      mtu: 1400,
      cidr6: '2001:db8:aa::/64',
    })
    theirs = await makeRouter(other, 'b', { cidr: '10.50.0.0/24' })
    await Promise.all([system.configured(mine.id), system.configured(theirs.id)])
    a1 = await system.host(mine.networkId, 'a1')
    a2 = await system.host(mine.networkId, 'a2')
    b1 = await system.host(theirs.networkId, 'b1')
    b2 = await system.host(theirs.networkId, 'b2')
    internet = await system.internet()
    machine = system.space(null)
    await Promise.all([
      internet.serve(ECHO_SERVER, '8.8.8.8', '8000'),
      ...[a1, a2, b1, b2].map(({ space }) => space.serve(ECHO_SERVER, '::', '80')),
    ])
  })

  afterAll(async () => {
    await system?.stop()
  })

  it('gives a lease with address, gateway, DNS, MTU and host routes as Neutron has them', async () => {
    const { lease, addresses } = a1.view
    expect(lease).toMatchObject({ ip: addresses.find((one) => !one.includes(':')), mask: '24', mtu: '1400' })
    expect(lease?.dns).toBe('9.9.9.9 8.8.4.4')
    expect(lease?.staticroutes).toBe('10.99.0.0/16 10.50.0.250 0.0.0.0/0 10.50.0.1')
    const { stdout: routes } = await a1.space.run('ip', 'route')
    expect(routes).toContain('default via 10.50.0.1')
    expect(routes).toContain('10.99.0.0/16 via 10.50.0.250')
    expect((await a1.space.run('ip', 'link', 'show', 'eth0')).stdout).toContain('mtu 1400')
    expect(b1.view.lease).toMatchObject({ mtu: '1500', router: '10.50.0.1' })
  })

  it('leads to the gateway, and through SNAT to the outside', async () => {
    expect(await a1.space.reaches('10.50.0.1')).toBe(true)
    expect(await a1.space.reaches('8.8.8.8')).toBe(true)
    expect((await parsed(a1.space.get('http://8.8.8.8:8000/'))).peer).toBe(mine.external.v4)
    expect((await parsed(b1.space.get('http://8.8.8.8:8000/'))).peer).toBe(theirs.external.v4)
  })

  it('keeps tenants with the same addresses apart', async () => {
    // Both subnets began alike, so both tenants' hosts have the same addresses.
    expect(b1.address).toBe(a1.address)
    expect(b2.address).toBe(a2.address)
    const macs = await Promise.all(
      [a1, b1].map(async ({ space }) => {
        expect(await space.get(`http://${a2.address}/`)).not.toBeNull()
        return /lladdr (\S+)/.exec((await space.run('ip', 'neigh', 'show', a2.address)).stdout)?.[1]
      }),
    )
    expect(macs).toEqual([a2.view.mac_address, b2.view.mac_address])
    // An address that only one of them has is silence for the other.
    await a2.space.run('ip', 'address', 'add', '10.50.0.200/24', 'dev', 'eth0')
    expect(await a1.space.reaches('10.50.0.200')).toBe(true)
    expect(await b1.space.reaches('10.50.0.200')).toBe(false)
    // Nor does the outside get in, even when it knows the way.
    await internet.run('ip', 'route', 'add', '10.50.0.0/24', 'via', mine.external.v4)
    expect(await internet.reaches(a1.address)).toBe(false)
    expect(await internet.get(`http://${a1.address}/`, [], 1)).toBeNull()
    await internet.run('ip', 'route', 'del', '10.50.0.0/24')
  })

  it('IPv6: an address by router advertisement, the one that Neutron knows, and a way out and in', async () => {
    const expected = a1.view.addresses.find((one) => one.startsWith('2001:db8:aa:')) ?? 'none'
    await until(
      async () => (await a1.space.run('ip', '-6', 'address', 'show', 'scope', 'global')).stdout,
      (text) => text.includes(expected) && !text.includes('tentative'),
      20_000,
    )
    await until(() => a1.space.reaches('2001:4860:4860::8888'), Boolean, 10_000)
    expect(await internet.reaches(expected)).toBe(true)
    expect((await b1.space.run('ip', '-6', 'address', 'show', 'scope', 'global')).stdout).toBe('')
  })

  it('metadata: each instance gets its own, signed, whatever its address and whatever it says of itself', async () => {
    const url = 'http://169.254.169.254/latest/meta-data/instance-id'
    const forged = [`X-Instance-ID: ${b1.view.instance_id}`, 'X-Forwarded-For: 10.50.0.77', 'X-Tenant-ID: me']
    expect(await a1.space.get(url)).toBe(a1.view.instance_id)
    expect(await b1.space.get(url)).toBe(b1.view.instance_id)
    expect(await a1.space.get(url, [...forged, 'X-Instance-ID-Signature: 00'])).toBe(a1.view.instance_id)
    expect((await parsed(b2.space.get('http://169.254.169.254/openstack/latest/meta_data.json'))).uuid).toBe(
      b2.view.instance_id,
    )
    const requests = (await system.metadataRequests()).filter((one) => one.instance_id === a1.view.instance_id)
    expect(requests.length).toBeGreaterThanOrEqual(2)
    for (const one of requests) expect(one).toMatchObject({ signature_valid: true, forwarded_for: a1.address })
  })

  it('pitfall D56: an appliance gets nothing for an instance of another tenant, and nobody else gets anything', async () => {
    const appliance = await system.instance(mine.id)
    const own = (await machine.run('ip', '-6', '-o', 'address', 'show', 'scope', 'global')).stdout
    const address = /astara-m\S* +inet6 (\S+)\//.exec(
      own.split('\n').find((line) => line.includes(uplinkName(system.pid, 'm'))) ?? '',
    )?.[1]
    const url = `http://[${address}]:9697/latest/meta-data/instance-id`
    const header = (host: Host): string[] => [`X-Instance-ID: ${host.view.instance_id}`]
    expect(await appliance.status(url, header(a1))).toBe(200)
    expect(await appliance.status(url, header(b1))).toBe(403)
    expect(await machine.status(url, header(a1))).toBe(403)
    // A tenant does not even get there.
    expect(await a1.space.status(url, header(a1), 2)).toBe(0)
    expect(await a1.space.reaches(address ?? '')).toBe(false)
  })

  it('a floating IP works from outside, from this machine, as a hairpin and outwards; removed it is cut', async () => {
    const [external] = (await tenant('GET', 'v2.0/networks?router:external=true')).networks
    const { floatingip } = await tenant('POST', 'v2.0/floatingips', {
      floatingip: { floating_network_id: external.id, port_id: a1.view.port_id },
    })
    const address: string = floatingip.floating_ip_address
    const url = `http://${address}/`
    await until(
      () => internet.get(url, [], 1),
      (text) => text !== null,
      20_000,
    )
    expect((await parsed(internet.get(url))).headers.host).toBe(address)
    expect(await machine.get(url)).not.toBeNull()
    expect((await parsed(a1.space.get('http://8.8.8.8:8000/'))).peer).toBe(address)
    expect((await parsed(a2.space.get('http://8.8.8.8:8000/'))).peer).toBe(mine.external.v4)
    // Hairpins: a neighbour's, one's own, and another tenant's.
    expect(await a2.space.get(url)).not.toBeNull()
    expect(await a1.space.get(url)).not.toBeNull()
    expect((await parsed(b1.space.get(url))).peer).toBe(theirs.external.v4)

    await tenant('PUT', `v2.0/floatingips/${floatingip.id}`, { floatingip: { port_id: null } })
    await until(
      () => internet.get(url, [], 1),
      (text) => text === null,
      20_000,
    )
    expect((await parsed(a1.space.get('http://8.8.8.8:8000/'))).peer).toBe(mine.external.v4)
    await tenant('DELETE', `v2.0/floatingips/${floatingip.id}`)
  })

  it('a server that a tenant boots is a machine on the network, with metadata of its own', async () => {
    const { images } = await tenant('GET', 'v2/images')
    const { server } = await tenant('POST', 'servers', {
      server: { name: 'web', imageRef: images[0].id, flavorRef: '1', networks: [{ uuid: mine.networkId }] },
    })
    const web = await until(
      async () => (await system.control.list()).instances.find((one) => one.id === server.id),
      (one) => one !== undefined,
      10_000,
    )
    const space = system.space(web?.namespace ?? '')
    await until(() => space.reaches('8.8.8.8'), Boolean, 20_000)
    expect(await space.get('http://169.254.169.254/latest/meta-data/hostname')).toBe('web.novalocal')
    await tenant('DELETE', `servers/${server.id}`)
    await until(
      async () => (await system.control.list()).instances.some((one) => one.id === server.id),
      (there) => !there,
      10_000,
    )
  })

  it('an instance deleted behind its back is replaced, and the tenant is online again', async () => {
    const before = await system.resource(mine.id)
    const admin = await system.as('astara-embedded')
    await admin('DELETE', `servers/${before?.instances[0]?.id}`)
    await until(
      () => system.resource(mine.id),
      (now) => now?.instance_state === 'configured' && now.instances[0]?.id !== before?.instances[0]?.id,
      60_000,
    )
    await until(() => a1.space.reaches('8.8.8.8'), Boolean, 20_000)
    expect(await a1.space.get('http://169.254.169.254/latest/meta-data/instance-id')).toBe(a1.view.instance_id)
  })
})
