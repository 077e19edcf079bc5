import { describe, expect, it } from 'vitest'
import type { OrchestratorClient } from '../../../src/client/index.ts'
import type { DebugMark, DebugState } from '../../../src/contract/index.ts'
import { Hold } from '../../../src/launch/debug-router/hold.ts'
import { release, takeHold } from '../../../src/launch/debug-router/take-hold.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { memoryIo } from '../../cli/memory-io.ts'

const ID = '5f3c1a52-8d0e-4f6b-9c1d-2a7e3b4c5d6f'
const TENANT = '00000000-0000-0000-0000-0000000000aa'
const never = new AbortController().signal

const mark = (scope: DebugMark['scope']): DebugMark => ({
  scope,
  reason: 'a reason',
  since: '2026-01-01T00:00:00.000Z',
  by: 'ann',
})

/** An orchestrator with debug modes and workers, as far as the hold asks it. */
class Orchestrator {
  state: DebugState = { global: null, tenants: [], resources: [] }
  running: readonly { resource_id: string; step: 'Alive'; since: string }[] = []
  away = false
  readonly orders: string[] = []

  readonly client = {
    debug: async () => {
      if (this.away) throw new AstaraError('unreachable', 'connection refused')
      return this.state
    },
    setDebug: async (target: { id: string }, { enabled }: { enabled: boolean }) => {
      if (this.away) throw new AstaraError('unreachable', 'connection refused')
      this.orders.push(enabled ? 'debug' : 'manage')
      this.state = { ...this.state, resources: enabled ? [{ resource_id: target.id, mark: mark('resource') }] : [] }
      return this.state
    },
    act: async (_id: string, { action }: { action: string }) => void this.orders.push(action),
    workers: async () => ({ workers: [{ running: this.running }] }),
  } as unknown as OrchestratorClient
}

function setUp(options: { terminal?: boolean } = {}) {
  const orchestrator = new Orchestrator()
  const io = memoryIo({ terminal: options.terminal === true })
  const hold = new Hold({ client: orchestrator.client, resourceId: ID, tenantId: TENANT, clock: io.clock })
  const context = { hold, router: { id: ID, tenantId: TENANT, name: 'r\u001b[31m1' }, target: 'http://there', io }
  const wishes = {
    hold: false,
    keep: false,
    offline: false,
    interactive: options.terminal === true,
    reason: 'why',
  }
  /** Waits with time flying. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    let over = false
    const end = (): void => {
      over = true
    }
    work.then(end, end)
    for (let i = 0; i < 1_000 && !over; i++) await io.clock.advance(500)
    return work
  }
  return { orchestrator, io, hold, context, wishes, inTime }
}

describe('takeHold', () => {
  it('asks before it puts the router into debug mode, and gives it back when the user says so', async () => {
    const { orchestrator, io, context, wishes, inTime, hold } = setUp({ terminal: true })
    io.type('y\n')
    expect(await inTime(takeHold(context, wishes, never))).toBe(true)
    expect(io.err()).toContain('Put it into debug mode, and give it back at the end? [Y/n]')
    expect(orchestrator.orders).toEqual(['debug'])
    expect(hold.ours).toBe(true)
    io.type('y\n')
    await release(context, { ...wishes, configured: false }, never)
    expect(orchestrator.orders).toEqual(['debug', 'manage'])
  })

  it('does nothing when the answer is no, or when nobody can be asked', async () => {
    const asked = setUp({ terminal: true })
    asked.io.type('n\n')
    await expect(asked.inTime(takeHold(asked.context, asked.wishes, never))).rejects.toMatchObject({ code: 'refused' })
    expect(asked.orchestrator.orders).toEqual([])
    const alone = setUp()
    await expect(alone.inTime(takeHold(alone.context, alone.wishes, never))).rejects.toMatchObject({
      code: 'refused',
      exit: 2,
    })
    expect(alone.orchestrator.orders).toEqual([])
  })

  it('never shows a name as the terminal would obey it', async () => {
    const { io, context, wishes, inTime } = setUp()
    await expect(inTime(takeHold(context, wishes, never))).rejects.toThrow('r\\u001b[31m1')
    expect(io.err()).not.toContain('\u001b')
  })

  it('leaves a debug mode of somebody else as it was', async () => {
    const { orchestrator, io, context, wishes, inTime } = setUp()
    orchestrator.state = { ...orchestrator.state, tenants: [{ tenant_id: TENANT, mark: mark('tenant') }] }
    expect(await inTime(takeHold(context, wishes, never))).toBe(true)
    await release(context, { ...wishes, configured: true }, never)
    expect(orchestrator.orders).toEqual([])
    expect(io.err()).toContain('debug mode of the tenant')
  })

  it('pitfall D36: waits until the orchestrator’s step is over, and has been for as long as its news take', async () => {
    const { orchestrator, io, context, wishes } = setUp()
    orchestrator.running = [{ resource_id: ID, step: 'Alive', since: '2026-01-01T00:00:00.000Z' }]
    let taken = false
    const taking = takeHold(context, { ...wishes, hold: true }, never).then(() => {
      taken = true
    })
    await io.clock.advance(20_000)
    expect(taken).toBe(false)
    orchestrator.running = []
    await io.clock.advance(2_000)
    expect(taken).toBe(false)
    await io.clock.advance(1_500)
    expect(taken).toBe(true)
    await taking
  })

  it('gives up on an orchestrator that does not come to rest, and gives the router back', async () => {
    const { orchestrator, context, wishes, inTime } = setUp()
    orchestrator.running = [{ resource_id: ID, step: 'Alive', since: '2026-01-01T00:00:00.000Z' }]
    await expect(inTime(takeHold(context, { ...wishes, hold: true }, never))).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('Alive'),
    })
    await release(context, { ...wishes, configured: false }, never)
    expect(orchestrator.orders).toEqual(['debug', 'manage'])
  })

  it('without an orchestrator goes on only when told or asked', async () => {
    const refused = setUp()
    refused.orchestrator.away = true
    await expect(takeHold(refused.context, refused.wishes, never)).rejects.toMatchObject({
      code: 'unreachable',
      exit: 5,
    })
    expect(await takeHold(refused.context, { ...refused.wishes, offline: true }, never)).toBe(false)
    const asked = setUp({ terminal: true })
    asked.orchestrator.away = true
    asked.io.type('y\n')
    expect(await takeHold(asked.context, asked.wishes, never)).toBe(false)
    const unsure = setUp({ terminal: true })
    unsure.orchestrator.away = true
    unsure.io.type('\n')
    await expect(takeHold(unsure.context, unsure.wishes, never)).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('Hold', () => {
  it('pitfall D36: its guard stops whoever steps once the orchestrator has the router again, or cannot be asked', async () => {
    const { orchestrator, hold } = setUp()
    await hold.take('why', never)
    await hold.guard(never)
    orchestrator.state = { global: null, tenants: [], resources: [] }
    await expect(hold.guard(never)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('works on it'),
    })
    orchestrator.away = true
    await expect(hold.guard(never)).rejects.toMatchObject({ code: 'refused' })
  })
})

describe('release', () => {
  it('asks for an update as well when a configuration was pushed: what the orchestrator believes of it is old', async () => {
    const { orchestrator, context, wishes, hold } = setUp()
    await hold.take('why', never)
    await release(context, { ...wishes, configured: true }, never)
    expect(orchestrator.orders).toEqual(['debug', 'manage', 'update'])
  })

  it('gives back without asking when the terminal has gone', async () => {
    const { orchestrator, context, wishes, hold } = setUp({ terminal: true })
    await hold.take('why', never)
    await release(context, { ...wishes, configured: false }, AbortSignal.abort())
    expect(orchestrator.orders).toEqual(['debug', 'manage'])
  })

  it('keeps it when asked to, and says how to give it back', async () => {
    const { orchestrator, io, context, wishes, hold } = setUp()
    await hold.take('why', never)
    await release(context, { ...wishes, keep: true, configured: true }, never)
    expect(orchestrator.orders).toEqual(['debug'])
    expect(io.err()).toContain(`astara ctl router manage ${ID}`)
  })

  it('says aloud when it could not be given back', async () => {
    const { orchestrator, io, context, wishes, hold } = setUp()
    await hold.take('why', never)
    orchestrator.away = true
    await release(context, { ...wishes, configured: false }, never)
    expect(io.err()).toContain('could not be given back')
    expect(io.err()).toContain(`astara ctl router manage ${ID}`)
  })
})
