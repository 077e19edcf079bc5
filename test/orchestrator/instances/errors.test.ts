import { describe, expect, test } from 'vitest'
import type { PassCall } from '../../../src/orchestrator/instances/index.ts'
import { vectorRows } from '../../support/vectors.ts'
import { Bench } from './support/bench.ts'
import { httpError } from './support/fake-cloud.ts'

describe('error', () => {
  const rows = vectorRows('error_cooldown.csv', 4).filter(([state]) => state === 'error')

  test.each(rows)('error_cooldown.csv: %s, %s s ago, cool-down %s s → %s', async (_, since, cooldown, expected) => {
    const bench = new Bench({ settings: { errorCooldownMs: Number(cooldown) * 1_000 } })
    const manager = bench.manager(bench.cloud.addRouter())
    // Without a time of the last error there was none: the only way into the state leaves one.
    if (since === '') {
      expect(manager.inErrorCooldown).toBe(expected === '1')
      return
    }
    // Without moving time.
    await manager.setError({ signal: new AbortController().signal, force: false })
    await bench.clock.advance(Number(since) * 1_000)
    expect(manager.inErrorCooldown).toBe(expected === '1')
    expect(manager.errorCooldownLeftMs).toBeCloseTo(Math.max(0, Number(cooldown) - Number(since)) * 1_000, 3)
  })

  test('only the state error has a cool-down', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.run(manager, 'setError')
    await bench.run(manager, 'clearError')
    expect(manager.state).toBe('down')
    expect(manager.bootAttempts).toBe(0)
    expect(manager.inErrorCooldown).toBe(false)
  })

  test('what a failed effect was is kept for the operator, and goes when the router is well again', async () => {
    const bench = new Bench({ bus: false })
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.bringUp(manager)
    bench.cloud.fault = () => httpError('neutron', 503, 'database away')
    await bench.failure(manager, 'updateState')
    expect(manager.snapshot().lastError).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('database away'),
      at: expect.any(Number),
    })
    bench.cloud.fault = () => undefined
    await bench.run(manager, 'updateState')
    expect(manager.snapshot().lastError).toBeNull()
  })

  test('giving up says after how many boots and why', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    bench.cloud.fault = (op) => (op === 'createServer' ? httpError('nova', 403, 'Quota exceeded') : undefined)
    for (let i = 0; i < 5; i += 1) await bench.failure(manager, 'boot')
    expect(manager.bootAttempts).toBe(manager.rebootErrorThreshold)
    await bench.run(manager, 'setError')
    expect(manager.snapshot().lastError).toMatchObject({
      code: 'boot_failed',
      message: expect.stringMatching(/gave up after 5 boots; last: .*Quota exceeded/),
    })
    expect(bench.cloud.statuses.at(-1)?.status).toBe('ERROR')
  })

  test('that Neutron is told of an error and of its end is a call of the pass', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    const calls: string[] = []
    const onCall = (call: PassCall): void => void calls.push(`${call.method} ${call.pathTemplate}`)
    await bench.run(manager, 'setError', { onCall })
    await bench.run(manager, 'clearError', { onCall })
    expect(calls).toEqual(['PUT /v2.0/dhrouterstatus/{id}', 'PUT /v2.0/dhrouterstatus/{id}'])
    expect(bench.cloud.statuses.map(({ status }) => status)).toEqual(['ERROR', 'DOWN'])
  })

  test('the health lane and the pass it leads to try max_retries times together', async () => {
    const bench = new Bench()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    bench.appliances.fault = { dead: true }
    bench.appliances.aliveAsked = 0
    expect(await bench.drive(manager.quickAlive(new AbortController().signal))).toBe(false)
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('down')
    expect(bench.appliances.aliveAsked).toBe(3)
  })

  test('what the health lane found long ago is no evidence', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.bringUp(manager)
    bench.appliances.fault = { dead: true }
    expect(await bench.drive(manager.quickAlive(new AbortController().signal))).toBe(false)
    await bench.clock.advance(60_000)
    bench.appliances.aliveAsked = 0
    await bench.run(manager, 'updateState')
    expect(bench.appliances.aliveAsked).toBe(3)
  })

  test('quickAlive asks appliances only, and says no to everything that is not simply well', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    const { signal } = new AbortController()
    expect(await bench.drive(manager.quickAlive(signal))).toBe(false)
    await bench.bringUp(manager)
    bench.cloud.journal.length = 0
    expect(await bench.drive(manager.quickAlive(signal))).toBe(true)
    expect(bench.cloud.journal).toEqual([])
    bench.appliances.fault = { dead: true }
    expect(await bench.drive(manager.quickAlive(signal))).toBe(false)
    expect(manager.state).toBe('configured')
  })

  test('blind is not dead: without a management network of our own nobody is judged', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.bringUp(manager)
    bench.appliances.fault = { blind: true }
    await expect(bench.drive(manager.quickAlive(new AbortController().signal))).rejects.toMatchObject({ blind: true })
    await expect(bench.run(manager, 'updateState')).rejects.toMatchObject({ blind: true })
    expect([manager.state, bench.cloud.servers.size]).toEqual(['configured', 1])
    bench.appliances.fault = {}
    await bench.run(manager, 'updateState')
    expect(manager.state).toBe('configured')
  })

  test('statistics of an image without counters are no error', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    await bench.bringUp(manager)
    await bench.run(manager, 'readStats')
    expect(manager.snapshot().lastError).toBeNull()
  })

  test('every call of an effect is told to the pass, with its status and the id of its request', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    const calls: PassCall[] = []
    await bench.run(manager, 'boot', { onCall: (call) => calls.push(call) })
    expect(calls).toContainEqual({
      service: 'nova',
      method: 'POST',
      pathTemplate: '/v2.1/servers',
      status: 200,
      durationMs: 0,
      requestId: expect.stringMatching(/^req-\d+$/),
      shared: false,
      requests: 1,
    })
    expect(calls.some((call) => call.method === 'POST' && call.pathTemplate === '/v2.0/ports')).toBe(true)
  })

  test('a look that several resources share says so to each of them, with the one request that was made', async () => {
    const bench = new Bench()
    const told = new Map<string, PassCall[]>()
    const looks = [bench.cloud.addRouter(), bench.cloud.addRouter()].map((id) => {
      const calls: PassCall[] = []
      told.set(id, calls)
      return bench.run(bench.manager(id), 'updateState', { onCall: (call) => calls.push(call) })
    })
    await Promise.all(looks)
    expect(bench.cloud.count('listServers')).toBe(1)
    const servers = [...told.values()].map((calls) => calls.filter((call) => call.service === 'nova'))
    expect(servers[0]).toEqual(servers[1])
    expect(servers[0]).toMatchObject([{ pathTemplate: '/v2.1/servers/detail', status: 200, shared: true, requests: 1 }])
  })

  test('a call that fails is told with the status of its failure', async () => {
    const bench = new Bench()
    const manager = bench.manager(bench.cloud.addRouter())
    bench.cloud.fault = (op) => (op === 'listServers' ? httpError('nova', 503) : undefined)
    const calls: PassCall[] = []
    await bench.failure(manager, 'updateState', { onCall: (call) => calls.push(call) })
    expect(calls).toContainEqual(
      expect.objectContaining({ service: 'nova', status: 503, requestId: expect.stringMatching(/^req-/) }),
    )
  })
})
