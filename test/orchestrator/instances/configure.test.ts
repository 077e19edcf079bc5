import { describe, expect, test } from 'vitest'
import { createLogger } from '../../../src/shared/index.ts'
import { Bench } from './support/bench.ts'
import { httpError } from './support/fake-cloud.ts'

async function configured(options: { readonly ha?: boolean } = {}) {
  const bench = new Bench()
  const id = bench.cloud.addRouter(options)
  const manager = bench.manager(id)
  await bench.bringUp(manager)
  // The first look at a whole router also looks for ports that nobody uses.
  await bench.run(manager, 'updateState')
  bench.cloud.journal.length = 0
  bench.appliances.pushes.length = 0
  return { bench, id, manager, servers: bench.cloud.serversOf(id) }
}

/** An UPDATE of the machine: look, then configure. */
async function update(
  { bench, manager }: Pick<Awaited<ReturnType<typeof configured>>, 'bench' | 'manager'>,
  force = false,
) {
  await bench.run(manager, 'updateState')
  await bench.run(manager, 'configure', { force })
}

describe('configure', () => {
  test('what was accepted last is not pushed again unless asked for', async () => {
    const world = await configured()
    await update(world)
    expect(world.bench.appliances.pushes).toHaveLength(0)
    await update(world, true)
    expect(world.bench.appliances.pushes).toHaveLength(1)
  })

  test('a change is pushed', async () => {
    const world = await configured()
    const { bench, id, manager } = world
    const before = manager.snapshot().configFingerprint
    bench.cloud.floatingIps.set('f', {
      id: 'f',
      tenant_id: '',
      floating_ip_address: '203.0.113.9',
      fixed_ip_address: '10.3.0.9',
      floating_network_id: '',
      port_id: 'p',
      router_id: id,
      status: 'ACTIVE',
    })
    await update(world)
    expect(bench.appliances.pushes[0]?.config.floating_ips).toEqual([
      { floating_ip: '203.0.113.9', fixed_ip: '10.3.0.9' },
    ])
    expect(manager.snapshot().configFingerprint).not.toBe(before)
    expect(manager.state).toBe('configured')
  })

  test('one UPDATE of a configured router costs five OpenStack calls, and asks for nothing twice', async () => {
    const world = await configured()
    await update(world)
    expect(world.bench.cloud.journal.map(({ op }) => op).sort()).toEqual([
      'listPorts',
      'listPorts',
      'listServers',
      'listSubnets',
      'sync_routers',
    ])
  })

  test('interfaces that Neutron lists in another order push nothing', async () => {
    const world = await configured()
    const { cloud } = world.bench
    const ports = [...cloud.ports].reverse()
    cloud.ports.clear()
    for (const [id, port] of ports) cloud.ports.set(id, port)
    await update(world)
    expect(world.bench.appliances.pushes).toHaveLength(0)
  })

  test('pitfall D15: a refused configuration reboots nothing and keeps what is in force', async () => {
    const world = await configured()
    const { bench, manager, id } = world
    bench.appliances.fault = { reject: 'networks[1].subnets[0].cidr: not a CIDR' }
    bench.cloud.addPort({ network_id: [...bench.cloud.networks.keys()].at(-1) ?? '', device_id: 'vm' })
    for (let i = 0; i < 5; i += 1) {
      await bench.run(manager, 'updateState')
      await bench.failure(manager, 'configure', { force: true })
      expect(manager.state).toBe('configured')
    }
    expect(manager.snapshot().lastError).toMatchObject({
      code: 'config_rejected',
      message: expect.stringContaining('not a CIDR'),
    })
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
    expect(bench.cloud.count('deleteServer')).toBe(0)
    bench.appliances.fault = {}
    await update(world)
    expect(bench.appliances.pushes).toHaveLength(1)
    expect(manager.snapshot().lastError).toBeNull()
  })

  test('an appliance that breaks on every configuration is restarted once, not for ever', async () => {
    const world = await configured()
    const { bench, manager } = world
    bench.appliances.fault = { fail: true }
    let restarts = 0
    for (let i = 0; i < 20; i += 1) {
      await bench.run(manager, 'updateState')
      if (manager.state === 'up' || manager.state === 'configured') {
        await bench.run(manager, 'configure', { force: true }).catch(() => {})
      }
      if (manager.state === 'restart') {
        restarts += 1
        while (manager.state === 'restart') {
          await bench.run(manager, 'stop')
          await bench.clock.advance(1_500)
        }
      }
      if (manager.state === 'down') await bench.run(manager, 'boot')
      await bench.clock.advance(3_000)
    }
    expect(restarts).toBe(1)
    expect(manager.snapshot().lastError?.code).toBe('config_failed')
  })

  test('pitfall D5: a failure leaves the state as it was', async () => {
    const { bench, manager } = await configured()
    bench.cloud.fault = (op) => (op === 'listSubnets' ? httpError('neutron', 503) : undefined)
    await bench.run(manager, 'updateState')
    await bench.failure(manager, 'configure')
    expect(manager.state).toBe('configured')
  })

  test('pitfall D11: empty lists of ports or subnets unplug and push nothing', async () => {
    const { bench, manager } = await configured()
    for (const op of ['listPorts', 'listSubnets']) {
      bench.cloud.emptied.add(op)
      await bench.run(manager, 'updateState')
      expect(manager.state).toBe('configured')
      await bench.failure(manager, 'configure', { force: true })
      expect(manager.snapshot().lastError?.code).toBe('neutron_inconsistent')
      bench.cloud.emptied.clear()
    }
    expect(bench.appliances.pushes).toHaveLength(0)
    expect(bench.cloud.count('detachInterface')).toBe(0)
  })

  test('pitfall D14: interfaces that show up late are waited for, the instance stays', async () => {
    const { bench, manager, id } = await configured()
    const network = bench.cloud.addInterface(id)
    let hidden = true
    const vrrp = (mac: string): boolean => {
      const port = [...bench.cloud.ports.values()].find((p) => p.mac_address === mac)
      return hidden && port?.network_id === network
    }
    bench.appliances.fault = { hide: vrrp }
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('replug')
    await bench.run(manager, 'replug')
    expect(manager.wait).toEqual({ reason: 'hotplug', ms: 1_000 })
    expect(bench.cloud.count('attachInterface')).toBe(1)
    for (let i = 0; i < 8; i += 1) {
      await bench.clock.advance(1_000)
      await bench.run(manager, 'configure')
      expect(manager.state).toBe('replug')
      expect(manager.wait?.reason).toBe('hotplug')
      await bench.run(manager, 'replug')
    }
    expect(bench.cloud.count('attachInterface')).toBe(1)
    hidden = false
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('configured')
    expect(bench.appliances.pushes.at(-1)?.config.networks).toHaveLength(4)
    expect(bench.cloud.count('deleteServer')).toBe(0)
  })

  test('an interface that never shows up restarts the instance after hotplug_timeout', async () => {
    const { bench, manager, id } = await configured()
    const network = bench.cloud.addInterface(id)
    bench.appliances.fault = {
      hide: (mac) => [...bench.cloud.ports.values()].find((p) => p.mac_address === mac)?.network_id === network,
    }
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure')
    await bench.run(manager, 'replug')
    await bench.clock.advance(11_000)
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('restart')
    expect(manager.snapshot().lastError?.code).toBe('replug_failed')
  })

  describe('an interface that the cloud has not wired yet', () => {
    /** A router with one more network, whose attach timed out and goes on in Nova. */
    async function slowlyPlugged() {
      const { bench, manager, id } = await configured()
      const network = bench.cloud.addInterface(id)
      bench.cloud.wires = false
      bench.cloud.lost = (op) => (op === 'attachInterface' ? httpError('nova', null) : undefined)
      const port = () => [...bench.cloud.ports.values()].find((one) => one.network_id === network && one.name !== '')
      bench.appliances.fault = { hide: (mac) => port()?.mac_address === mac && port()?.status !== 'ACTIVE' }
      await bench.run(manager, 'updateState')
      await bench.run(manager, 'configure')
      await bench.failure(manager, 'replug')
      bench.cloud.lost = () => undefined
      return { bench, manager, port }
    }

    test('does not cost the instance, however slow Nova is', async () => {
      const { bench, manager, port } = await slowlyPlugged()
      for (let i = 0; i < 20; i += 1) {
        await bench.clock.advance(5_000)
        await bench.run(manager, 'configure')
        expect(manager.state).toBe('replug')
      }
      const plugged = port()
      if (plugged) plugged.status = 'ACTIVE'
      await bench.run(manager, 'configure')
      expect(manager.state).toBe('configured')
      expect(bench.cloud.count('attachInterface')).toBe(1)
      expect(bench.cloud.count('deleteServer')).toBe(0)
    })

    test('must show within hotplug_timeout once it is wired', async () => {
      const { bench, manager, port } = await slowlyPlugged()
      await bench.clock.advance(60_000)
      await bench.run(manager, 'configure')
      const plugged = port()
      if (plugged) plugged.status = 'ACTIVE'
      bench.appliances.fault = { hide: (mac) => mac === plugged?.mac_address }
      await bench.clock.advance(5_000)
      await bench.run(manager, 'configure')
      expect(manager.state).toBe('replug')
      await bench.clock.advance(6_000)
      await bench.run(manager, 'configure')
      expect(manager.state).toBe('restart')
    })

    test('is waited for no longer than a boot', async () => {
      const { bench, manager } = await slowlyPlugged()
      await bench.run(manager, 'configure')
      await bench.clock.advance(bench.deps.settings.bootTimeoutMs)
      await bench.run(manager, 'configure')
      expect(manager.state).toBe('restart')
    })
  })

  test('pitfall D13: every port too many is unplugged and deleted, on every instance', async () => {
    const { bench, manager, id } = await configured({ ha: true })
    const more = [bench.cloud.addInterface(id), bench.cloud.addInterface(id)]
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure')
    await bench.turn(manager)
    expect(manager.state).toBe('configured')
    const before = bench.cloud.portsOf(id).length
    for (const port of [...bench.cloud.ports.values()]) {
      if (more.includes(port.network_id) && port.device_id === id) bench.cloud.ports.delete(port.id)
    }
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('replug')
    await bench.run(manager, 'replug')
    expect(bench.cloud.count('detachInterface')).toBe(4)
    expect(bench.cloud.portsOf(id)).toHaveLength(before - 4)
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('configured')
  })

  test('a plug that Nova refuses is tried again with the same port', async () => {
    const { bench, manager, id } = await configured()
    bench.cloud.addInterface(id)
    bench.cloud.fault = (op) => (op === 'attachInterface' ? httpError('nova', 500) : undefined)
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure')
    await bench.failure(manager, 'replug')
    await bench.failure(manager, 'replug')
    bench.cloud.fault = () => undefined
    await bench.run(manager, 'replug')
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('configured')
    expect(bench.cloud.portsOf(id)).toHaveLength(4)
  })

  test('pitfall D19: when all are dead nobody is asked for interfaces on old evidence', async () => {
    const { bench, manager } = await configured()
    bench.appliances.fault = { dead: true }
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
    expect(manager.snapshot().instances.map(({ alive }) => alive)).toEqual([false])
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('down')
  })

  test('pitfall D21: a pair is pushed to at the same time', async () => {
    const { bench, manager } = await configured({ ha: true })
    let under = 0
    let most = 0
    const push = bench.appliances.configure.bind(bench.appliances)
    bench.appliances.configure = async (target, config) => {
      under += 1
      most = Math.max(most, under)
      await bench.clock.sleep(1_000)
      under -= 1
      return push(target, config)
    }
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure', { force: true })
    expect(most).toBe(2)
    expect(bench.appliances.pushes).toHaveLength(2)
  })

  test('pitfall D52: a status that Neutron did not take is told again', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    Object.assign(bench.cloud.routers.get(id) ?? {}, { status: 'DOWN' })
    const manager = bench.manager(id)
    bench.cloud.fault = (op) => (op === 'updateRouterStatus' ? httpError('neutron', 503) : undefined)
    await bench.bringUp(manager)
    expect(bench.cloud.statuses).toEqual([])
    bench.cloud.fault = () => undefined
    await bench.run(manager, 'updateState')
    expect(bench.cloud.statuses.map(({ status }) => status)).toEqual(['ACTIVE'])
    await bench.run(manager, 'updateState')
    expect(bench.cloud.statuses).toHaveLength(1)
  })

  test('a Neutron without the status extension is no trouble', async () => {
    const bench = new Bench()
    bench.cloud.statusExtension = false
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.bringUp(manager)
    expect(manager.state).toBe('configured')
    expect(manager.snapshot().lastError).toBeNull()
  })

  test('pitfall D59: neither configuration nor user data nor keys reach the log', async () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'trace', pretty: false, stream: { write: (line) => lines.push(line) } })
    const bench = new Bench({ logger, settings: { sshPublicKey: 'ssh-ed25519 CANARYKEY' } })
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    bench.appliances.fault = { fail: true }
    await bench.run(manager, 'updateState')
    await bench.failure(manager, 'configure', { force: true })
    const text = lines.join('')
    expect(lines.length).toBeGreaterThan(2)
    for (const secret of [
      'CANARYKEY',
      'bootcmd',
      '"networks"',
      'floating_ips',
      bench.cloud.serversOf(id)[0]?.body.user_data,
    ]) {
      expect(text).not.toContain(secret)
    }
  })
})

describe('a pair', () => {
  test('gets complementary roles', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter({ ha: true }))
    await bench.bringUp(manager)
    const configs = bench.appliances.pushes.slice(-2).map(({ config }) => config.ha_config)
    expect(configs.map((ha) => ha?.priority).sort()).toEqual([100, 50])
    expect(new Set(configs.flatMap((ha) => ha?.peers ?? [])).size).toBe(2)
  })

  test('pitfall D3: the dead member is deleted, not found again; the other one stays', async () => {
    const { bench, manager, id, servers } = await configured({ ha: true })
    const [dead, survivor] = servers
    bench.appliances.faults.set(dead?.id ?? '', { dead: true })
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('degraded')
    expect(manager.snapshot().instances.map((instance) => instance.id)).toEqual([survivor?.id])
    await bench.bringUp(manager)
    await bench.clock.advance(5_000)
    const ids = bench.cloud.serversOf(id).map((server) => server.id)
    expect(ids).toHaveLength(2)
    expect(ids).toContain(survivor?.id)
    expect(ids).not.toContain(dead?.id)
    expect(bench.cloud.count('createServer')).toBe(1)
  })

  test('whose second member cannot be booted still follows its tenant', async () => {
    const { bench, manager, id, servers } = await configured({ ha: true })
    bench.appliances.faults.set(servers[0]?.id ?? '', { dead: true })
    bench.cloud.bootMs = 100_000_000
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'boot')
    bench.appliances.pushes.length = 0
    const router = bench.cloud.routers.get(id)
    if (router) router.tenant_id = 'changed'
    await bench.run(manager, 'boot')
    expect(manager.state).toBe('degraded')
    expect(bench.appliances.pushes.map(({ server, config }) => [server, config.tenant_id])).toEqual([
      [servers[1]?.id, 'changed'],
    ])
  })

  test('pitfall D18: a rebuild replaces one member at a time', async () => {
    const { bench, manager, id, servers } = await configured({ ha: true })
    const old = servers.map((server) => server.id)
    const live = (): number =>
      bench.cloud.serversOf(id).filter((server) => server.deletedAt === null && server.status === 'ACTIVE').length
    manager.useImage('image-2')
    await bench.run(manager, 'stop')
    expect(live()).toBe(1)
    for (let i = 0; i < 60; i += 1) {
      if (manager.state === 'configured') await bench.run(manager, 'updateState')
      else await bench.turn(manager)
      expect(live()).toBeGreaterThanOrEqual(1)
      await bench.clock.advance(500)
      if (bench.cloud.serversOf(id).every((server) => !old.includes(server.id)) && manager.state === 'configured') break
    }
    expect(manager.state).toBe('configured')
    expect(bench.cloud.serversOf(id).map((server) => server.image_id)).toEqual(['image-2', 'image-2'])
    expect(await bench.drive(manager.quickAlive(new AbortController().signal))).toBe(true)
  })
})
