import { describe, expect, test } from 'vitest'
import { Bench } from './support/bench.ts'
import { httpError } from './support/fake-cloud.ts'

async function configured(options: { readonly ha?: boolean; readonly bus?: boolean } = {}) {
  const bench = new Bench(options)
  const id = bench.cloud.addRouter(options)
  const manager = bench.manager(id)
  await bench.bringUp(manager)
  return { bench, id, manager }
}

async function stopped(bench: Bench, manager: ReturnType<Bench['manager']>): Promise<void> {
  for (let i = 0; i < 10; i += 1) {
    await bench.run(manager, 'stop')
    if (manager.state === 'gone' || manager.state === 'down') return
    expect(manager.state).toBe('restart')
    expect(manager.wait?.reason).toBe('delete')
    await bench.clock.advance(manager.wait?.ms ?? 0)
  }
  throw new Error('not stopped')
}

describe('gone', () => {
  test('a delete event and one direct 404: instance and ports go', async () => {
    const { bench, id, manager } = await configured()
    bench.cloud.removeRouter(id)
    manager.noteDeleted()
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('gone')
    await stopped(bench, manager)
    expect(manager.state).toBe('gone')
    expect(bench.cloud.serversOf(id)).toHaveLength(0)
    expect(bench.cloud.portsOf(id)).toHaveLength(0)
    expect(bench.cloud.count('createServer')).toBe(1)
  })

  test('a delete in the middle of a pass is confirmed by the stop itself', async () => {
    const { bench, id, manager } = await configured()
    bench.cloud.removeRouter(id)
    manager.noteDeleted()
    await stopped(bench, manager)
    expect(manager.state).toBe('gone')
  })

  test('a delete event for a router that Neutron still has removes nothing', async () => {
    const { bench, id, manager } = await configured()
    manager.noteDeleted()
    expect(await bench.failure(manager, 'stop')).toMatchObject({ reason: 'delete_unconfirmed' })
    expect(manager.state).toBe('configured')
    manager.noteDeleted()
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('configured')
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
    expect(bench.cloud.count('deleteServer')).toBe(0)
  })

  test('without an event, two 404s apart in time while others answer', async () => {
    const { bench, id, manager } = await configured()
    const other = bench.manager(bench.cloud.addRouter())
    bench.cloud.removeRouter(id)
    expect(await bench.failure(manager, 'updateState')).toMatchObject({ reason: 'neutron_absent' })
    expect(manager.state).toBe('configured')
    expect(manager.wait).toMatchObject({ reason: 'retry' })
    await bench.failure(manager, 'updateState')
    await bench.clock.advance(5_000)
    await bench.run(other, 'updateState')
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('gone')
  })

  test('pitfall D11: an empty answer from Neutron deletes nothing, however long it lasts', async () => {
    for (const bus of [true, false]) {
      const { bench, id, manager } = await configured({ bus })
      bench.cloud.scheduled.clear()
      for (const list of [
        'listRouters',
        'listPorts',
        'listSubnets',
        'listNetworks',
        'listFloatingIps',
        'listServers',
      ]) {
        bench.cloud.emptied.add(list)
      }
      for (let minute = 0; minute < 10; minute += 1) {
        await bench.run(manager, 'updateState').catch(() => {})
        await bench.run(manager, 'configure', { force: true }).catch(() => {})
        expect(manager.state).toBe('configured')
        await bench.clock.advance(60_000)
      }
      bench.cloud.emptied.clear()
      await bench.run(manager, 'updateState')
      expect(manager.state).toBe('configured')
      expect(bench.cloud.serversOf(id)).toHaveLength(1)
      expect(bench.cloud.portsOf(id)).toHaveLength(3)
      expect(bench.cloud.count('deleteServer') + bench.cloud.count('deletePort')).toBe(0)
      expect(bench.cloud.count('createServer')).toBe(1)
    }
  })

  test('pitfall D11: a Neutron that has forgotten everything deletes nothing', async () => {
    const { bench, id, manager } = await configured()
    const router = bench.cloud.routers.get(id)
    bench.cloud.routers.clear()
    bench.cloud.networks.clear()
    for (let i = 0; i < 10; i += 1) {
      await bench.failure(manager, 'updateState')
      expect(manager.state).toBe('configured')
      await bench.clock.advance(30_000)
    }
    expect(router).toBeDefined()
    expect(bench.cloud.count('deleteServer')).toBe(0)
  })

  test('Neutron away is no absence', async () => {
    const { bench, manager } = await configured({ bus: false })
    for (const status of [401, 403, 500, 503, null]) {
      bench.cloud.fault = () => httpError('neutron', status)
      await bench.failure(manager, 'updateState')
      expect(manager.state).toBe('configured')
    }
  })
})

describe('stop', () => {
  test('a restart deletes instance and ports and ends down', async () => {
    const { bench, id, manager } = await configured()
    await stopped(bench, manager)
    expect(manager.state).toBe('down')
    expect(bench.cloud.portsOf(id)).toHaveLength(0)
    expect(manager.snapshot()).toMatchObject({ instances: [], configFingerprint: null, configuredAt: null })
  })

  test('works for a router of an earlier life, by names alone', async () => {
    const { bench, id } = await configured()
    const manager = bench.manager(id)
    bench.cloud.removeRouter(id)
    manager.noteDeleted()
    await stopped(bench, manager)
    expect(bench.cloud.serversOf(id)).toHaveLength(0)
    expect(bench.cloud.portsOf(id)).toHaveLength(0)
  })

  test('a deletion that Nova never finishes is an error after boot_timeout, and is still watched', async () => {
    const { bench, id, manager } = await configured()
    bench.cloud.deleteMs = 700_000
    await bench.run(manager, 'stop')
    await bench.clock.advance(601_000)
    expect(await bench.failure(manager, 'stop')).toMatchObject({ reason: 'delete_timeout' })
    expect(manager.state).toBe('restart')
    await bench.clock.advance(100_000)
    await stopped(bench, manager)
    expect(bench.cloud.portsOf(id)).toHaveLength(0)
  })

  test('a stop that Nova refuses is given again', async () => {
    const { bench, manager } = await configured()
    bench.cloud.fault = (op) => (op === 'deleteServer' ? httpError('nova', 503) : undefined)
    await bench.failure(manager, 'stop')
    expect(manager.state).toBe('restart')
    bench.cloud.fault = () => undefined
    await stopped(bench, manager)
    expect(manager.state).toBe('down')
  })

  test('pitfall D21: a pair is deleted at once and nobody sleeps for it', async () => {
    const { bench, id, manager } = await configured({ ha: true })
    const before = bench.clock.monotonic()
    await bench.run(manager, 'stop')
    expect(bench.clock.monotonic() - before).toBeLessThan(500)
    expect(bench.cloud.serversOf(id).every((server) => server.deletedAt !== null)).toBe(true)
  })

  test('an aborted effect ends at once and leaves the state', async () => {
    const { bench, manager } = await configured()
    const abort = new AbortController()
    bench.cloud.fault = () => {
      abort.abort(new Error('shutting down'))
      return undefined
    }
    await expect(bench.run(manager, 'updateState', { signal: abort.signal })).rejects.toThrow('shutting down')
    expect(manager.state).toBe('configured')
    expect(manager.snapshot().lastError).toBeNull()
  })
})
