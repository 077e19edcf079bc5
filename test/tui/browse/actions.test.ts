import { describe, expect, it } from 'vitest'
import { AstaraError } from '../../../src/shared/index.ts'
import { perform, reportText } from '../../../src/tui/browse/actions.ts'
import { BINDINGS } from '../../../src/tui/browse/bindings.ts'
import { readOnlyClient } from '../../../src/tui/browse/read-only.ts'
import type { PendingAction } from '../../../src/tui/browse/state.ts'
import { consoleOf } from '../support/console.ts'
import { resourceOf, uuid } from '../support/resources.ts'

async function started(over: Parameters<typeof consoleOf>[0] = {}) {
  const console = consoleOf(over)
  console.data.put(...Array.from({ length: 6 }, (_, i) => resourceOf(i + 1)))
  await console.settle()
  return console
}

describe('acting', () => {
  it('rebuilds what was asked about, not what stands there now', async () => {
    const console = await started()
    console.press('j', 'r')
    expect(console.text()).toContain(`Rebuild router-2 (${uuid(2)})`)
    // The list moves under the question.
    console.data.remove(uuid(1))
    console.data.put(resourceOf(0, { name: 'a-first' }), resourceOf(99, { name: 'b-second' }))
    await console.settle()
    console.press('y')
    await console.settle()
    expect(console.calls).toEqual([{ what: 'rebuild', id: uuid(2), detail: null }])
    expect(console.lines().at(-2)).toBe('Rebuild of router-2 asked for')
  })

  it('does nothing to a resource that went meanwhile, and says so', async () => {
    const console = await started()
    console.press('j', 'r')
    console.data.remove(uuid(2))
    await console.settle()
    console.press('y')
    await console.settle()
    expect(console.calls).toEqual([])
    expect(console.lines().at(-2)).toContain('gone')
  })

  it.each(['n', 'enter', 'esc', 'r', 'space'])('leaves it when the answer is %s', async (key) => {
    const console = await started()
    console.press('r', key)
    await console.settle()
    expect(console.calls).toEqual([])
    expect(console.lines().at(-2)).toBe('Nothing was done')
  })

  it('updates one at once', async () => {
    const console = await started()
    console.press('u')
    await console.settle()
    expect(console.calls).toEqual([{ what: 'update', id: uuid(1), detail: null }])
  })

  it('marks by id, through filters and sorting, and names what it hits', async () => {
    const console = await started()
    console.press('space', 'space', 'O', '/')
    console.type('router-2')
    console.press('enter')
    expect(console.lines()[2]).toContain('2 marked (1 hidden)')
    console.press('r')
    expect(console.text()).toContain('Rebuild 2 resources')
    expect(console.text()).toContain('router-1')
    // One key is not enough for many.
    console.press('y', 'enter')
    await console.settle()
    expect(console.calls).toEqual([])
    console.press('r')
    console.type('rebuild')
    console.press('enter')
    await console.settle()
    expect(console.calls.map(({ id }) => id).sort()).toEqual([uuid(1), uuid(2)])
    expect(console.lines().at(-2)).toContain('Rebuild of 2 resources asked for')
  })

  it('forgets the marks of what is gone', async () => {
    const console = await started()
    console.press('space', 'space')
    console.data.remove(uuid(1))
    await console.settle()
    expect([...console.model.state.lists.resources.marks]).toEqual([uuid(2)])
    console.press('U')
    expect(console.model.state.lists.resources.marks.size).toBe(0)
    console.press('M')
    expect(console.model.state.lists.resources.marks.size).toBe(5)
  })

  it('asks for the reason of a debug mode, and ends it with a yes', async () => {
    const console = await started()
    console.press('d')
    expect(console.text()).toContain('Reason')
    console.type('it flaps')
    console.press('enter')
    await console.settle()
    expect(console.calls).toEqual([{ what: 'debug', id: uuid(1), detail: 'it flaps' }])
    const mark = { scope: 'resource' as const, reason: 'it flaps', since: '2026-01-01T00:00:00.000Z', by: 'root' }
    console.data.put(resourceOf(1, { debug: mark, revision: 1_000 }))
    await console.settle()
    console.press('d', 'y')
    await console.settle()
    expect(console.calls.at(-1)).toEqual({ what: 'manage', id: uuid(1), detail: null })
  })

  it('says whose debug mode it is when it is not its own', async () => {
    const console = await started()
    const mark = { scope: 'global' as const, reason: null, since: '2026-01-01T00:00:00.000Z', by: null }
    console.data.put(resourceOf(1, { debug: mark, revision: 1_000 }))
    await console.settle()
    console.press('d')
    expect(console.lines().at(-2)).toContain(':global debug disable')
    expect(console.calls).toEqual([])
  })

  it('puts a tenant and the cluster into debug mode', async () => {
    const console = await started()
    console.press('3', 'd')
    console.type('move')
    console.press('enter', 'y')
    await console.settle()
    expect(console.calls.at(-1)?.what).toBe('debug tenant')
    console.press(':')
    console.type('global debug enable upgrade')
    console.press('enter')
    console.type('debug')
    console.press('enter')
    await console.settle()
    expect(console.calls.at(-1)).toEqual({
      what: 'debug global',
      id: '*',
      detail: { enabled: true, reason: 'upgrade' },
    })
  })

  it('logs in, copies, polls', async () => {
    const console = await started()
    console.press('s')
    await console.settle()
    expect(console.calls.at(-1)).toEqual({ what: 'ssh', id: uuid(1), detail: null })
    console.press('c')
    expect(console.copied).toEqual([uuid(1)])
    console.press('y')
    expect(JSON.parse(console.copied[1] ?? '').name).toBe('router-1')
    console.press(':')
    console.type('poll')
    console.press('enter')
    await console.settle()
    expect(console.calls.at(-1)?.what).toBe('poll')
  })

  it('goes to a resource only when the word means one', async () => {
    const console = await started()
    console.press(':')
    console.type('rebuild router')
    console.press('enter')
    expect(console.lines().at(-2)).toContain('can be any of 6')
    expect(console.model.state.mode.kind).toBe('normal')
    console.press(':')
    console.type('rebuild router-4')
    console.press('enter')
    expect(console.text()).toContain(`Rebuild router-4 (${uuid(4)})`)
  })
})

describe('read-only', () => {
  it('has no key and no command that changes anything', async () => {
    const console = await started({ readOnly: true })
    for (const { keys } of BINDINGS.filter((binding) => binding.dangerous)) console.press(...keys)
    for (const line of [
      'rebuild router-1',
      'update router-1',
      'debug router-1 x',
      'poll',
      'ssh router-1',
      'global debug enable',
      'tenant debug 000003e8 x',
    ]) {
      console.press(':')
      console.type(line)
      console.press('enter')
      expect(console.model.state.mode.kind, line).toBe('normal')
      expect(console.lines().at(-2), line).toContain('read-only')
    }
    await console.settle()
    expect(console.calls).toEqual([])
    expect(console.text()).not.toContain('rebuild')
    expect(console.lines()[0]).toContain('read-only')
  })

  it('is kept by the client too', async () => {
    const client = readOnlyClient({} as Parameters<typeof readOnlyClient>[0])
    const calls = [
      client.act(uuid(1), { action: 'rebuild' }),
      client.actOnMany('*', { action: 'update', driver: null }),
      client.poll(),
      client.setDebug({ scope: 'global' }, { enabled: true }),
      client.reloadConfig(),
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'not_allowed' })
  })
})

describe('carrying out', () => {
  const pending = (ids: readonly string[]): PendingAction => ({
    action: 'rebuild',
    target: { kind: 'resource', ids },
    reason: null,
  })
  const resources = (n: number) => new Map(Array.from({ length: n }, (_, i) => [uuid(i), resourceOf(i)]))

  it('asks for eight at a time', async () => {
    let now = 0
    let most = 0
    const client = {
      async act() {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setImmediate(resolve))
        now--
        return { accepted: true as const, resource: null }
      },
    } as unknown as Parameters<typeof perform>[1]['client']
    const ids = Array.from({ length: 50 }, (_, i) => uuid(i))
    const report = await perform(pending(ids), {
      client,
      resources: () => resources(50),
      signal: new AbortController().signal,
    })
    expect(report.done).toHaveLength(50)
    expect(most).toBe(8)
  })

  it('reports what failed and what to do', async () => {
    const client = {
      act: () =>
        Promise.reject(new AstaraError('refused', 'it is in debug mode', { suggestions: ['Manage it first.'] })),
    } as unknown as Parameters<typeof perform>[1]['client']
    const report = await perform(pending([uuid(1)]), {
      client,
      resources: () => resources(3),
      signal: new AbortController().signal,
    })
    expect(reportText(pending([uuid(1)]), report, () => 'r1')).toBe(
      'Rebuild of r1 failed: it is in debug mode. Manage it first.',
    )
  })
})
