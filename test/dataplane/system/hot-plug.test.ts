import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../support/program.ts'
import { STREAM_SERVER } from '../appliance/support/traffic.ts'
import { type Host, type MadeRouter, makeRouter, type Rest, SystemUnderTest } from './support/cloud.ts'
import { reasonToSkip } from './support/skip.ts'
import type { Space } from './support/space.ts'

const reason = reasonToSkip()

/** A router whose networks change under traffic. */
describe.skipIf(reason !== null)('from an API call to packets: networks come and go under traffic', () => {
  let system: SystemUnderTest
  let router: MadeRouter
  let tenant: Rest
  let internet: Space
  let first: Host

  beforeAll(async () => {
    system = new SystemUnderTest()
    await system.ready()
    tenant = await system.as('tenant-1')
    router = await makeRouter(tenant, 'r', { cidr: '10.60.0.0/24' })
    await system.configured(router.id)
    first = await system.host(router.networkId, 'first')
    internet = await system.internet()
    await internet.serve(STREAM_SERVER, '8.8.8.8', '8001')
  })

  afterAll(async () => {
    await system?.stop()
  })

  it('a second network is plugged in and out while a ping and a TCP stream on the first lose nothing', async () => {
    const before = await system.configured(router.id)
    const instance = await system.instance(router.id)
    const links = async (): Promise<number> =>
      (await instance.run('ip', '-o', 'link', 'show', 'type', 'veth')).stdout.split('\n').filter(Boolean).length
    expect(await links()).toBe(3)
    const watch = await first.space.watch('8.8.8.8', 8001)

    const { network } = await tenant('POST', 'v2.0/networks', { network: { name: 'second' } })
    const { subnet } = await tenant('POST', 'v2.0/subnets', {
      subnet: { network_id: network.id, ip_version: 4, cidr: '10.61.0.0/24' },
    })
    await tenant('PUT', `v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    const second = await system.host(network.id, 'second')
    expect(second.view.lease).toMatchObject({ router: '10.61.0.1' })
    expect(await links()).toBe(4)
    await until(() => second.space.reaches('8.8.8.8'), Boolean, 10_000)
    expect(await second.space.reaches(first.address)).toBe(true)

    await tenant('PUT', `v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id })
    await until(links, (count) => count === 3, 15_000)
    await until(
      () => second.space.reaches('10.61.0.1'),
      (up) => !up,
      10_000,
    )

    const { pings, lost, stream } = await watch.stop()
    expect(pings).toBeGreaterThan(100)
    expect(lost).toBe(0)
    expect(stream).toMatchObject({ orderly: true, closed: false })
    expect(stream.lines).toBeGreaterThan(100)
    expect(stream.gap).toBeLessThan(1_000)
    const after = await system.configured(router.id)
    expect(after.instances[0]?.id).toBe(before.instances[0]?.id)
  })

  it('pushes by the dozen, from changes in Neutron, lose nothing either', async () => {
    const watch = await first.space.watch('8.8.8.8', 8001)
    const [subnet] = (await tenant('GET', `v2.0/subnets?network_id=${router.networkId}`)).subnets
    const fingerprints = new Set<unknown>()
    for (let round = 0; round < 12; round += 1) {
      await tenant('PUT', `v2.0/subnets/${subnet.id}`, { subnet: { dns_nameservers: [`9.9.9.${round + 1}`] } })
      fingerprints.add(
        (
          await until(
            () => system.resource(router.id),
            (now) => now?.instance_state === 'configured' && !fingerprints.has(now.config_fingerprint),
            10_000,
          )
        )?.config_fingerprint,
      )
    }
    expect(fingerprints.size).toBe(12)
    const { pings, lost, stream } = await watch.stop()
    expect(pings).toBeGreaterThan(100)
    expect(lost).toBe(0)
    expect(stream).toMatchObject({ orderly: true, closed: false })
  })

  it('an extra route of the router reaches the table of its appliance, carries packets, and leaves it again', async () => {
    const instance = await system.instance(router.id)
    const far = await system.host(router.networkId, 'far')
    await far.space.run('ip', 'address', 'add', '10.99.0.1/32', 'dev', 'lo')
    const table = async (): Promise<string> => (await instance.run('ip', 'route')).stdout
    expect(await first.space.reaches('10.99.0.1')).toBe(false)
    await tenant('PUT', `v2.0/routers/${router.id}`, {
      router: { routes: [{ destination: '10.99.0.0/24', nexthop: far.address }] },
    })
    await until(table, (text) => text.includes(`10.99.0.0/24 via ${far.address}`), 10_000)
    await until(() => first.space.reaches('10.99.0.1'), Boolean, 10_000)
    await tenant('PUT', `v2.0/routers/${router.id}`, { router: { routes: [] } })
    await until(table, (text) => !text.includes('10.99.0.0/24'), 10_000)
    expect(await first.space.reaches('10.99.0.1')).toBe(false)
    await system.control.remove('far')
  })

  it('a host that is removed gives its address back, and what comes after it has a lease of its own', async () => {
    const { address } = await system.host(router.networkId, 'short-lived')
    await system.control.remove('short-lived')
    const { ports } = await tenant('GET', `v2.0/ports?network_id=${router.networkId}`)
    expect(ports.some((port: { name: string }) => port.name === 'short-lived')).toBe(false)
    expect((await system.control.list()).hosts.map((host) => host.name)).not.toContain('short-lived')
    const next = await system.host(router.networkId, 'next')
    expect(next.view.lease?.ip).toBe(next.view.addresses[0])
    expect(next.address).not.toBe('')
    expect(address).not.toBe('')
  })

  it('a router that is deleted takes its instance with it', async () => {
    const { id } = await makeRouter(tenant, 'gone', { cidr: '10.62.0.0/24' })
    await system.configured(id)
    const { name } = await system.instance(id)
    const made = await tenant('GET', `v2.0/ports?device_id=${id}`)
    for (const port of made.ports.filter(
      (one: { device_owner: string }) => one.device_owner === 'network:router_interface',
    )) {
      await tenant('PUT', `v2.0/routers/${id}/remove_router_interface`, { port_id: port.id })
    }
    await tenant('DELETE', `v2.0/routers/${id}`)
    await until(
      async () => (await system.space(null).run('ip', 'netns', 'list')).stdout,
      (text) => !text.includes(name ?? '?'),
      20_000,
    )
  })
})
