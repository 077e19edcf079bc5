import { describe, expect, test } from 'vitest'
import { Bench } from './support/bench.ts'
import { httpError, MANAGEMENT_NETWORK } from './support/fake-cloud.ts'

describe('boot', () => {
  test('a router becomes one configured instance', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    expect(manager.snapshot().attachedAsOf).toBeNull()
    const asked = bench.clock.now()
    await bench.run(manager, 'updateState')
    expect(manager.snapshot().attachedAsOf).toBe(asked)
    expect(bench.clock.now()).toBeGreaterThan(asked)
    expect(manager.state).toBe('down')
    await bench.bringUp(manager)
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
    expect(bench.appliances.pushes).toHaveLength(1)
    const snapshot = manager.snapshot()
    expect(snapshot).toMatchObject({
      instanceState: 'configured',
      requiredInstances: 1,
      imageUuid: 'image-1',
      imageCurrent: true,
      lastError: null,
      tenantId: 'd22b149c-ee9b-4eac-8349-c517eda00b89',
    })
    expect(snapshot.configFingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(snapshot.networkIds).toHaveLength(2)
    expect(snapshot.externalNetworkIds).toHaveLength(1)
    expect(bench.cloud.statuses.map(({ status }) => status)).toEqual(['DOWN', 'BUILD', 'ACTIVE'])
  })

  test('the body sent to Nova: management port first, then one port for each network', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter({ networks: 2 })
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    const [server] = bench.cloud.serversOf(id)
    expect(server?.body).toEqual({
      name: `ak-router-${id}_0`,
      imageRef: 'image-1',
      flavorRef: 'flavor-m1.astara',
      networks: expect.any(Array),
      user_data: expect.any(String),
      config_drive: true,
    })
    const networks = server?.body.networks.map(({ port }) => bench.cloud.ports.get(port)?.network_id)
    expect(networks).toEqual([MANAGEMENT_NETWORK, ...manager.snapshot().networkIds])
    expect(server?.userData).toContain('astara-configure-management')
    const managed = bench.cloud.portBodies.find((port) => port.network_id === MANAGEMENT_NETWORK)
    expect(managed).toEqual({
      admin_state_up: true,
      network_id: MANAGEMENT_NETWORK,
      name: `ASTARA:MGT:${id}`,
      security_groups: [],
      fixed_ips: [],
      port_security_enabled: false,
    })
  })

  test('without a SLAAC subnet Neutron must allocate the management address', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    for (const subnet of bench.cloud.subnets.values())
      Object.assign(subnet, { ipv6_address_mode: null, ipv6_ra_mode: null })
    await bench.run(bench.manager(id), 'boot')
    const bodies = bench.cloud.portBodies
    expect(bodies.find((body) => body.network_id === MANAGEMENT_NETWORK)).not.toHaveProperty('fixed_ips')
    expect(bodies.find((body) => body.network_id !== MANAGEMENT_NETWORK)).toMatchObject({ fixed_ips: [] })
  })

  test('waiting for a boot is a timer that grows, not an occupied slot', async () => {
    const bench = new Bench()
    bench.cloud.bootMs = 100_000
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.run(manager, 'boot')
    const waits: number[] = []
    for (let i = 0; i < 8; i += 1) {
      const before = bench.clock.monotonic()
      await bench.run(manager, 'updateState')
      expect(bench.clock.monotonic() - before).toBeLessThan(500)
      expect(manager.wait?.reason).toBe('boot')
      const wait = manager.wait?.ms ?? 0
      waits.push(wait)
      await bench.clock.advance(wait)
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waits[0]).toBe(1_000)
    // A fifth of the time it has taken so far: the configuration comes no later than that after the boot.
    const last = waits.at(-1) ?? 0
    const elapsed = waits.slice(0, -1).reduce((sum, ms) => sum + ms, 0)
    expect(last).toBeGreaterThan(0.15 * elapsed)
    expect(last).toBeLessThan(0.25 * elapsed + 1_000)
  })

  test('between full looks a booting instance costs a list of servers, then only a knock', async () => {
    const bench = new Bench()
    bench.cloud.bootMs = 3_000
    bench.appliances.startMs = 3_000
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'boot')
    const look = async (): Promise<readonly string[]> => {
      await bench.clock.advance(manager.wait?.ms ?? 0)
      bench.cloud.journal.length = 0
      await bench.run(manager, 'updateState')
      return bench.cloud.journal.map(({ op }) => op)
    }
    await look()
    expect(await look()).toEqual(['listServers'])
    await bench.clock.advance(1_000)
    await look()
    expect(manager.state).toBe('booting')
    const asked = bench.appliances.aliveAsked
    expect(await look()).toEqual([])
    expect(bench.appliances.aliveAsked).toBe(asked + 1)
    // Whoever answers is looked at with all that belongs to it.
    await bench.clock.advance(3_000)
    expect(await look()).toContain('listServers')
    expect(manager.state).toBe('up')
  })

  test('a server that vanishes or fails while it boots is noticed between full looks', async () => {
    const bench = new Bench()
    bench.cloud.bootMs = 60_000
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'boot')
    await bench.run(manager, 'updateState')
    const [server] = bench.cloud.serversOf(id)
    if (server) server.status = 'ERROR'
    await bench.clock.advance(manager.wait?.ms ?? 0)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
  })

  test('an instance of an earlier life is adopted', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    await bench.bringUp(bench.manager(id))
    const second = bench.manager(id)
    bench.cloud.statuses.length = 0
    await bench.run(second, 'updateState')
    expect(second.state).toBe('up')
    await bench.bringUp(second)
    expect(bench.cloud.count('createServer')).toBe(1)
    // It worked all the time: Neutron is not told otherwise.
    expect(bench.cloud.statuses).toEqual([])
  })

  test('an instance that still boots when we start is adopted, and its ports are left alone', async () => {
    const bench = new Bench()
    bench.cloud.bootMs = 20_000
    const id = bench.cloud.addRouter()
    await bench.run(bench.manager(id), 'boot')
    const ports = bench.cloud.portsOf(id).length
    const second = bench.manager(id)
    await bench.run(second, 'updateState')
    await bench.run(second, 'boot')
    expect(second.state).toBe('booting')
    expect(second.wait?.reason).toBe('boot')
    await bench.bringUp(second)
    expect(bench.cloud.count('createServer')).toBe(1)
    expect(bench.cloud.portsOf(id)).toHaveLength(ports)
  })

  test('an instance that Nova lists under no name is found through its ports', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    await bench.bringUp(bench.manager(id))
    bench.cloud.emptied.add('listServers')
    const second = bench.manager(id)
    await bench.run(second, 'updateState')
    expect(second.state).toBe('down')
    await bench.run(second, 'boot')
    expect(bench.cloud.count('createServer')).toBe(1)
    expect(second.snapshot().instances).toHaveLength(1)
  })

  describe('a create without an answer', () => {
    test('that was made after all is adopted, never made twice', async () => {
      const bench = new Bench()
      const id = bench.cloud.addRouter()
      const manager = bench.manager(id)
      bench.cloud.fault = (op, body) => {
        if (op !== 'createServer') return undefined
        bench.cloud.makeServer(body as never)
        return httpError('nova', 504)
      }
      await bench.failure(manager, 'boot')
      bench.cloud.fault = () => undefined
      await bench.run(manager, 'boot')
      expect(manager.state).toBe('booting')
      await bench.bringUp(manager)
      expect(bench.cloud.count('createServer')).toBe(1)
      expect(bench.cloud.serversOf(id)).toHaveLength(1)
    })

    test('that is made late never becomes a second one', async () => {
      const bench = new Bench()
      const id = bench.cloud.addRouter()
      const manager = bench.manager(id)
      let late: unknown
      bench.cloud.fault = (op, body) => {
        if (op !== 'createServer') return undefined
        late = body
        return httpError('nova', null)
      }
      await bench.failure(manager, 'boot')
      bench.cloud.fault = () => undefined
      await bench.run(manager, 'boot')
      expect(manager.wait?.reason).toBe('retry')
      expect(bench.cloud.count('createServer')).toBe(1)
      await bench.clock.advance(31_000)
      await bench.run(manager, 'boot')
      expect(bench.cloud.count('createServer')).toBe(2)
      // The second try used the same ports, so Nova cannot make the first one any more.
      expect(() => bench.cloud.makeServer(late as never)).toThrow(/in use/)
      await bench.bringUp(manager)
      expect(bench.cloud.serversOf(id)).toHaveLength(1)
    })
  })

  test('pitfall D1: a boot that never comes up really ends after boot_timeout, and counts', async () => {
    const bench = new Bench()
    bench.appliances.fault = { dead: true }
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    await bench.clock.advance(599_000)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('booting')
    await bench.clock.advance(2_000)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
    expect(manager.bootAttempts).toBe(1)
    expect(manager.snapshot().lastError?.code).toBe('boot_timeout')
    await bench.run(manager, 'stop')
    expect(manager.wait?.reason).toBe('delete')
    await bench.clock.advance(1_100)
    await bench.run(manager, 'stop')
    expect(manager.state).toBe('down')
    expect(bench.cloud.serversOf(id)).toHaveLength(0)
    bench.appliances.fault = {}
    await bench.bringUp(manager)
    expect(bench.cloud.count('createServer')).toBe(2)
  })

  test('pitfall D1: an instance that came up and died before it was configured is given up too', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    await bench.clock.advance(5_000)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('up')
    bench.appliances.fault = { dead: true }
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('up')
    await bench.clock.advance(601_000)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
  })

  test('pitfall D2: a dead instance that Nova still lists is deleted and replaced', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    const [first] = bench.cloud.serversOf(id)
    bench.appliances.faults.set(first?.id ?? '', { dead: true })
    expect(await bench.drive(manager.quickAlive(new AbortController().signal))).toBe(false)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
    await bench.run(manager, 'boot')
    expect(manager.wait?.reason).toBe('delete')
    await bench.bringUp(manager)
    const servers = bench.cloud.serversOf(id)
    expect(servers.map((server) => server.id)).toEqual([expect.not.stringContaining(first?.id ?? 'none')])
    expect(bench.cloud.portsOf(id)).toHaveLength(3)
  })

  test('a dead instance that Nova cannot delete is replaced all the same, later', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    bench.cloud.deleteMs = 10_000_000
    const [first] = bench.cloud.serversOf(id)
    bench.appliances.faults.set(first?.id ?? '', { dead: true })
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'boot')
    expect(bench.cloud.count('createServer')).toBe(1)
    await bench.clock.advance(61_000)
    await bench.run(manager, 'boot')
    expect(bench.cloud.count('createServer')).toBe(2)
  })

  test('an appliance that blinks once is not replaced', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    const [server] = bench.cloud.serversOf(id)
    bench.appliances.faults.set(server?.id ?? '', { dead: true })
    bench.clock.after(1_200, () => bench.appliances.faults.clear())
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('configured')
  })

  test('a server in ERROR is deleted and replaced', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    bench.cloud.plantServer(`ak-router-${id}_4`, { status: 'ERROR', fault: 'No valid host' })
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    expect(bench.cloud.serversOf(id).map(({ status }) => status)).toEqual(['ACTIVE'])
  })

  test('pitfall D9: every boot counts, of a degraded pair too', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter({ ha: true })
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    await bench.run(manager, 'updateState')
    expect(manager.bootAttempts).toBe(0)
    bench.cloud.fault = (op) => (op === 'createServer' ? httpError('nova', 403, 'Quota exceeded') : undefined)
    const [first] = bench.cloud.serversOf(id)
    bench.appliances.faults.set(first?.id ?? '', { dead: true })
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('degraded')
    for (let i = 1; i <= 5; i += 1) {
      await bench.failure(manager, 'boot')
      expect(manager.bootAttempts).toBe(i)
    }
  })

  test('pitfall D16: surplus instances are removed, oldest good one wins', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    const [good] = bench.cloud.serversOf(id)
    bench.cloud.plantServer(`ak-router-${id}_7`)
    bench.cloud.plantServer(`ak-router-${id}_8`, { created: '2020-01-01T00:00:00Z' })
    bench.cloud.plantServer(`ak-router-${id}_odd`)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('configured')
    await bench.clock.advance(2_000)
    expect(bench.cloud.serversOf(id).map(({ name }) => name)).toEqual([good?.name, `ak-router-${id}_odd`])
  })

  test('pitfall D16: a router that is highly available no more keeps one instance', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter({ ha: true })
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    expect(bench.cloud.serversOf(id)).toHaveLength(2)
    const router = bench.cloud.routers.get(id)
    if (router) router.ha = false
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('configured')
    await bench.run(manager, 'configure')
    await bench.clock.advance(2_000)
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
    expect(bench.appliances.pushes.at(-1)?.config.ha_resource).toBe(false)
  })

  test('a server that shows up between the look and the boot is adopted', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'updateState')
    bench.cloud.plantServer(`ak-router-${id}_0`)
    await bench.run(manager, 'boot')
    expect(bench.cloud.count('createServer')).toBe(0)
    expect(manager.bootAttempts).toBe(0)
  })

  test('an old instance found only at the boot is asked before it is judged', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'updateState')
    await bench.bringUp(bench.manager(id))
    await bench.clock.advance(3_600_000)
    await bench.run(manager, 'boot')
    expect(bench.cloud.count('deleteServer')).toBe(0)
    expect(manager.snapshot().instances[0]?.alive).toBe(true)
    await bench.bringUp(manager)
    expect(bench.cloud.count('createServer')).toBe(1)
  })

  test('ports that an earlier life left behind go as soon as the router is whole', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    bench.cloud.addPort({ network_id: MANAGEMENT_NETWORK, name: `ASTARA:MGT:${id}` })
    bench.cloud.addPort({ network_id: MANAGEMENT_NETWORK, name: `ASTARA:MGT:${id}`, device_id: 'a-server-long-gone' })
    await bench.run(manager, 'updateState')
    expect(bench.cloud.portsOf(id)).toHaveLength(3)
    expect(manager.state).toBe('configured')
  })

  test('ports that are still to be deleted with their server are not given to another', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    const old = bench.cloud.portsOf(id).map((port) => port.id)
    const [first] = bench.cloud.serversOf(id)
    bench.appliances.faults.set(first?.id ?? '', { dead: true })
    bench.cloud.fault = (op) => (op === 'deletePort' ? httpError('neutron', 503) : undefined)
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'boot')
    await bench.clock.advance(1_500)
    await bench.run(manager, 'boot')
    bench.cloud.fault = () => undefined
    const [second] = bench.cloud.serversOf(id)
    expect(second?.ports.filter((port) => old.includes(port))).toEqual([])
    await bench.bringUp(manager)
    await bench.run(manager, 'updateState')
    expect(bench.cloud.portsOf(id)).toHaveLength(3)
    expect(manager.state).toBe('configured')
  })

  test('pitfall D22: an ACTIVE namesake is adopted, a longer name is somebody else', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    bench.cloud.plantServer(`ak-router-${id}0_0`)
    bench.cloud.plantServer(`ak-router-${id}_0_backup`)
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    expect(bench.cloud.count('createServer')).toBe(1)
    expect(bench.cloud.count('deleteServer')).toBe(0)
  })

  test('pitfall D23: ports of a failed boot are used by the next, not leaked', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter({ networks: 2 })
    const manager = bench.manager(id)
    bench.cloud.fault = (op) => (op === 'createServer' ? httpError('nova', 400, 'bad flavor') : undefined)
    for (let i = 0; i < 4; i += 1) await bench.failure(manager, 'boot')
    expect(bench.cloud.portsOf(id)).toHaveLength(4)
    bench.cloud.fault = () => undefined
    bench.cloud.addPort({ network_id: MANAGEMENT_NETWORK, name: `ASTARA:MGT:${id}` })
    bench.cloud.addPort({ network_id: MANAGEMENT_NETWORK, name: `AKANDA:MGT:${id}`, device_id: 'a-server-long-gone' })
    await bench.bringUp(manager)
    expect(bench.cloud.portsOf(id)).toHaveLength(4)
  })

  test('pitfall D22: a management port without an address is a clear error', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    bench.cloud.addPort({ network_id: MANAGEMENT_NETWORK, name: `ASTARA:MGT:${id}`, fixed_ips: [] })
    const manager = bench.manager(id)
    await bench.failure(manager, 'boot')
    expect(manager.snapshot().lastError?.code).toBe('boot_no_address')
    expect(bench.cloud.count('createServer')).toBe(0)
  })

  test('pitfall S5: an instance whose management address lies elsewhere is never asked', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const server = bench.cloud.plantServer(`ak-router-${id}_0`)
    bench.cloud.addPort({
      network_id: MANAGEMENT_NETWORK,
      device_id: server.id,
      fixed_ips: [{ subnet_id: 'x', ip_address: '169.254.169.254' }],
    })
    const manager = bench.manager(id)
    await bench.run(manager, 'updateState')
    expect(bench.appliances.aliveAsked).toBe(0)
    expect(manager.snapshot().instances[0]?.management_address).toBeNull()
  })

  test('pitfall D32: a rebuild with an image uses it, one without uses the configured one again', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    manager.useImage('image-2')
    expect(manager.snapshot()).toMatchObject({ imageUuid: 'image-2', imageCurrent: false })
    await stopped()
    await bench.bringUp(manager)
    expect(bench.cloud.serversOf(id)[0]?.image_id).toBe('image-2')
    expect(manager.snapshot().imageCurrent).toBe(true)
    manager.useImage(null)
    await stopped()
    await bench.bringUp(manager)
    expect(bench.cloud.serversOf(id)[0]?.image_id).toBe('image-1')

    async function stopped(): Promise<void> {
      await bench.run(manager, 'stop', { step: 'RebuildInstance' })
      await bench.clock.advance(1_500)
      await bench.run(manager, 'stop', { step: 'RebuildInstance' })
      expect(manager.state).toBe('down')
    }
  })
})
