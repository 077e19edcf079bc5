import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { OrchestratorClient } from '../../../src/client/index.ts'
import { PlainConsole } from '../../../src/tui/browse/plain.ts'
import { ManualClock, settle } from '../../support/manual-clock.ts'
import { type Call, MemoryData } from '../support/console.ts'
import { resourceOf, uuid } from '../support/resources.ts'

let end: () => void = () => undefined
afterEach(() => end())

async function started({
  connecting = false,
  ...over
}: {
  readOnly?: boolean
  filter?: string
  connecting?: boolean
} = {}) {
  const data = new MemoryData()
  if (connecting) data.connection = { state: 'connecting', since: 0, problem: null }
  data.put(resourceOf(1), resourceOf(2), resourceOf(3, { name: '\u001b[31mred' }))
  const printed: string[] = []
  const calls: Call[] = []
  const input = new PassThrough()
  const stop = new AbortController()
  const client = {
    act: async (id: string, { action, reason }: { action: string; reason?: string }) => {
      calls.push({ what: action, id, detail: reason ?? null })
      return { accepted: true as const, resource: null }
    },
    poll: async () => ({ accepted: true as const, resources: 3 }),
  } as unknown as OrchestratorClient
  const running = new PlainConsole({
    data,
    client,
    clock: new ManualClock(),
    input,
    print: (line) => printed.push(line),
    filter: '',
    readOnly: false,
    signal: stop.signal,
    ...over,
  }).run()
  end = () => stop.abort()
  await settle()
  return {
    data,
    printed,
    calls,
    running,
    stop,
    async type(...lines: readonly string[]): Promise<string[]> {
      const before = printed.length
      for (const line of lines) {
        input.write(`${line}\n`)
        await settle()
      }
      return printed.slice(before)
    },
  }
}

describe('the console in plain lines', () => {
  it('says all that there is, then only what changes', async () => {
    const console = await started()
    expect(console.printed).toContain(`router-1 (00000001): configured, 1 of 1 instances alive`)
    expect(console.printed.at(-1)).toBe('3 of 3 resources')
    expect(console.printed.join('')).not.toContain('\u001b')
    const before = console.printed.length
    console.data.put(resourceOf(1, { revision: 9 }))
    console.data.put(resourceOf(2, { instance_state: 'booting', revision: 10 }))
    console.data.remove(uuid(1))
    expect(console.printed.slice(before)).toEqual([
      'router-2 (00000002): booting, 1 of 1 instances alive',
      `${uuid(1)} is gone`,
    ])
  })

  it('says only what the filter lets through', async () => {
    const console = await started({ filter: 'name:router-2' })
    expect(console.printed.at(-1)).toBe('1 of 3 resources')
    const before = console.printed.length
    console.data.put(resourceOf(1, { instance_state: 'error', revision: 9 }))
    expect(console.printed.length).toBe(before)
  })

  it('asks before it acts, and takes only a yes', async () => {
    const console = await started()
    expect(await console.type('rebuild router-1 old image')).toEqual([
      `Rebuild router-1 (${uuid(1)})? Type yes to do it.`,
    ])
    expect(await console.type('no')).toEqual(['Nothing was done'])
    expect(await console.type(':rebuild router-1 old image', 'yes')).toContain('Rebuild of router-1 asked for')
    expect(console.calls).toEqual([{ what: 'rebuild', id: uuid(1), detail: 'old image' }])
  })

  it('keeps what is piped in before the first list until there is one, or nobody answers', async () => {
    const console = await started({ connecting: true })
    expect(await console.type('rebuild router-1', 'yes')).toEqual([])
    console.data.connection = { state: 'live', since: 0, problem: null }
    console.data.changed()
    await settle()
    expect(console.printed).toContain('Rebuild of router-1 asked for')

    const alone = await started({ connecting: true })
    await alone.type('update nosuch')
    alone.data.connection = { state: 'lost', since: 0, problem: 'refused' }
    alone.data.changed()
    await settle()
    expect(alone.printed.at(-1)).toContain('nosuch')
  })

  it('leaves at once while it is still connecting', async () => {
    const console = await started({ connecting: true })
    await console.type('update router-1')
    await console.type('help')
    console.stop.abort()
    await console.running
    const other = await started({ connecting: true })
    await other.type('quit')
    await other.running
  })

  it('never acts when it is read-only', async () => {
    const console = await started({ readOnly: true })
    expect(await console.type('rebuild router-1', 'yes')).toEqual([
      'Error: this console is read-only',
      expect.stringContaining('there is no command'),
    ])
    expect(console.calls).toEqual([])
  })

  it('shows one resource, the tenants, the commands', async () => {
    const console = await started()
    expect((await console.type('show router-1')).join()).toContain('there is no command')
    expect((await console.type('router show router-1')).join('\n')).toMatch(/State\s+\+ configured/)
    expect((await console.type('tenants')).join('\n')).toContain(': 1 resources')
    expect((await console.type('help')).length).toBeGreaterThan(10)
    expect(await console.type('theme dark')).toEqual(['Error: theme needs the full screen'])
  })

  it('says when the connection is lost and back', async () => {
    const console = await started()
    console.data.connection = { state: 'lost', since: 0, problem: 'nobody answers' }
    console.data.changed()
    console.data.connection = { state: 'live', since: 0, problem: null }
    console.data.changed()
    expect(console.printed.slice(-2)).toEqual(['connection lost, reconnecting: nobody answers', 'connected'])
  })

  it('ends with quit', async () => {
    const console = await started()
    await console.type('quit')
    await console.running
  })
})
