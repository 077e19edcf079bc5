import { describe, expect, test } from 'vitest'
import type { InstanceDeps } from '../../../src/orchestrator/instances/index.ts'
import { ReplacementBudget } from '../../../src/orchestrator/instances/index.ts'
import { createLimiter } from '../../../src/shared/index.ts'
import { Bench } from './support/bench.ts'
import { Machine } from './support/machine.ts'

/** A budget whose one token is spent, and the next is hours away: everybody waits. */
function setUp(options: { readonly ha?: boolean; readonly perMinute?: number } = {}) {
  const bench = new Bench()
  const budget = new ReplacementBudget(bench.clock, { perMinute: options.perMinute ?? 0.01, burst: 1 })
  budget.take('somebody else')
  bench.deps.replacements = budget
  const id = bench.cloud.addRouter(options)
  const machine = new Machine(bench, bench.manager(id))
  const living = () => bench.cloud.serversOf(id).filter((server) => server.deletedAt === null)
  const kill = (...which: string[]) => {
    for (const server of which) bench.appliances.faults.set(server, { dead: true })
  }
  const bringUp = async () => {
    machine.give('create')
    await machine.settle()
    return living().map((server) => server.id)
  }
  const passes = async (n: number) => {
    for (let i = 0; i < n; i += 1) await bench.clock.advance((await machine.pass()) ?? 0)
  }
  return { bench, budget, id, machine, living, kill, bringUp, passes }
}

describe('a dead instance whose turn has not come', () => {
  test('is kept, and the resource says why it is down', async () => {
    const { bench, machine, living, kill, bringUp } = setUp()
    const before = await bringUp()
    kill(...before)
    machine.give('poll')
    await machine.pass()
    expect(living().map((server) => server.id)).toEqual(before)
    expect(machine.manager.state).toBe('down')
    expect(machine.manager.wait?.reason).toBe('retry')
    const { lastError } = machine.manager.snapshot()
    expect(lastError).toMatchObject({ code: 'replacement_waits' })
    expect(lastError?.message).toMatch(/does not answer.*waits for its turn/)
    expect(machine.manager.bootAttempts).toBe(0)
    expect(bench.cloud.count('deleteServer')).toBe(0)
  })

  test('costs nothing but the question whether it lives, and is kept when it does', async () => {
    const { bench, machine, living, kill, bringUp, passes } = setUp()
    const before = await bringUp()
    kill(...before)
    machine.give('poll')
    await passes(1)
    bench.cloud.journal.splice(0)
    const asked = bench.appliances.aliveAsked
    await passes(1)
    expect(bench.cloud.journal).toEqual([])
    expect(bench.appliances.aliveAsked).toBe(asked + 1)
    bench.appliances.faults.clear()
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(machine.manager.snapshot().lastError).toBeNull()
    expect(living().map((server) => server.id)).toEqual(before)
    expect(bench.appliances.pushes).toHaveLength(1)
  })

  test('is replaced when its turn comes', async () => {
    const { budget, machine, living, kill, bringUp } = setUp({ perMinute: 0.5 })
    const before = await bringUp()
    kill(...before)
    machine.give('poll')
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(living().map((server) => server.id)).not.toEqual(before)
    expect(budget.waiting).toBe(0)
  })

  test('of a pair: the other goes on working and is kept up to date', async () => {
    const { bench, id, machine, living, kill, bringUp, passes } = setUp({ ha: true })
    const before = await bringUp()
    kill(before[1] ?? '')
    machine.give('poll')
    await passes(1)
    expect(machine.manager.state).toBe('degraded')
    expect(living().map((server) => server.id)).toEqual(before)
    const network = [...bench.cloud.ports.values()].find((port) => port.device_id === id)?.network_id ?? ''
    bench.cloud.addPort({ network_id: network, device_id: 'a VM', device_owner: 'compute:nova' })
    const pushes = bench.appliances.pushes.length
    machine.give('update', true)
    await passes(2)
    expect(bench.appliances.pushes.slice(pushes).map((push) => push.server)).toContain(before[0])
    bench.appliances.faults.clear()
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(living().map((server) => server.id)).toEqual(before)
  })

  test('when both of a pair are dead they go one by one', async () => {
    const { bench, machine, living, kill, bringUp } = setUp({ ha: true, perMinute: 0.5 })
    const before = await bringUp()
    kill(...before)
    machine.give('poll')
    let most = 0
    await machine.pass()
    for (let i = 0; i < 400 && machine.manager.state !== 'configured'; i += 1) {
      await bench.clock.advance((await machine.pass()) ?? 0)
      most = Math.max(most, living().length)
    }
    expect(machine.manager.state).toBe('configured')
    expect(most).toBe(2)
    expect(living().filter((server) => before.includes(server.id))).toEqual([])
  })

  test('a rebuild by an operator needs no turn', async () => {
    const { bench, machine, living, kill, bringUp, passes } = setUp()
    const before = await bringUp()
    kill(...before)
    machine.give('poll')
    await passes(1)
    const asked = bench.clock.now()
    machine.give('rebuild', true)
    await machine.settle()
    expect(bench.clock.now() - asked).toBeLessThan(60_000)
    expect(living().map((server) => server.id)).not.toEqual(before)
  })

  test('a delete needs no turn', async () => {
    const { bench, id, machine, kill, bringUp, passes } = setUp()
    kill(...(await bringUp()))
    machine.give('poll')
    await passes(1)
    bench.cloud.removeRouter(id)
    machine.give('delete')
    const asked = bench.clock.now()
    await machine.settle()
    expect(machine.exited).toBe(true)
    expect(bench.clock.now() - asked).toBeLessThan(60_000)
    expect(bench.cloud.serversOf(id)).toEqual([])
  })

  test('a boot that timed out waits too, and is kept when it comes up late', async () => {
    const { bench, machine, living } = setUp()
    bench.appliances.fault = { dead: true }
    machine.give('create')
    await machine.pass()
    for (let i = 0; i < 400 && machine.manager.state !== 'down'; i += 1) {
      await bench.clock.advance((await machine.pass()) ?? 0)
    }
    expect(machine.manager.snapshot().lastError?.code).toBe('replacement_waits')
    const [late] = living()
    bench.appliances.fault = {}
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(living()).toEqual([expect.objectContaining({ id: late?.id })])
  })

  test('instances that take no configuration are restarted by turns, and tried again meanwhile', async () => {
    const { bench, machine, living, bringUp, passes } = setUp()
    const before = await bringUp()
    bench.appliances.fault = { fail: true }
    machine.give('update', true)
    await passes(12)
    expect(living().map((server) => server.id)).toEqual(before)
    bench.appliances.fault = {}
    await machine.settle()
    expect(machine.manager.state).toBe('configured')
    expect(living().map((server) => server.id)).toEqual(before)
  })
})

test('facts R9: what did not answer during a stall of our own is asked again', async () => {
  const bench = new Bench({ settings: { maxRetries: 1 } })
  let stalledAt = Number.NEGATIVE_INFINITY
  bench.deps.stalledSince = (start) => stalledAt >= start
  const machine = new Machine(bench, bench.manager(bench.cloud.addRouter()))
  machine.give('create')
  await machine.settle()
  const alive = bench.appliances.alive.bind(bench.appliances)
  bench.appliances.alive = (target) => {
    if (stalledAt > 0) return alive(target)
    bench.clock.jump(70_000)
    stalledAt = bench.clock.monotonic()
    return Promise.resolve(false)
  }
  machine.give('poll')
  await machine.settle()
  expect(stalledAt).toBeGreaterThan(0)
  expect(machine.manager.state).toBe('configured')
  expect(bench.cloud.count('deleteServer')).toBe(0)
})

test('boot_concurrency: no more servers are asked of Nova at the same time', async () => {
  const bench = new Bench()
  const boots = createLimiter(2)
  bench.deps.boots = boots
  let most = 0
  const { createServer } = bench.deps.openstack.nova
  const nova: InstanceDeps['openstack']['nova'] = {
    ...bench.deps.openstack.nova,
    createServer: async (...call) => {
      most = Math.max(most, boots.active)
      await bench.clock.sleep(500)
      return createServer(...call)
    },
  }
  bench.deps.openstack = { ...bench.deps.openstack, nova }
  const managers = Array.from({ length: 7 }, () => bench.manager(bench.cloud.addRouter()))
  await Promise.all(managers.map((manager) => bench.run(manager, 'boot')))
  expect(bench.cloud.servers.size).toBe(7)
  expect(most).toBe(2)
  expect([boots.active, boots.waiting]).toEqual([0, 0])
})
