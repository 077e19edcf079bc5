import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DebugStep } from '../../../src/orchestrator/debugger/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { type DebugCloud, never, path, startDebugCloud } from './support.ts'

let c: DebugCloud

beforeAll(async () => {
  c = await startDebugCloud(8)
}, 30_000)
afterAll(() => c.stop())

describe('Debugger', () => {
  it('opens with a look that writes nothing, and says what the next step would ask', async () => {
    const d = c.debuggerOf(0)
    c.writes()
    const look = await d.open(never)
    expect(look).toMatchObject({ kind: 'look', result: 'ok', effects: [{ effect: 'update_state', error: null }] })
    expect(c.writes()).toBe(0)
    expect(d.machine).toMatchObject({ step: 'CalcAction', action: 'poll', queue: [], instance_state: 'down' })
    expect(d.nextEffects).toEqual([])
    expect(look.calls.map((call) => call.operation)).toContain('syncRouters')
    expect(look.calls.filter((call) => call.writes && call.result !== 'refused')).toEqual([])
  })

  it('takes a router step by step to configured, as the orchestrator would', async () => {
    const d = c.debuggerOf(1)
    await d.open(never)
    const end = await d.run({ kind: 'rest' }, never)
    expect(end).toBe('rest')
    const steps = path(d.history)
    expect(steps.slice(0, 3)).toEqual(['look', 'CalcAction>CreateInstance', 'CreateInstance>CheckBoot'])
    expect(steps).toContain('CheckBoot>ConfigureInstance')
    expect(steps.slice(-1)).toEqual(['Alive>CalcAction'])
    expect(d.machine).toMatchObject({ step: 'CalcAction', instance_state: 'configured' })
    expect(c.cloud.nova.servers().filter((server) => server.name.includes(c.routerId(1)))).toHaveLength(1)
  })

  it('shows every outside call of a step with what was sent and answered', async () => {
    const d = c.debuggerOf(2)
    await d.open(never)
    await d.run({ kind: 'rest' }, never)
    const boot = d.history.find(({ before }) => before.step === 'CreateInstance')
    const create = boot?.calls.find((call) => call.operation === 'createServer')
    expect(create).toMatchObject({
      service: 'nova',
      method: 'POST',
      path: '/v2.1/servers',
      writes: true,
      result: 'ok',
      status: 202,
    })
    expect(create?.request).toMatchObject({ server: { user_data: expect.stringMatching(/^\*\*\*/) } })
    expect(create?.response).toMatchObject({ id: expect.any(String) })
    expect(create?.duration_ms).toBeGreaterThan(0)
    expect(create?.request_id).toMatch(/^req-/)
    const push = d.history.find(({ before }) => before.step === 'ConfigureInstance')
    expect(push?.calls.find((call) => call.operation === 'configure')).toMatchObject({
      service: 'appliance',
      method: 'PUT',
      status: 200,
      request: { networks: expect.any(Array) },
    })
    expect(push?.pushes).toMatchObject([{ result: 'accepted', total_changes: 1 }])
  })

  it('knows which requests belong to which call, although several are under way at the same time', async () => {
    const d = c.debuggerOf(7)
    await d.open(never)
    await d.run({ kind: 'rest' }, never)
    const calls = d.history
      .flatMap((step) => step.calls)
      .filter(({ service }) => service === 'neutron' || service === 'nova')
    expect(calls.length).toBeGreaterThan(20)
    for (const { service, method, path, tries } of calls.filter(({ result }) => result === 'ok')) {
      const own = tries.filter((one) => one.service === service)
      expect(own.length).toBeGreaterThan(0)
      for (const one of own) {
        expect(one.method).toBe(method)
        expect(path).toMatch(new RegExp(`^${one.path.replaceAll('{id}', '[^/]+')}$`))
      }
    }
  })

  it('steps over to the next CalcAction, to a named step, to a change of state', async () => {
    const d = c.debuggerOf(3)
    await d.open(never)
    expect(await d.run({ kind: 'step', step: 'CheckBoot' }, never)).toBe('reached')
    expect(d.machine.step).toBe('CheckBoot')
    expect(await d.run({ kind: 'step', step: 'CalcAction' }, never)).toBe('reached')
    expect(d.machine.step).toBe('CalcAction')
    expect(await d.run({ kind: 'state', state: null }, never)).toBe('reached')
    expect(await d.run({ kind: 'state', state: 'configured' }, never)).toBe('reached')
    expect(d.machine.instance_state).toBe('configured')
  })

  it('a step that fails shows its cause and leaves the machine where it was; it can be retried or let stand', async () => {
    const d = c.debuggerOf(3)
    await d.open(never)
    d.pretend('config-rejected', true)
    d.inject('update')
    expect(await d.run({ kind: 'rest' }, never)).toBe('failed')
    const failed = d.failure
    expect(failed?.before).toEqual(failed?.after)
    expect(d.machine).toMatchObject({ step: 'ConfigureInstance', action: 'update' })
    expect(failed?.error).toMatchObject({
      code: 'config_rejected',
      causes: [{ name: 'ApplianceError', message: expect.stringContaining('422') }],
    })
    expect(failed?.calls.find((call) => call.operation === 'configure')).toMatchObject({
      result: 'pretended',
      status: 422,
    })

    const again = await d.retry(never)
    expect(again.result).toBe('failed')
    expect(d.machine.step).toBe('ConfigureInstance')

    expect(d.accept()).toMatchObject({ kind: 'accept', advice: { yield: 'retry' } })
    expect(d.machine).toMatchObject({ step: 'CalcAction', action: 'update' })
    expect(() => d.accept()).toThrow('no step has failed')

    d.pretend('config-rejected', false)
    expect(await d.run({ kind: 'rest' }, never)).toBe('rest')
    expect(d.machine.instance_state).toBe('configured')
  })

  it('can make the next effect fail, and run until an error', async () => {
    const d = c.debuggerOf(3)
    await d.open(never)
    d.failNext = true
    expect(await d.run({ kind: 'error' }, never)).toBe('reached')
    expect(d.failure?.error?.message).toContain('pretended for a rehearsal')
    expect(d.failNext).toBe(false)
  })

  it('pitfall D36: never steps while it may not touch the router, not even a retry', async () => {
    let mayTouch = true
    const d = c.debuggerOf(4, {
      guard: async () => {
        if (!mayTouch) throw new AstaraError('refused', 'no longer in debug mode')
      },
    })
    await d.open(never)
    await d.step(never)
    mayTouch = false
    c.writes()
    const before = d.machine
    await expect(d.step(never)).rejects.toThrow('no longer in debug mode')
    await expect(d.retry(never)).rejects.toThrow('no longer in debug mode')
    await expect(d.run({ kind: 'rest' }, never)).rejects.toThrow('no longer in debug mode')
    expect(c.writes()).toBe(0)
    expect(d.history).toHaveLength(2)
    expect(d.running).toBeNull()
    expect(before.step).not.toBe('CalcAction')
  })

  it('does one thing at a time', async () => {
    const d = c.debuggerOf(0)
    const first = d.open(never)
    await expect(d.step(never)).rejects.toMatchObject({ code: 'refused', message: 'a step is under way' })
    await first
  })

  it('an interrupted run ends, and the machine can go on', async () => {
    const d = c.debuggerOf(5)
    await d.open(never)
    const stop = new AbortController()
    const onStep = (step: DebugStep): void => {
      if (step.before.step === 'CreateInstance') stop.abort()
    }
    expect(await d.run({ kind: 'rest' }, never, { onStep, stop: stop.signal })).toBe('interrupted')
    expect(d.history.at(-1)?.result).toBe('ok')
    expect(d.waiting).toBeNull()
    expect(await d.run({ kind: 'rest' }, never)).toBe('rest')
  })

  it('a delete is confirmed with Neutron before anything is removed', async () => {
    const d = c.debuggerOf(6)
    await d.open(never)
    await d.run({ kind: 'rest' }, never)
    expect(d.inject('delete')).toBe(true)
    expect(d.needsLook).toBe(true)
    expect(d.nextEffects).toEqual(['update_state'])
    expect(await d.run({ kind: 'rest' }, never)).toBe('rest')
    expect(c.cloud.nova.servers().some((server) => server.name.includes(c.routerId(6)))).toBe(true)
    expect(d.history.flatMap(({ log }) => log).join('\n')).toContain('delete ignored')
  })

  it('a rebuild replaces the instance', async () => {
    const d = c.debuggerOf(6)
    await d.open(never)
    const serverOf = (): string | undefined =>
      c.cloud.nova.servers().find((server) => server.name.includes(c.routerId(6)) && server.status === 'ACTIVE')?.id
    const before = serverOf()
    d.inject('rebuild')
    expect(await d.run({ kind: 'rest' }, never)).toBe('rest')
    expect(path(d.history).join(' ')).toContain('CalcAction>RebuildInstance')
    expect(serverOf()).not.toBe(before)
  })

  it('reads by REST when there is no bus', async () => {
    const d = c.debuggerOf(6, { transport: null })
    const look = await d.open(never)
    expect(look.result).toBe('ok')
    expect(look.calls.some((call) => call.service === 'neutron-rpc')).toBe(false)
    expect(look.calls.map((call) => call.operation)).toContain('listRouters')
  })
})
