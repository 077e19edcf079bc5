import { describe, expect, it } from 'vitest'
import { ApplianceError } from '../../../src/orchestrator/instances/index.ts'
import { ID, WorkerBench } from './bench.ts'

describe('Worker', () => {
  it('takes a router from nothing to configured, and holds no run slot while it boots', async () => {
    const b = new WorkerBench()
    b.world().looksToBoot = 5
    b.take({ action: 'create', type: 'router.create.end' })
    await b.clock.advance(1_500)
    expect(b.state()).toBe('booting')
    expect(b.worker.stats.running).toEqual([])
    await b.clock.advance(10_000)
    expect(b.state()).toBe('configured')
    expect(b.world()).toMatchObject({ boots: 1, pushes: 1 })
    expect(b.last()).toMatchObject({
      instance_state: 'configured',
      step: 'CalcAction',
      last_event_type: 'router.create.end',
    })
  })

  it('pitfall D10: does not look again before its time, however many events come while it boots', async () => {
    const b = new WorkerBench()
    b.world().looksToBoot = 3
    b.take({ action: 'create' })
    await b.clock.advance(100)
    const before = b.world().calls.length
    for (let i = 0; i < 1_000; i++) b.take({ action: 'update' })
    await b.clock.advance(500)
    expect(b.world().calls.length).toBe(before)
    await b.clock.advance(10_000)
    expect(b.state()).toBe('configured')
  })

  it('tells each effect which step asks for it', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(100)
    b.take({ action: 'rebuild', priority: 'operator' })
    await b.clock.advance(10_000)
    const { calls, steps } = b.world()
    const asked = calls.map((call, i) => `${steps[i]} ${call}`)
    expect(asked).toContain('RebuildInstance stop')
    expect(asked).toContain('ConfigureInstance configure')
  })

  it('blind is not dead: a health check that could ask nobody starts nothing', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(100)
    const manager = b.managers.get(ID)
    if (!manager) throw new Error('no manager')
    let checks = 0
    manager.quickAlive = () => {
      checks++
      return Promise.reject(new ApplianceError('GET alive', { status: null, reason: 'no route', blind: true }))
    }
    const before = b.world().calls.length
    await b.clock.advance(300_000)
    expect(checks).toBeGreaterThan(1)
    expect([b.state(), b.world().calls.length]).toEqual(['configured', before])
  })

  it('a router that runs already is found, not booted again, and pushed to once', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update', priority: 'resync' })
    await b.clock.advance(100)
    expect(b.state()).toBe('configured')
    expect(b.world()).toMatchObject({ boots: 0, pushes: 1 })
  })

  it('event upon event for one router is gathered for fewer and fewer passes, the last one is never lost', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(10_000)
    const looks = (): number => b.world().calls.filter((call) => call === 'update_state').length
    const before = looks()
    b.take({ action: 'update', priority: 'event' })
    await b.clock.advance(10)
    expect(looks()).toBe(before + 1)
    for (let i = 0; i < 200; i += 1) {
      b.take({ action: 'update', priority: 'event' })
      await b.clock.advance(50)
    }
    const inStorm = looks() - before
    expect(inStorm).toBeLessThan(12)
    await b.clock.advance(2_000)
    expect(looks()).toBeGreaterThan(before + inStorm)
    // An operator does not wait, and after a quiet while nobody does.
    const quiet = looks()
    b.take({ action: 'update', priority: 'operator' })
    await b.clock.advance(10)
    expect(looks()).toBe(quiet + 1)
    await b.clock.advance(10_000)
    b.take({ action: 'update', priority: 'event' })
    await b.clock.advance(10)
    expect(looks()).toBe(quiet + 2)
  })

  it('a burst of events for one router costs one pass after the one under way', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    for (let i = 0; i < 500; i++) b.take({ action: 'update' })
    await b.clock.advance(100)
    expect(b.world().pushes).toBeLessThanOrEqual(2)
  })

  it('pitfalls D4, D5, D6: a failing step backs off, doubling, and heals by itself', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.world().failures.set('configure', 6)
    b.take({ action: 'update' })
    await b.clock.advance(10_000)
    const tries = b.world().calls.filter((call) => call === 'configure').length
    expect(tries).toBeGreaterThanOrEqual(3)
    expect(tries).toBeLessThanOrEqual(5)
    await b.clock.advance(120_000)
    expect(b.state()).toBe('configured')
  })

  it('facts R4: a flood of events does not turn a failing router into a hot loop', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.world().failures.set('configure', 1_000)
    for (let i = 0; i < 200; i++) {
      b.take({ action: 'update' })
      await b.clock.advance(50)
    }
    const tries = b.world().calls.filter((call) => call === 'configure').length
    expect(tries).toBeGreaterThanOrEqual(5)
    expect(tries).toBeLessThanOrEqual(13)
  })

  it('a delete is believed only when Neutron, asked directly, does not have the router', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(100)
    b.take({ action: 'delete', type: 'router.delete.end' })
    await b.clock.advance(100)
    expect(b.world().deletes).toBe(0)
    expect(b.state()).toBe('configured')
    b.world().present = false
    b.take({ action: 'delete', type: 'router.delete.end' })
    await b.clock.advance(100)
    expect(b.world().deletes).toBe(1)
    expect(b.removed).toEqual([ID])
    b.take({ action: 'update' })
    await b.clock.advance(100)
    expect(b.worker.stats.resources).toBe(0)
  })

  it('a delete survives failures of everything and is done in the end', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(100)
    b.world().present = false
    b.world().failures.set('update_state', 3)
    b.world().failures.set('stop', 2)
    b.take({ action: 'delete' })
    await b.clock.advance(120_000)
    expect(b.removed).toEqual([ID])
  })

  it('pitfall D15, D7: boots that never work end in error, cool down, and are tried again later without any event', async () => {
    const b = new WorkerBench()
    b.world().failures.set('boot', 0)
    b.world().looksToBoot = Number.POSITIVE_INFINITY
    b.take({ action: 'create' })
    await b.clock.advance(1_000)
    await b.managers.get(ID)?.setError()
    await b.clock.advance(20_000)
    expect(b.state()).toBe('error')
    expect(b.last()?.last_error?.next_retry_at).not.toBeNull()
    b.world().looksToBoot = 1
    await b.clock.advance(60_000)
    expect(b.state()).toBe('configured')
  })

  it('an update by an operator is forced and goes ahead of the back-off', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.world().failures.set('configure', 8)
    b.take({ action: 'update' })
    await b.clock.advance(100_000)
    b.world().failures.set('configure', 0)
    b.take({ action: 'update', priority: 'operator', source: 'api', force: true })
    await b.clock.advance(10)
    expect(b.state()).toBe('configured')
    expect(b.world().calls.at(-1)).toBe('configure!')
  })

  it('health: a configured router that stops answering is replaced without any event', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(100)
    b.world().alive = false
    await b.clock.advance(70_000)
    expect(b.world().boots).toBe(1)
    expect(b.state()).toBe('configured')
  })

  it('poll to all looks at every known router now, in the health lane', async () => {
    const b = new WorkerBench({ maxPasses: 1 })
    const ids = Array.from({ length: 30 }, (_, i) => `00000000-0000-0000-0000-0000000001${String(i).padStart(2, '0')}`)
    for (const id of ids) {
      b.world(id).alive = true
      b.take({ resourceId: id })
    }
    await b.clock.advance(1_000)
    for (const id of ids) b.world(id).calls.length = 0
    b.take({ resourceId: '*', tenantId: '*', action: 'poll' })
    await b.clock.advance(100)
    expect(ids.every((id) => b.world(id).calls.join() === 'quick_alive')).toBe(true)
  })

  it('a command for all or for those in error goes to those and no others', async () => {
    const b = new WorkerBench()
    const [one, two] = ['00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000012']
    for (const id of [one, two]) {
      b.world(id).alive = true
      b.take({ resourceId: id })
    }
    await b.clock.advance(100)
    await b.managers.get(one)?.setError()
    b.take({ resourceId: 'error', tenantId: null, action: 'rebuild', priority: 'operator', driver: 'router' })
    await b.clock.advance(20_000)
    expect(b.world(one).deletes).toBe(1)
    expect(b.world(two).deletes).toBe(0)
  })

  it('an event of unknown concern marks the routers whose pass is under way', async () => {
    const b = new WorkerBench()
    const world = b.world()
    world.alive = true
    const unknown = { resourceId: null, action: 'update', type: 'port.create.end' } as const
    world.onCall = (name) => {
      if (name !== 'configure') return
      world.onCall = () => {}
      b.take(unknown)
    }
    b.take({ action: 'update' })
    await b.clock.advance(100)
    expect(world.calls.filter((call) => call === 'configure')).toHaveLength(2)
    b.take(unknown)
    await b.clock.advance(100)
    expect(world.calls.filter((call) => call === 'configure')).toHaveLength(2)
  })

  it('a rebuild carries its image, and one without an image restores the driver’s own (pitfall D32)', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(100)
    b.take({ action: 'rebuild', imageUuid: 'image-2', priority: 'operator' })
    await b.clock.advance(10_000)
    expect(b.last()?.image_uuid).toBe('image-2')
    b.take({ action: 'rebuild', priority: 'operator' })
    await b.clock.advance(10_000)
    expect(b.last()?.image_uuid).toBeNull()
    expect(b.world().boots).toBe(2)
  })

  it('shuts down at the end of the step under way', async () => {
    const b = new WorkerBench()
    b.take({ action: 'create' })
    const done = b.worker.shutdown(5_000)
    await b.clock.advance(10)
    await done
    expect(b.world().boots).toBeLessThanOrEqual(1)
    b.take({ action: 'update' })
    await b.clock.advance(60_000)
    expect(b.worker.stats.running).toEqual([])
  })
})
