import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DebugCloud, never, path, startDebugCloud } from './support.ts'

let c: DebugCloud

beforeAll(async () => {
  c = await startDebugCloud(2)
  const d = c.debuggerOf(0)
  await d.open(never)
  expect(await d.run({ kind: 'rest' }, never)).toBe('rest')
}, 30_000)
afterAll(() => c.stop())

/** What an appliance of the first router was last given. */
const configOf = (): unknown => {
  const server = c.cloud.nova.servers().find(({ name }) => name.includes(c.routerId(0)))
  return c.cloud.nova.appliance(server?.id ?? '')?.config
}

describe('a dry run', () => {
  it('refuses every write, of Neutron, Nova and the appliance, and shows what would have been sent', async () => {
    const d = c.debuggerOf(0, { dryRun: true })
    c.writes()
    const before = configOf()
    expect(before).toMatchObject({ networks: expect.any(Array) })
    await d.open(never)
    d.inject('update')
    expect(await d.run({ kind: 'rest' }, never)).toBe('failed')
    expect(d.failure?.calls.find((call) => call.operation === 'configure')).toMatchObject({
      result: 'refused',
      writes: true,
      method: 'PUT',
      request: { networks: expect.any(Array) },
      status: null,
    })
    expect(d.failure?.error?.name).toBe('RefusedWriteError')
    expect(c.writes()).toBe(0)
    expect(configOf()).toBe(before)
  })

  it('boots nothing, however often it is tried', async () => {
    const d = c.debuggerOf(1, { dryRun: true })
    c.writes()
    await d.open(never)
    for (let i = 0; i < 7; i++) await d.run({ kind: 'rest' }, never)
    expect(d.failure?.before.step).toBe('CreateInstance')
    expect(
      d.failure?.calls.filter((call) => call.result === 'refused').map(({ method, path }) => `${method} ${path}`),
    ).toContain('POST /v2.0/ports')
    expect(d.instances.attempts).toBe(0)
    expect(d.machine.instance_state).toBe('down')
    expect(c.writes()).toBe(0)
    expect(d.writes).toBe(0)
  })

  it('forgets what it believed after a refusal: an instance that was not deleted is still there', async () => {
    const d = c.debuggerOf(0, { dryRun: true })
    c.writes()
    await d.open(never)
    d.inject('rebuild')
    expect(await d.run({ kind: 'rest' }, never)).toBe('failed')
    expect(path(d.history)).toEqual(['look', 'CalcAction>RebuildInstance', 'RebuildInstance>RebuildInstance', 'look'])
    expect(d.failure?.before.step).toBe('RebuildInstance')
    expect(d.instances.instances).toHaveLength(1)
    expect(d.machine).toMatchObject({ step: 'RebuildInstance', instance_state: 'up' })
    expect(c.writes()).toBe(0)
  })

  it('does not ask over the bus: sync_routers may make Neutron schedule a router', async () => {
    const d = c.debuggerOf(0, { dryRun: true })
    const look = await d.open(never)
    expect(look.calls.some((call) => call.service === 'neutron-rpc')).toBe(false)
  })

  it('does not ask the guard: what writes nothing disturbs nobody', async () => {
    const guard = (): Promise<void> => Promise.reject(new Error('asked'))
    const d = c.debuggerOf(0, { dryRun: true, guard })
    await d.open(never)
    expect((await d.step(never)).result).toBe('ok')
  })
})
