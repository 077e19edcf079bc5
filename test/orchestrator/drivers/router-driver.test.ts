import { describe, expect, test } from 'vitest'
import { createRouterDriver, type L3Source } from '../../../src/orchestrator/drivers/index.ts'
import { ProxiedRpcError } from '../../../src/orchestrator/worker/rpc-proxy.ts'
import { createLogger, type Logger, silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { FakeCloud, httpError } from '../instances/support/fake-cloud.ts'

function setUp(options: { readonly l3?: L3Source; readonly routers?: number; readonly logger?: Logger } = {}) {
  const clock = new ManualClock()
  const cloud = new FakeCloud(clock)
  const ids = Array.from({ length: options.routers ?? 1 }, () => cloud.addRouter())
  const driver = createRouterDriver({
    openstack: cloud.openstack,
    l3: options.l3 ?? cloud.l3,
    clock,
    logger: options.logger ?? silentLogger,
    vpn: null,
    appliance: { imageUuid: 'image', flavor: '1', managementPort: 5000 },
    config: {
      asn: 1,
      neighborAsn: 1,
      labels: {},
      orchestrator: { address: '::1', metadata_port: 1, host: 'h' },
    },
  })
  return { clock, cloud, ids, driver }
}

describe('router driver', () => {
  test('takes details over the bus in chunks of 256', async () => {
    const { cloud, driver, ids } = setUp({ routers: 300 })
    const found = await driver.fetch(ids)
    expect(found.size).toBe(300)
    expect(cloud.journal.map(({ op }) => op)).toEqual(['sync_routers', 'sync_routers'])
    expect(cloud.journal.map(({ argument }) => (argument as readonly string[]).length)).toEqual([256, 44])
  })

  test('pitfall D11: an empty answer of sync_routers says nothing, REST is asked', async () => {
    const { cloud, driver, ids } = setUp()
    cloud.scheduled.clear()
    const [id = ''] = ids
    const found = await driver.fetch([id])
    expect(found.get(id)).toMatchObject({ id, interfaces: [{ networkId: expect.any(String) }] })
  })

  test('pitfall D11: a router that a list leaves out is no absent router', async () => {
    const { cloud, driver, ids } = setUp()
    cloud.scheduled.clear()
    cloud.emptied.add('listRouters')
    expect((await driver.fetch(ids)).get(ids[0] ?? '')).toBeInstanceOf(Error)
  })

  test('only a direct 404 is absence', async () => {
    const { cloud, driver } = setUp()
    const id = cloud.id()
    expect((await driver.fetch([id])).has(id)).toBe(false)
    expect(cloud.count('getRouter')).toBe(1)
    expect(await driver.exists(id)).toBe(false)
    cloud.fault = (op) => (op === 'getRouter' ? httpError('neutron', 503) : undefined)
    expect((await driver.fetch([id])).get(id)).toBeInstanceOf(Error)
    await expect(driver.exists(id)).rejects.toThrow()
  })

  test('an empty cloud does not cause a direct question for each router', async () => {
    const { cloud, driver, ids } = setUp({ routers: 100 })
    cloud.scheduled.clear()
    cloud.emptied.add('listRouters')
    const found = await driver.fetch(ids)
    expect([...found.values()].every((value) => value instanceof Error)).toBe(true)
    expect(found.size).toBe(100)
    expect(cloud.count('getRouter')).toBe(16)
  })

  test('without the bus everything comes by REST, and the bus is left alone for a while', async () => {
    let calls = 0
    const l3: L3Source = {
      syncRouters: () => {
        calls += 1
        return Promise.reject(new Error('not connected'))
      },
    }
    const { driver, ids, clock } = setUp({ l3 })
    expect((await driver.fetch(ids)).get(ids[0] ?? '')).toMatchObject({ id: ids[0] })
    await driver.fetch(ids)
    expect(calls).toBe(1)
    await clock.advance(16_000)
    await driver.fetch(ids)
    expect(calls).toBe(2)
  })

  test('a host that is no L3 agent to Neutron asks once in five minutes, and says so once', async () => {
    let calls = 0
    let isAgent = false
    const said: string[] = []
    const logger = createLogger({ level: 'info', pretty: true, stream: { write: (line) => said.push(line) } })
    const { cloud, driver, ids, clock } = setUp({
      logger,
      l3: {
        syncRouters: (asked, options) => {
          calls += 1
          if (isAgent) return cloud.l3.syncRouters(asked, options)
          // As a stock Neutron words it.
          const message = 'Agent with agent_type=L3 agent and host=vm could not be found.'
          return Promise.reject(new ProxiedRpcError('RemoteError', 'AgentNotFoundByTypeHost', message))
        },
      },
    })
    for (let minute = 0; minute < 11; minute += 1) {
      expect((await driver.fetch(ids)).get(ids[0] ?? '')).toMatchObject({ id: ids[0] })
      await clock.advance(60_000)
    }
    expect([calls, said.length]).toEqual([3, 1])
    isAgent = true
    await clock.advance(300_000)
    await driver.fetch(ids)
    await driver.fetch(ids)
    expect(calls).toBe(5)
  })

  test('the chunk halves on a time-out and grows again', async () => {
    const sizes: number[] = []
    let slow = true
    const clock = new ManualClock()
    const cloud = new FakeCloud(clock)
    const ids = Array.from({ length: 256 }, () => cloud.addRouter())
    const l3: L3Source = {
      syncRouters: (asked, options) => {
        sizes.push(asked.length)
        if (slow) return Promise.reject(Object.assign(new Error('too slow'), { name: 'MessagingTimeoutError' }))
        return cloud.l3.syncRouters(asked, options)
      },
    }
    const { SyncRouters } = await import('../../../src/orchestrator/drivers/router/sync-routers.ts')
    const bus = new SyncRouters({ l3, clock, logger: silentLogger, timeoutMs: 1_000 })
    for (let i = 0; i < 5; i += 1) {
      await bus.ask(ids)
      await clock.advance(16_000)
    }
    slow = false
    expect((await bus.ask(ids)).size).toBe(256)
    expect(sizes.slice(0, 5)).toEqual([256, 128, 64, 32, 32])
    expect(sizes.slice(5)).toEqual([32, 64, 96, 64])
    expect(bus.chunkSize).toBe(160)
  })

  test('a bus that never answers is given up in time', async () => {
    const { driver, ids, clock } = setUp({
      l3: {
        syncRouters: (_, { signal }) =>
          new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      },
    })
    const fetched = driver.fetch(ids)
    await clock.advance(20_000)
    expect((await fetched).get(ids[0] ?? '')).toMatchObject({ id: ids[0] })
  })

  test('pitfall D12: a refusal is not an empty cloud', async () => {
    const { cloud, driver } = setUp()
    expect(await driver.listAll()).toHaveLength(1)
    for (const status of [401, 403]) {
      cloud.fault = () => httpError('neutron', status)
      await expect(driver.listAll()).rejects.toMatchObject({ status })
    }
  })

  test('tells Neutron its own words', () => {
    const { driver } = setUp()
    const states = ['down', 'booting', 'up', 'degraded', 'configured', 'error', 'restart', 'replug', 'gone'] as const
    expect(states.map((state) => driver.neutronStatus(state))).toEqual([
      'DOWN',
      'BUILD',
      'BUILD',
      'BUILD',
      'ACTIVE',
      'ERROR',
      null,
      null,
      null,
    ])
  })
})
