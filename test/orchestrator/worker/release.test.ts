import { describe, expect, it } from 'vitest'
import { ID, WorkerBench } from './bench.ts'

describe('a router that another host takes over', () => {
  it('is forgotten, and nothing of it is touched', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(1_000)
    expect(b.state()).toBe('configured')
    const before = b.world().calls.length
    b.worker.release([ID])
    await b.clock.advance(600_000)
    expect(b.removed).toEqual([ID])
    expect(b.world().calls.length).toBe(before)
    expect(b.world().deletes).toBe(0)
    expect(b.worker.stats.resources).toBe(0)
  })

  it('is let go in the middle of a pass, after the step under way', async () => {
    const b = new WorkerBench()
    b.take({ action: 'create' })
    await b.clock.advance(100)
    expect(b.state()).toBe('booting')
    b.world().alive = true
    b.worker.release([ID])
    await b.clock.advance(60_000)
    expect(b.world()).toMatchObject({ boots: 1, pushes: 0, deletes: 0 })
    expect(b.removed).toEqual([ID])
  })

  it('may come back, even at the same moment', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(1_000)
    b.worker.release([ID])
    b.take({ action: 'update', type: 'router_added_to_agent' })
    await b.clock.advance(1_000)
    expect(b.removed).toEqual([])
    expect(b.last()?.instance_state).toBe('configured')
    expect(b.worker.stats.resources).toBe(1)
    expect(b.world().boots).toBe(0)
  })

  it('comes back although its last step still runs', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    let once = true
    b.world().onCall = () => {
      if (!once) return
      once = false
      b.worker.release([ID])
      b.take({ action: 'update', type: 'router_added_to_agent' })
    }
    b.take({ action: 'update' })
    await b.clock.advance(5_000)
    expect(b.worker.stats.resources).toBe(1)
    expect(b.last()?.instance_state).toBe('configured')
    expect(b.world().boots).toBe(0)
  })

  it('is told to the main process although this worker never had it', async () => {
    const b = new WorkerBench()
    b.worker.release([ID])
    await b.clock.advance(1_000)
    expect(b.removed).toEqual([ID])
  })
})

describe('a port of an instance that lost its plug', () => {
  const PORT = '11111111-1111-4111-8111-111111111111'
  const unplugged = { action: 'update', driver: null, type: 'port.update.end', unpluggedPort: PORT } as const

  it('is a reason to look soon, once for all ports of an instance', async () => {
    const b = new WorkerBench({ healthPeriodMs: 3_600_000 })
    b.world().alive = true
    b.world().plugged.add(PORT)
    b.take({ action: 'update' })
    await b.clock.advance(60_000)
    const before = b.world().calls.length
    b.world().alive = false
    b.world().looksToBoot = 1
    for (let i = 0; i < 5; i++) b.take(unplugged)
    await b.clock.advance(900)
    expect(b.world().calls.length).toBe(before)
    await b.clock.advance(5_000)
    expect(b.world().boots).toBe(1)
    expect(b.state()).toBe('configured')
  })

  it('is none when no instance uses it: that was our own doing', async () => {
    const b = new WorkerBench()
    b.world().alive = true
    b.take({ action: 'update' })
    await b.clock.advance(1_000)
    const before = b.world().calls.length
    b.take(unplugged)
    await b.clock.advance(5_000)
    expect(b.world().calls.length).toBe(before)
  })

  it('raises nobody whom this worker does not have', async () => {
    const b = new WorkerBench()
    b.take(unplugged)
    await b.clock.advance(5_000)
    expect(b.worker.stats.resources).toBe(0)
  })
})

describe('echo of our own doing', () => {
  it('a quiet minute is quiet: no pass without an event', async () => {
    const b = new WorkerBench({ healthPeriodMs: 3_600_000 })
    b.world().alive = true
    b.take({ action: 'create' })
    await b.clock.advance(10_000)
    const before = b.world().calls.length
    await b.clock.advance(60_000)
    expect(b.world().calls.length).toBe(before)
  })
})
