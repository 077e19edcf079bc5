import { describe, expect, test } from 'vitest'
import { createLimiter } from '../../../src/shared/index.ts'
import { Bench } from './support/bench.ts'
import { httpError } from './support/fake-cloud.ts'

const asAgent = (): Bench => new Bench({ settings: { agentHost: 'host-a' } })

describe('one owner of a router, asked at the moment of the boot', () => {
  test('a router that Neutron gave to another host meanwhile is not booted, and is none the worse for it', async () => {
    const bench = asAgent()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    bench.cloud.agentHosts = ['host-b']
    for (let i = 0; i < 10; i += 1) {
      expect(await bench.failure(manager, 'boot')).toMatchObject({ reason: 'scheduled_elsewhere' })
    }
    expect(bench.cloud.serversOf(id)).toEqual([])
    expect(manager.bootAttempts).toBe(0)
    expect(manager.snapshot().lastError).toMatchObject({
      code: 'scheduled_elsewhere',
      message: 'Neutron has given the router to host-b: nothing is booted',
    })
  })

  test('its turn to boot goes to others', async () => {
    const bench = asAgent()
    bench.deps.boots = createLimiter(1)
    bench.cloud.agentHosts = ['host-b']
    await bench.failure(bench.manager(bench.cloud.addRouter()), 'boot')
    bench.cloud.agentHosts = ['host-a']
    await bench.bringUp(bench.manager(bench.cloud.addRouter()))
  })

  test('the ports that it left are used once it comes back', async () => {
    const bench = asAgent()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    bench.cloud.agentHosts = ['host-b']
    await bench.failure(manager, 'boot')
    const made = bench.cloud.portBodies.length
    bench.cloud.agentHosts = ['host-a']
    await bench.bringUp(manager)
    expect(bench.cloud.portBodies).toHaveLength(made)
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
  })

  test.each([
    ['ours', ['host-a']],
    ['ours and another agent’s', ['host-b', 'host-a']],
    ['nobody’s, having been ours', []],
  ])('%s: it is booted, and asked for once', async (_, hosts) => {
    const bench = asAgent()
    bench.cloud.agentHosts = hosts
    await bench.bringUp(bench.manager(bench.cloud.addRouter()))
    expect(bench.cloud.count('listAgentsOfRouter')).toBe(1)
    const ops = bench.cloud.journal.map(({ op }) => op)
    expect(ops[ops.indexOf('listAgentsOfRouter') + 1]).toBe('createServer')
  })

  test.each([403, 404])('a Neutron that answers %i gave it to nobody that we know of', async (status) => {
    const bench = asAgent()
    bench.cloud.fault = (op) => (op === 'listAgentsOfRouter' ? httpError('neutron', status) : undefined)
    await bench.bringUp(bench.manager(bench.cloud.addRouter()))
  })

  test('a Neutron that cannot say is asked again later', async () => {
    const bench = asAgent()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    bench.cloud.fault = (op) => (op === 'listAgentsOfRouter' ? httpError('neutron', 503) : undefined)
    expect(await bench.failure(manager, 'boot')).toMatchObject({ status: 503 })
    expect(bench.cloud.serversOf(id)).toEqual([])
    bench.cloud.fault = () => undefined
    await bench.bringUp(manager)
  })

  test('where every router is ours nobody is asked', async () => {
    const bench = new Bench()
    await bench.bringUp(bench.manager(bench.cloud.addRouter()))
    expect(bench.cloud.count('listAgentsOfRouter')).toBe(0)
  })
})
