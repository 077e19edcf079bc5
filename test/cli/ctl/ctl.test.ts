import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ActFlags, actOnSelection } from '../../../src/cli/ctl/act-on-selection.ts'
import { debugWorkers, listResources, poll, showResource } from '../../../src/cli/ctl/index.ts'
import type { Io } from '../../../src/cli/io.ts'
import type { OutputOptions } from '../../../src/cli/output.ts'
import { createAmqpClient, type OrchestratorClient } from '../../../src/client/index.ts'
import { ActionAccepted, ResourceAnswer, ResourceList, WorkerList } from '../../../src/contract/index.ts'
import { createMemoryTransport } from '../../../src/messaging/index.ts'
import { type AstaraError, systemClock } from '../../../src/shared/index.ts'
import { IMAGE, numberedId, TENANT_B } from '../../orchestrator/api/memory-port.ts'
import { settle } from '../../support/manual-clock.ts'
import { memoryIo } from '../memory-io.ts'
import { CORE, EDGE, LB, startOrchestrator } from './harness.ts'

let rig: Awaited<ReturnType<typeof startOrchestrator>>
beforeAll(async () => {
  rig = await startOrchestrator()
})
afterAll(() => rig.stop())
beforeEach(() => {
  rig.port.acted.length = 0
  rig.port.commands.length = 0
})

const output = (format: OutputOptions['format'] = 'table'): OutputOptions => ({
  format,
  columns: null,
  headers: true,
  sort: null,
})

interface Asked extends Partial<ActFlags> {
  readonly text?: string
  readonly action?: 'update' | 'rebuild'
  readonly driver?: 'router' | null
}

/** What `ctl router rebuild core` does, with changes. */
const act = (io: Io, client: OrchestratorClient, changes: Asked = {}) => {
  const { text = 'core', action = 'rebuild', driver = 'router', ...flags } = changes
  const signal = new AbortController().signal
  return actOnSelection({ io, client, signal }, action, driver, [text], {
    all: false,
    yes: false,
    json: false,
    ...flags,
  })
}

describe('list', () => {
  it('prints routers only, or everything', async () => {
    const routers = memoryIo()
    await listResources({ io: routers, client: rig.client, listing: { driver: 'router' }, output: output('name') })
    expect(routers.out().trim().split('\n')).toEqual([EDGE, CORE, numberedId(0x21)])
    const all = memoryIo()
    await listResources({ io: all, client: rig.client, listing: {}, output: output('name') })
    expect(all.out()).toContain(LB)
  })

  it('prints the object of the contract with --json, filtered', async () => {
    const io = memoryIo()
    const listing = { tenant: TENANT_B.replaceAll('-', '').toUpperCase() }
    await listResources({ io, client: rig.client, listing, output: output('json') })
    expect(ResourceList.parse(JSON.parse(io.out())).resources.map((r) => r.id)).toEqual([numberedId(0x21)])
  })

  it('says what there is none of', async () => {
    const io = memoryIo()
    await listResources({ io, client: rig.client, listing: { driver: 'router', name: 'none' }, output: output() })
    expect([io.out(), io.err()]).toEqual(['', 'No routers.\n'])
  })

  it('refuses a tenant that is none', async () => {
    const listed = listResources({ io: memoryIo(), client: rig.client, listing: { tenant: '../' }, output: output() })
    await expect(listed).rejects.toMatchObject({ code: 'usage', exit: 2 })
  })
})

describe('show', () => {
  it('finds by name and shows the instances too', async () => {
    const io = memoryIo()
    await showResource({ io, client: rig.client, text: 'core', driver: 'router', output: output() })
    expect(io.out()).toMatch(/^STATE +error$/m)
    expect(io.out()).toMatch(/^ID +NAME +STATUS +ALIVE +ADDRESS +BOOTED +IMAGE$/m)
    expect(io.out()).toContain('fdca:3ba5:a17a:acda::5')
  })

  it('finds by the beginning of an id and prints the object of the contract', async () => {
    const io = memoryIo()
    await showResource({ io, client: rig.client, text: '00000031', driver: null, output: output('json') })
    expect(ResourceAnswer.parse(JSON.parse(io.out())).resource.id).toBe(LB)
  })

  it('does not show a load balancer as a router', async () => {
    const shown = showResource({ io: memoryIo(), client: rig.client, text: 'lb', driver: 'router', output: output() })
    await expect(shown).rejects.toMatchObject({ code: 'not_found', exit: 3 })
  })
})

describe('update and rebuild', () => {
  it('updates without a question', async () => {
    const io = memoryIo({ terminal: true })
    await act(io, rig.client, { action: 'update', text: '00000012', reason: 'why' })
    expect(rig.port.acted).toMatchObject([{ id: CORE, request: { action: 'update', reason: 'why' } }])
    expect(io.out()).toBe(`Update of router core (${CORE}) asked for.\n`)
  })

  it.each([
    ['y\n', 1],
    ['\n', 0],
  ])('rebuilds after %j to a question that names the victim: %d', async (answer, times) => {
    const io = memoryIo({ terminal: true })
    const done = act(io, rig.client, { 'image-uuid': IMAGE.toUpperCase() }).catch((e: unknown) => e)
    await expect.poll(() => io.err()).toContain(`Rebuild router core (${CORE})? [y/N]`)
    expect(rig.port.acted).toEqual([])
    io.type(answer)
    const result = await done
    expect(rig.port.acted).toHaveLength(times)
    if (times === 1) expect(rig.port.acted[0]?.request).toMatchObject({ action: 'rebuild', imageUuid: IMAGE })
    else expect(result).toMatchObject({ code: 'refused', exit: 2 })
  })

  it('refuses to rebuild without a terminal and without --yes', async () => {
    await expect(act(memoryIo(), rig.client)).rejects.toMatchObject({
      code: 'refused',
      exit: 2,
      message: expect.stringContaining('core'),
    })
    expect(rig.port.acted).toEqual([])
  })

  it('prints the object of the contract with --json', async () => {
    const io = memoryIo()
    await act(io, rig.client, { yes: true, json: true })
    expect(ActionAccepted.parse(JSON.parse(io.out())).resource.id).toBe(CORE)
    const many = memoryIo()
    await act(many, rig.client, { text: 'error', yes: true, json: true })
    expect(JSON.parse(many.out())).toMatchObject({ accepted: true, resource: { id: CORE } })
  })

  it('does nothing for an ambiguous name', async () => {
    const done = act(memoryIo(), rig.client, { text: 'edge', yes: true })
    await expect(done).rejects.toMatchObject({ code: 'ambiguous', exit: 2 })
    expect(rig.port.acted).toEqual([])
  })

  it.each(['image-uuid', 'tenant'] as const)('S4: refuses a %s that is no UUID', async (field) => {
    const done = act(memoryIo(), rig.client, { [field]: '../x', yes: true })
    await expect(done).rejects.toMatchObject({ code: 'usage' })
    expect(rig.port.acted).toEqual([])
  })

  it.each([
    ['*', 'update', 'router', 'Update 3 routers'],
    ['*', 'rebuild', null, 'Rebuild 4 resources'],
  ] as const)(
    'pitfall D54: %s (%s) names what it hits and goes only with a confirmation',
    async (text, action, driver, deed) => {
      const refused = await act(memoryIo(), rig.client, { text, action, driver }).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'refused', exit: 2, message: expect.stringContaining(deed) })
      expect((refused as AstaraError).suggestions.join('\n')).toContain(`router edge (${EDGE}), configured`)
      expect(rig.port.acted).toEqual([])
      const io = memoryIo()
      await act(io, rig.client, { text, action, driver, yes: true, reason: 'why' })
      expect(rig.port.acted).toHaveLength(driver === null ? 4 : 3)
      expect(rig.port.acted[0]?.request).toMatchObject({ action, reason: 'why' })
      expect(io.out()).toMatch(/asked for\.\n$/)
    },
  )
})

describe('poll and workers', () => {
  it('polls', async () => {
    const io = memoryIo()
    await poll({ io, client: rig.client, json: false })
    expect(io.out()).toBe('Health check of 4 resource(s) asked for.\n')
    const json = memoryIo()
    await poll({ io: json, client: rig.client, json: true })
    expect(JSON.parse(json.out())).toEqual({ accepted: true, resources: 4 })
  })

  it('shows workers and what they do', async () => {
    const io = memoryIo()
    await debugWorkers({ io, client: rig.client, output: output() })
    expect(io.out()).toMatch(/^w0 +4242 +2026-01-01T00:00:00.000Z +2 +1 +1 +104857600/m)
    expect(io.out()).toMatch(new RegExp(`^w0 +${numberedId(1)}  CheckBoot`, 'm'))
    const json = memoryIo()
    await debugWorkers({ io: json, client: rig.client, output: output('json') })
    expect(WorkerList.parse(JSON.parse(json.out())).workers).toHaveLength(1)
  })
})

describe('over AMQP', () => {
  const overAmqp = (): OrchestratorClient =>
    createAmqpClient({
      transport: createMemoryTransport(),
      exchange: 'neutron',
      topic: 'notifications',
      attempts: 1,
      publisherId: 'x',
      timeoutMs: 5_000,
      clock: systemClock,
      target: 'memory',
    })

  it('acts on whole ids without a look, and says that nobody answers questions', async () => {
    const client = overAmqp()
    const io = memoryIo()
    await act(io, client, { text: CORE.replaceAll('-', ''), yes: true })
    expect(io.out()).toBe(`Rebuild of router ${CORE} asked for.\n`)
    await expect(act(io, client, { text: 'core', yes: true })).rejects.toMatchObject({
      code: 'unreachable',
    })
    await expect(listResources({ io, client, listing: {}, output: output() })).rejects.toMatchObject({
      code: 'unreachable',
      exit: 5,
    })
    await client.close()
  })

  it('asks for wildcards too, and reports what it knows', async () => {
    const client = overAmqp()
    const io = memoryIo()
    await expect(act(io, client, { text: '*' })).rejects.toMatchObject({ code: 'refused' })
    await act(io, client, { text: '*', yes: true })
    await poll({ io, client, json: false })
    await debugWorkers({ io, client, output: output() })
    expect(io.out()).toBe(
      'Rebuild of every router asked for.\nHealth check of every resource asked for.\n' +
        'Asked: every orchestrator writes its workers to its log.\n',
    )
    await client.close()
    await settle()
  })
})
