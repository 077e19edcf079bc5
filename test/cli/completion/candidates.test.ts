import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CandidateKind, printCandidates } from '../../../src/cli/completion/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { numberedId, sampleResource } from '../../orchestrator/api/memory-port.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { FakeOrchestrator } from '../ctl/fake-client.ts'

let home: string
let clock: ManualClock
let client: FakeOrchestrator
const refreshed: string[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'astara-candidates-'))
  clock = new ManualClock()
  refreshed.length = 0
  client = new FakeOrchestrator([
    sampleResource(0xa1, { name: 'edge' }),
    sampleResource(0xa2, { name: 'core', instance_state: 'error' }),
    sampleResource(0xb1, { name: 'lb', driver: 'loadbalancer' }),
  ])
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

async function press(kind: CandidateKind, prefix = '', changes: object = {}): Promise<string[]> {
  let out = ''
  await printCandidates(kind, prefix, {
    env: { HOME: home },
    clock,
    startedAt: clock.monotonic(),
    open: async () => client,
    refresh: () => refreshed.push(kind),
    profiles: async () => [{ word: 'lab', about: 'http://x' }],
    print: (text) => {
      out += text
    },
    ...changes,
  })
  return out.split('\n').filter((line) => line !== '')
}
const A = numberedId(0xa1)

describe('what can be completed', () => {
  it('ids with names and states, and names that only one has', async () => {
    expect(await press('routers')).toEqual([
      `${A}\tedge configured`,
      'edge\tconfigured',
      `${numberedId(0xa2)}\tcore error`,
      'core\terror',
    ])
    expect(await press('routers', A.slice(0, 8))).toEqual([`${A}\tedge configured`])
    expect(await press('resources', 'lb')).toEqual(['lb\tconfigured'])
    expect(await press('profiles')).toEqual(['lab\thttp://x'])
  })

  it.each(['two words', '$(reboot)', '-rf', 'a;b', "it's", '\u001b[31mred', 'a\nb', 'x'.repeat(65), '~root', ''])(
    'never offers the name %j, which a shell would not take as one plain word',
    async (name) => {
      client.change(A, { name })
      const words = (await press('routers')).map((line) => line.split('\t')[0])
      expect(words).toEqual([A, numberedId(0xa2), 'core'])
      expect((await press('routers')).join('')).not.toContain('\u001b')
    },
  )

  it('of a great many, some from all over, so that a shell puts in nothing that only the first have in common', async () => {
    client = new FakeOrchestrator(Array.from({ length: 10_000 }, (_, i) => sampleResource(i * 400_000)))
    const words = (await press('routers')).map((line) => line.split('\t')[0] ?? '')
    expect(words).toHaveLength(200)
    expect(new Set(words.map((word) => word[0])).size).toBeGreaterThan(10)
    const under = (await press('routers', '0')).map((line) => line.split('\t')[0] ?? '')
    expect(under).toHaveLength(200)
    expect(new Set(under.map((word) => word[1])).size).toBe(16)
  })

  it('offers no name that two have', async () => {
    client.change(A, { name: 'core' })
    expect((await press('routers', 'core')).length).toBe(0)
  })
})

describe('a person who presses Tab', () => {
  it('pressing again soon asks nobody', async () => {
    await press('routers')
    await press('routers', 'e')
    expect(client.asked.list).toBe(1)
    await clock.advance(6_000)
    await press('routers')
    expect(client.asked.list).toBe(2)
  })

  it('gets the answer of last time when nobody answers, and nothing when there was none', async () => {
    client.away = new AstaraError('unreachable', 'gone')
    expect(await press('routers')).toEqual([])
    client.away = null
    const before = await press('routers')
    await clock.advance(60_000)
    client.away = new AstaraError('unreachable', 'gone')
    expect(await press('routers')).toEqual(before)
    expect(refreshed).toEqual([])
  })

  it('waits 300 ms and no longer, start-up included', async () => {
    await press('routers')
    await clock.advance(60_000)
    client.names = (_query, options) =>
      new Promise((_resolve, reject) => {
        const { signal } = options ?? {}
        const end = (): void => reject(new AstaraError('interrupted', 'x'))
        if (signal?.aborted) end()
        else signal?.addEventListener('abort', end)
      })
    const startedAt = clock.monotonic() - 100
    const pressed = press('routers', 'edge', { startedAt })
    await vi.waitFor(() => expect(clock.pending).toBe(1))
    await clock.advance(199)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    expect(await pressed).toEqual(['edge\tconfigured'])
    expect(clock.pending).toBe(0)
    // The look goes on elsewhere, for the next time.
    expect(refreshed).toEqual(['routers'])
  })

  it('a look in the background has more time', async () => {
    client.names = async (_query, options) => {
      await clock.sleep(5_000, options?.signal)
      return { names: [...client.table.values()] }
    }
    const looked = press('routers', 'edge', { refresh: null })
    // The cache is read from a real disk first: time may move only when both timers stand.
    await vi.waitFor(() => expect(clock.pending).toBe(2))
    await clock.advance(4_999)
    expect(clock.pending).toBe(2)
    await clock.advance(1)
    expect(await looked).toEqual(['edge\tconfigured'])
  })

  it('keeps what it knows to itself', async () => {
    await press('routers')
    const folder = join(home, '.cache/astara/completion')
    expect(statSync(folder).mode & 0o077).toBe(0)
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600])
  })
})
