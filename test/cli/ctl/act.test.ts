import { beforeEach, describe, expect, it } from 'vitest'
import { type ActFlags, actOnSelection } from '../../../src/cli/ctl/act-on-selection.ts'
import type { Resource } from '../../../src/contract/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { numberedId, sampleResource, TENANT_B } from '../../orchestrator/api/memory-port.ts'
import { settle } from '../../support/manual-clock.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'
import { FakeOrchestrator } from './fake-client.ts'

const A = numberedId(0xa1)
const B = numberedId(0xa2)
const C = numberedId(0xb1)
let client: FakeOrchestrator
beforeEach(() => {
  client = new FakeOrchestrator([
    sampleResource(0xa1, { name: 'alpha' }),
    sampleResource(0xa2, { name: 'beta', instance_state: 'error' }),
    sampleResource(0xb1, { name: 'gamma', tenant_id: TENANT_B, instance_state: 'error' }),
  ])
})

const NEVER = new AbortController().signal
function act(
  io: MemoryIo,
  action: 'update' | 'rebuild' | 'debug' | 'manage',
  texts: readonly string[],
  flags: Partial<ActFlags> = {},
  signal = NEVER,
) {
  const given = { all: false, yes: false, json: false, ...flags }
  return actOnSelection({ io, client, signal }, action, 'router', texts, given)
}
const ended = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)

describe('selecting', () => {
  it('hits those that fit everything that was given', async () => {
    await act(memoryIo(), 'update', [], { state: 'error', tenant: TENANT_B })
    expect(client.acted).toEqual([`update ${C}`])
  })

  it('narrows names too, and says which of them do not fit instead of leaving them out', async () => {
    const refused = await ended(act(memoryIo(), 'update', ['alpha', 'beta'], { state: 'error', yes: true }))
    expect(refused).toMatchObject({ code: 'not_found', message: 'not among those selected: alpha' })
    expect(client.acted).toEqual([])
  })

  it('takes the grammar of the console', async () => {
    await act(memoryIo(), 'update', [], { filter: 'state:error !name:gamma' })
    expect(client.acted).toEqual([`update ${B}`])
    await expect(act(memoryIo(), 'update', [], { filter: 'stat:error' })).rejects.toMatchObject({ code: 'usage' })
  })

  it('does nothing at all when one of several cannot be told, and names each that cannot', async () => {
    const refused = await ended(act(memoryIo(), 'update', ['alpha', 'nope', 'neither'], { yes: true }))
    expect(refused).toMatchObject({ code: 'not_found', exit: 3 })
    expect((refused as AstaraError).suggestions.join('\n')).toMatch(/"nope"[\s\S]*"neither"/)
    expect(client.acted).toEqual([])
  })

  it('asks once for a long list', async () => {
    for (let i = 0; i < 20; i++) client.table.set(numberedId(i + 1), sampleResource(i + 1))
    const ids = Array.from({ length: 20 }, (_, i) => numberedId(i + 1))
    await act(memoryIo(), 'update', ids, { yes: true })
    expect(client.acted).toHaveLength(20)
    // Each action of the fake looks once; nothing else does.
    expect(client.asked).toEqual({ list: 1, get: 20 })
  })

  it('that nothing fits is no failure', async () => {
    const io = memoryIo()
    await act(io, 'rebuild', [], { filter: 'name:nobody' })
    expect([io.out(), io.err()]).toEqual(['', 'No routers fit: nothing to do.\n'])
  })
})

describe('confirming', () => {
  it('several are shown and asked about, also for an update', async () => {
    const io = memoryIo({ terminal: true })
    const done = act(io, 'update', [], { all: true })
    await settle()
    expect(io.err()).toContain(`router alpha (${A}), configured\n`)
    expect(io.err()).toContain('Update 3 routers? [y/N] ')
    io.type('y\n')
    await done
    expect(client.acted).toHaveLength(3)
  })

  it.each([
    ['y\n', 0],
    ['rebuild 2\n', 0],
    ['rebuild 3\n', 3],
  ])('rebuilding many wants a word with their number: %j', async (typed, count) => {
    const io = memoryIo({ terminal: true })
    const done = ended(act(io, 'rebuild', [], { all: true }))
    await settle()
    expect(io.err()).toContain('Rebuild 3 routers? Type "rebuild 3" to go on: ')
    io.type(typed)
    await done
    expect(client.acted).toHaveLength(count)
  })

  it('what was shown is hit by id, however names change meanwhile', async () => {
    const io = memoryIo({ terminal: true })
    const done = act(io, 'rebuild', ['beta'])
    await settle()
    client.change(B, { name: 'alpha' })
    client.change(A, { name: 'beta' })
    io.type('y\n')
    await done
    expect(client.acted).toEqual([`rebuild ${B}`])
  })

  it('shows the first twenty of many', async () => {
    for (let i = 0; i < 50; i++) client.table.set(numberedId(i + 1), sampleResource(i + 1))
    const refused = (await ended(act(memoryIo(), 'rebuild', [], { all: true }))) as AstaraError
    expect(refused).toMatchObject({ code: 'refused', exit: 2 })
    expect(refused.suggestions).toHaveLength(22)
    expect(refused.suggestions.join('\n')).toContain('… and 33 more')
  })
})

describe('results', () => {
  const refusal = new AstaraError('refused', 'it is in debug mode')

  it('some failed: exit 6, what went well is said, and how to try the rest', async () => {
    client.refuse.set(B, refusal)
    const io = memoryIo()
    const error = await ended(act(io, 'update', [], { all: true, yes: true }))
    expect(error).toMatchObject({
      code: 'partial',
      exit: 6,
      message: '1 of 3 failed',
      suggestions: [`Try those again: ${B}`],
      details: { errors: [{ id: B, code: 'refused', message: 'it is in debug mode' }] },
    })
    expect(io.out().trim().split('\n')).toHaveLength(2)
    expect(io.err()).toBe(`router beta (${B}): it is in debug mode\n`)
  })

  it('all failed alike: their own exit status', async () => {
    for (const id of [A, B, C]) client.refuse.set(id, refusal)
    await expect(act(memoryIo(), 'update', [], { all: true, yes: true })).rejects.toMatchObject({
      code: 'refused',
      exit: 2,
    })
  })

  it('one failed: its own error', async () => {
    client.refuse.set(A, refusal)
    await expect(act(memoryIo(), 'update', ['alpha'])).rejects.toBe(refusal)
  })

  it('as JSON: what came of each', async () => {
    client.refuse.set(B, refusal)
    const io = memoryIo()
    await ended(act(io, 'update', [], { all: true, yes: true, json: true }))
    expect(JSON.parse(io.out())).toMatchObject({
      accepted: false,
      resources: 2,
      results: [
        { id: A, accepted: true, resource: { name: 'alpha' } },
        { id: B, accepted: false, error: { code: 'refused' } },
        { id: C, accepted: true },
      ],
    })
  })

  it('an interruption begins no more, and says how many were begun', async () => {
    for (let i = 0; i < 50; i++) client.table.set(numberedId(i + 1), sampleResource(i + 1))
    const stop = new AbortController()
    client.onAct = () => stop.abort()
    const error = await ended(act(memoryIo(), 'update', [], { all: true, yes: true }, stop.signal))
    expect(error).toMatchObject({ code: 'interrupted', exit: 130 })
    expect(client.acted.length).toBeLessThan(20)
    expect((error as AstaraError).message).toContain(`${client.acted.length} of 53`)
  })
})

describe('waiting', () => {
  const rebuilt = (id: string): Partial<Resource> => ({
    instance_state: 'configured',
    step: 'CalcAction',
    queue: [],
    configured_at: '2026-01-02T00:00:00.000Z',
    instances: sampleResource(0x77).instances,
    last_error: null,
    name: client.table.get(id)?.name ?? '',
  })

  it('follows a rebuild through the stream until it is configured with a new instance', async () => {
    const io = memoryIo()
    const done = act(io, 'rebuild', ['alpha'], { yes: true, wait: true, json: true })
    await expect.poll(() => client.listeners).toBe(1)
    client.change(A, { instance_state: 'booting', step: 'CheckBoot', instances: [], action: 'rebuild' })
    await settle()
    // Configured with the instance that it had: not what was asked for.
    client.change(A, { instance_state: 'configured', step: 'CalcAction', instances: sampleResource(0xa1).instances })
    await settle()
    expect(io.out()).toBe('')
    client.change(A, rebuilt(A))
    await done
    expect(JSON.parse(io.out())).toMatchObject({
      accepted: true,
      resource: { configured_at: '2026-01-02T00:00:00.000Z' },
    })
    expect(client.listeners).toBe(0)
    expect(io.clock.pending).toBe(0)
  })

  it('says each step of the way once, on standard error', async () => {
    const io = memoryIo()
    const done = act(io, 'update', ['alpha'], { wait: true })
    await expect.poll(() => client.listeners).toBe(1)
    for (const step of ['ConfigureInstance', 'ConfigureInstance'] as const) client.change(A, { step, action: 'update' })
    await settle()
    client.change(A, rebuilt(A))
    await done
    expect(io.out()).toBe(`Update of router alpha (${A}) asked for.\n`)
    expect(io.err()).toBe('alpha: configured\nalpha: configured (ConfigureInstance)\nalpha: done\n')
  })

  it('over AMQP, for a whole id too: follows by questions from before the command was sent', async () => {
    client.via = 'amqp'
    const io = memoryIo()
    const done = act(io, 'rebuild', [A], { yes: true, wait: true })
    await expect.poll(() => client.listeners).toBe(1)
    client.change(A, { instance_state: 'booting', step: 'CheckBoot', action: 'rebuild' })
    client.change(A, rebuilt(A))
    await done
    expect(io.err()).toMatch(/alpha: booting[\s\S]*alpha: done/)
  })

  it('over AMQP, for all of them: waits for each instead of sending a wildcard that nobody can follow', async () => {
    client.via = 'amqp'
    const done = act(memoryIo(), 'update', [], { state: 'error', yes: true, wait: true })
    await expect.poll(() => client.listeners).toBe(1)
    for (const id of [B, C]) client.change(id, rebuilt(id))
    await done
    expect(client.acted).toEqual([`update ${B}`, `update ${C}`])
  })

  it('over AMQP, where nobody answers questions, refuses before anything is sent; without --wait it is sent unseen', async () => {
    client.via = 'amqp'
    client.away = new AstaraError('unreachable', 'no orchestrator answers')
    await expect(act(memoryIo(), 'update', [A], { wait: true })).rejects.toMatchObject({ code: 'unreachable' })
    expect(client.acted).toEqual([])
    await act(memoryIo(), 'update', [A])
    expect(client.acted).toEqual([`update ${A}`])
  })

  it('ends with 8 and the reason when time is over', async () => {
    const io = memoryIo()
    const done = ended(act(io, 'rebuild', ['alpha'], { yes: true, wait: true, timeout: 60 }))
    await expect.poll(() => client.listeners).toBe(1)
    client.change(A, { instance_state: 'booting', step: 'CheckBoot', action: 'rebuild', attempts: 3 })
    await settle()
    await io.clock.advance(60_000)
    expect(await done).toMatchObject({
      code: 'timeout',
      exit: 8,
      message: 'still pending after 60 s: booting (CheckBoot, attempt 3)',
    })
  })

  it('ends with 1 and the cause when it comes to an error', async () => {
    const io = memoryIo()
    const done = ended(act(io, 'rebuild', ['alpha'], { yes: true, wait: true }))
    await expect.poll(() => client.listeners).toBe(1)
    const last_error = { code: 'boot', message: 'no valid host', at: '2026-01-02T00:00:00.000Z', next_retry_at: null }
    client.change(A, { instance_state: 'error', step: 'CalcAction', last_error })
    expect(await done).toMatchObject({ code: 'failed', exit: 1, message: expect.stringContaining('no valid host') })
  })

  it('ends with 3 when it is deleted meanwhile', async () => {
    const done = ended(act(memoryIo(), 'update', ['alpha'], { wait: true }))
    await expect.poll(() => client.listeners).toBe(1)
    client.remove(A)
    expect(await done).toMatchObject({ code: 'not_found', exit: 3 })
  })

  it('of several, some pending and some done: exit 6', async () => {
    const io = memoryIo()
    const done = ended(act(io, 'rebuild', [], { state: 'error', yes: true, wait: true, timeout: 30 }))
    await expect.poll(() => client.listeners).toBe(1)
    client.change(B, rebuilt(B))
    await settle()
    await io.clock.advance(30_000)
    expect(await done).toMatchObject({ code: 'partial', exit: 6, details: { errors: [{ id: C, code: 'timeout' }] } })
  })

  it('outlives a restart of the orchestrator', async () => {
    const io = memoryIo()
    const done = act(io, 'update', ['alpha'], { wait: true })
    await expect.poll(() => client.listeners).toBe(1)
    client.away = new AstaraError('unreachable', 'connection refused')
    client.hangUp()
    await io.clock.advance(20_000)
    expect(client.listeners).toBe(0)
    client.away = null
    // Configured while nobody listened: a look finds it.
    const before = client.table.get(A)
    if (before) client.table.set(A, { ...before, ...rebuilt(A) })
    await io.clock.advance(10_000)
    await done
    expect(io.clock.pending).toBe(0)
  })

  it('looks calmly when there is no stream', async () => {
    const io = memoryIo()
    client.stream = () => {
      throw new AstaraError('not_implemented', 'none')
    }
    const done = ended(act(io, 'update', ['alpha'], { wait: true, timeout: 60 }))
    await settle()
    await io.clock.advance(60_000)
    expect(await done).toMatchObject({ code: 'timeout' })
    expect(client.asked.get).toBeLessThan(30)
  })

  it('Ctrl-C ends the waiting, not the work', async () => {
    const stop = new AbortController()
    const done = ended(act(memoryIo(), 'update', ['alpha'], { wait: true }, stop.signal))
    await expect.poll(() => client.listeners).toBe(1)
    stop.abort()
    expect(await done).toMatchObject({ code: 'interrupted', exit: 130, message: expect.stringContaining('goes on') })
  })
})
