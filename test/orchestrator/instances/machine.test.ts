import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bench } from './support/bench.ts'
import { httpError } from './support/fake-cloud.ts'
import { Machine } from './support/machine.ts'

function setUp(options: { readonly ha?: boolean; readonly networks?: number } = {}) {
  const bench = new Bench()
  const id = bench.cloud.addRouter(options)
  const machine = new Machine(bench, bench.manager(id))
  const living = () => bench.cloud.serversOf(id).filter((server) => server.deletedAt === null)
  return { bench, id, machine, living }
}

describe('the machine over real instances', () => {
  test('create, update, rebuild, delete', async () => {
    const { bench, id, machine, living } = setUp()
    machine.give('create')
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    const [first] = living()
    machine.give('update')
    await machine.settle()
    expect(bench.appliances.pushes).toHaveLength(1)
    machine.give('rebuild', true)
    await machine.settle()
    expect(living()).toHaveLength(1)
    expect(living()[0]?.id).not.toBe(first?.id)
    bench.cloud.removeRouter(id)
    machine.give('delete')
    await machine.settle()
    expect(machine.exited).toBe(true)
    expect(bench.cloud.serversOf(id)).toHaveLength(0)
    expect(bench.cloud.portsOf(id)).toHaveLength(0)
  })

  test('interfaces come and go by hot-plug, without a reboot', async () => {
    const { bench, id, machine } = setUp()
    machine.give('create')
    await machine.settle()
    const network = bench.cloud.addInterface(id)
    machine.give('update')
    await machine.settle()
    expect(bench.appliances.pushes.at(-1)?.config.networks.map((n) => n.network_id)).toContain(network)
    for (const port of [...bench.cloud.ports.values()]) {
      if (port.network_id === network && port.device_id === id) bench.cloud.ports.delete(port.id)
    }
    machine.give('update')
    await machine.settle()
    expect(bench.appliances.pushes.at(-1)?.config.networks.map((n) => n.network_id)).not.toContain(network)
    expect(bench.cloud.portsOf(id)).toHaveLength(3)
    expect(bench.cloud.count('createServer')).toBe(1)
  })

  test('a server deleted behind our back is replaced at the next look', async () => {
    const { bench, machine, living } = setUp()
    machine.give('create')
    await machine.settle()
    bench.cloud.servers.clear()
    expect(await bench.drive(machine.manager.quickAlive(new AbortController().signal))).toBe(false)
    machine.give('poll')
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(living()).toHaveLength(1)
  })

  test('boots that never come up end in error, and the router heals once they do', async () => {
    const { bench, machine, living } = setUp()
    bench.appliances.fault = { dead: true }
    machine.give('create')
    await expect(machine.settle(600_000 * 4)).rejects.toThrow(/does not settle/)
    expect(bench.cloud.count('createServer')).toBeGreaterThan(2)
    await expect(machine.settle(600_000 * 3)).rejects.toThrow(/does not settle/)
    expect(machine.trail.join()).toContain('set_error=error')
    bench.appliances.fault = {}
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(living()).toHaveLength(1)
  }, 60_000)

  test('pitfall D18: a pair is rebuilt one member at a time', async () => {
    const { bench, machine, living } = setUp({ ha: true })
    machine.give('create')
    await machine.settle()
    const old = living().map((server) => server.id)
    machine.manager.useImage('image-2')
    machine.give('rebuild', true)
    let fewest = 2
    for (let i = 0; i < 60 && living().some((server) => old.includes(server.id)); i += 1) {
      const pause = await machine.pass()
      fewest = Math.min(fewest, living().filter((server) => server.status === 'ACTIVE').length)
      if (pause === null) machine.give('poll')
      await bench.clock.advance(pause ?? 60_000)
    }
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(fewest).toBe(1)
    expect(living().map((server) => server.image_id)).toEqual(['image-2', 'image-2'])
  })

  test('a member of a pair that once does not tell its interfaces is not replaced', async () => {
    const { bench, machine, living } = setUp({ ha: true })
    machine.give('create')
    await machine.settle()
    const before = living().map((server) => server.id)
    const interfaces = bench.appliances.interfaces.bind(bench.appliances)
    let failed = false
    bench.appliances.interfaces = (target) => {
      if (failed) return interfaces(target)
      failed = true
      return interfaces({ ...target, address: 'fdca:3ba5:a17a:acda::dead' })
    }
    machine.give('update', true)
    await machine.settle()
    expect(failed).toBe(true)
    expect(machine.manager.state).toBe('configured')
    expect(living().map((server) => server.id)).toEqual(before)
  })

  test('whatever fails for a while: in the end exactly the instances needed, and nothing leaked', async () => {
    const ops = [
      'sync_routers',
      'listServers',
      'listPorts',
      'listSubnets',
      'createPort',
      'deletePort',
      'createServer',
      'deleteServer',
      'getServer',
      'attachInterface',
      'updateRouterStatus',
    ]
    const event = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('pass' as const), times: fc.integer({ min: 1, max: 4 }) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('fail' as const),
          op: fc.constantFrom(...ops),
          status: fc.constantFrom(null, 500, 503, 504),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('empty' as const),
          op: fc.constantFrom('listServers', 'listPorts', 'listSubnets', 'listRouters'),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('heal' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), hard: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('plug' as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('give' as const),
          action: fc.constantFrom('update' as const, 'rebuild' as const, 'poll' as const),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.nat(25) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), fc.boolean(), async (events, ha) => {
        const { bench, id, living, ...rest } = setUp({ ha })
        let { machine } = rest
        machine.give('create')
        for (const e of events) {
          switch (e.kind) {
            case 'pass':
              for (let i = 0; i < e.times; i += 1) await bench.clock.advance((await machine.pass()) ?? 1_000)
              break
            case 'fail':
              bench.cloud.fault = (op) => (op === e.op ? httpError('nova', e.status) : undefined)
              break
            case 'empty':
              bench.cloud.emptied.add(e.op)
              break
            case 'late':
              // Nova makes the server and the answer is lost.
              bench.cloud.fault = (op, body) => {
                if (op !== 'createServer') return undefined
                try {
                  bench.cloud.makeServer(body as never)
                } catch {}
                return httpError('nova', 504)
              }
              break
            case 'heal':
              bench.cloud.fault = () => undefined
              bench.cloud.emptied.clear()
              break
            case 'kill': {
              const victim = living().at(0)
              if (victim && e.hard) bench.cloud.servers.delete(victim.id)
              else if (victim) bench.appliances.faults.set(victim.id, { dead: true })
              break
            }
            case 'plug':
              bench.cloud.addInterface(id)
              machine.give('update')
              break
            case 'give':
              machine.give(e.action, e.action === 'rebuild')
              break
            case 'crash': {
              // From the n-th call on, nothing that this process asks for happens any more.
              let calls = 0
              bench.cloud.fault = () => {
                calls += 1
                return calls > e.after ? new Error('the process is dead') : undefined
              }
              for (let i = 0; i < 3; i += 1) await bench.clock.advance((await machine.pass()) ?? 1_000)
              bench.cloud.fault = () => undefined
              machine = new Machine(bench, bench.manager(id))
              machine.give('update')
              break
            }
            case 'restart':
              machine = new Machine(bench, bench.manager(id))
              machine.give('update')
              break
          }
          expect(machine.exited).toBe(false)
          // Never two VMs by accident, as long as nobody lies about what exists.
          if (!events.some(({ kind }) => kind === 'empty')) expect(living().length).toBeLessThanOrEqual(ha ? 2 : 1)
        }
        bench.cloud.fault = () => undefined
        bench.cloud.emptied.clear()
        machine.give('update')
        await machine.settle(4 * 3_600_000)
        // A rebuild of a pair goes on with the health checks; left-overs go with the next look.
        for (let i = 0; i < 6; i += 1) {
          await bench.clock.advance(61_000)
          machine.give('update')
          await machine.settle(3_600_000)
        }
        const required = ha ? 2 : 1
        expect(machine.manager.state, machine.trail.slice(-30).join(' → ')).toBe('configured')
        expect(living(), machine.trail.slice(-30).join(' → ')).toHaveLength(required)
        const networks = machine.manager.snapshot().networkIds.length
        expect(bench.cloud.portsOf(id), machine.trail.slice(-30).join(' → ')).toHaveLength(required * (networks + 1))
        const pushed = new Map(bench.appliances.pushes.map(({ server, config }) => [server, config]))
        const priorities = living().map((server) => pushed.get(server.id)?.ha_config?.priority)
        expect(priorities.sort()).toEqual(ha ? [100, 50] : [undefined])
      }),
      { numRuns: 100 },
    )
  }, 120_000)
})
