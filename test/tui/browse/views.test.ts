import { describe, expect, it } from 'vitest'
import type { TimelineEntry } from '../../../src/contract/index.ts'
import { BINDINGS } from '../../../src/tui/browse/bindings.ts'
import { consoleOf } from '../support/console.ts'
import { resourceOf, uuid, workerOf } from '../support/resources.ts'

async function started(over: Parameters<typeof consoleOf>[0] = {}) {
  const console = consoleOf(over)
  console.data.put(...Array.from({ length: 6 }, (_, i) => resourceOf(i + 1)))
  await console.settle()
  return console
}

const ESC = '\u001b'
const at = '2026-01-01T00:09:58.123Z'
const entry = (seq: number, over: Partial<TimelineEntry> = {}): TimelineEntry =>
  ({
    seq,
    at,
    type: 'step',
    step: 'CheckBoot',
    action: 'update',
    duration_ms: 12,
    result: 'ok',
    ...over,
  }) as TimelineEntry

describe('details', () => {
  it('open with Enter, on the resource that is selected, and close with Esc', async () => {
    const console = await started()
    console.press('j', 'enter')
    expect(console.lines()[2]).toMatch(/^Resources › router-2 .*\[summary\]/)
    expect(console.text()).toContain(uuid(2))
    expect(console.data.watched.detail).toBe(uuid(2))
    console.press('esc')
    expect(console.selectedLine()).toContain('router-2')
    expect(console.data.watched.detail).toBeNull()
  })

  it('have a live timeline, read from its end', async () => {
    const console = await started()
    console.press('enter', 'tab')
    const timeline = Array.from({ length: 40 }, (_, n) => entry(n))
    console.data.detail = { id: uuid(1), timeline, config: null, problem: null }
    console.data.changed()
    await console.settle()
    expect(console.lines().at(-3)).toContain('CheckBoot')
    console.data.detail = {
      ...console.data.detail,
      timeline: [
        ...timeline,
        entry(40, { type: 'state', from: 'booting', to: 'configured' } as Partial<TimelineEntry>),
      ],
    }
    console.data.changed()
    await console.settle()
    expect(console.lines().at(-3)).toContain('◔ booting → ● configured')
    // Who scrolls up wants to read.
    console.press('k')
    console.data.detail = { ...console.data.detail, timeline: [...console.data.detail.timeline, entry(41), entry(42)] }
    console.data.changed()
    const top = console.lines()[3]
    await console.settle()
    expect(console.lines()[3]).toBe(top)
  })

  it('light the current step in the state graph, with the ways on', async () => {
    const console = await started()
    console.data.put(resourceOf(1, { step: 'CheckBoot', instance_state: 'booting', revision: 100 }))
    await console.settle()
    console.press('enter', 'shift+tab', 'shift+tab')
    expect(console.lines()[2]).toContain('[graph]')
    expect(console.text()).toContain('║   *CheckBoot*   ║')
    expect(console.text()).toContain('│>ConfigureInstance│'.slice(0, 10))
    expect(console.text()).toContain('From CheckBoot the machine goes')
    expect(console.text()).toContain('→ ReplugInstance')
  })

  it('show the last configuration, what changed with it, and the ports', async () => {
    const console = await started()
    console.press('enter')
    console.data.detail = {
      id: uuid(1),
      timeline: [],
      problem: null,
      config: {
        resource_id: uuid(1),
        fingerprint: 'f00d',
        configured_at: at,
        config: {
          networks: [
            {
              network_type: 'internal',
              network_id: uuid(7),
              interface: { ifname: 'ge2', addresses: ['10.0.0.1/24'] },
              subnets: [{ cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1', dhcp_enabled: true }],
            },
          ],
          floating_ips: [{ floating_ip: '172.24.0.9', fixed_ip: '10.0.0.5' }],
        },
        changes: [{ path: 'floating_ips[172.24.0.9]', change: 'added', after: { fixed_ip: '10.0.0.5' } }],
      },
    }
    console.data.changed()
    await console.settle()
    console.press('tab', 'tab')
    expect(console.text()).toContain('ge2  10.0.0.1/24')
    expect(console.text()).toContain('172.24.0.9  to 10.0.0.5')
    console.press('tab')
    expect(console.text()).toContain('+ floating_ips[172.24.0.9]')
    expect(console.text()).toContain('"networks": [')
  })

  it('stand beside the timeline on a wide screen', async () => {
    const console = await started()
    console.model.resize({ columns: 160, rows: 50 })
    console.press('enter')
    console.data.detail = { id: uuid(1), timeline: [entry(1)], config: null, problem: null }
    console.data.changed()
    await console.settle()
    expect(console.text()).toMatch(/State .*│ Timeline/)
    expect(console.text()).toContain('step    CheckBoot')
  })

  it('say that the resource is gone', async () => {
    const console = await started()
    console.press('enter')
    console.data.remove(uuid(1))
    await console.settle()
    expect(console.text()).toContain(`${uuid(1)} is gone.`)
  })

  it('can be searched', async () => {
    const console = await started()
    console.press('enter', 'tab', 'tab', 'tab', 'tab', 'tab', '/')
    console.type('fingerprint')
    console.press('enter')
    expect(console.text()).toContain('"config_fingerprint"')
    console.press('n', 'N', 'esc')
    expect(console.model.state.text.search).toBe('')
  })
})

describe('other views', () => {
  it('show the workers', async () => {
    const console = await started()
    console.data.workers = new Map([
      ['worker-0', workerOf(0, { running: [{ resource_id: uuid(3), step: 'CheckBoot', since: at }] })],
    ])
    console.press('2')
    expect(console.data.watched.workers).toBe(true)
    expect(console.selectedLine()).toMatch(/worker-0\s+4000/)
    console.press('enter')
    expect(console.lines()[2]).toContain('Workers › Resources')
    expect(console.lines()[2]).toContain('/worker:worker-0')
    console.press('esc')
    expect(console.lines()[2]).toMatch(/^Workers/)
    expect(console.model.state.lists.resources.filter).toBe('')
  })

  it('sum up the tenants, those in trouble first', async () => {
    const console = await started()
    console.data.put(resourceOf(2, { instance_state: 'error', revision: 100 }))
    await console.settle()
    console.press('3')
    expect(console.selectedLine()).toContain(resourceOf(2).tenant_id.slice(0, 12))
    expect(console.selectedLine()).toContain('✗ 1 error')
    console.press('enter')
    expect(console.lines()[2]).toContain(`2/6`)
  })

  it('follow the events, until one wants to read', async () => {
    const console = await started()
    console.press('4')
    expect(console.text()).toContain('No events yet.')
    const log = (n: number): void => {
      console.data.events = new Map(
        Array.from({ length: n }, (_, i) => [
          `${i}`,
          { key: `${i}`, resource_id: uuid(1), entry: { ...entry(i), at: new Date(Date.parse(at) + i).toISOString() } },
        ]),
      )
      console.data.changed()
    }
    log(50)
    await console.settle()
    expect(console.lines().at(-3)).toMatch(/^> 00:09:58.172 router-1/)
    console.press('k')
    log(60)
    await console.settle()
    expect(console.selectedLine()).toContain('00:09:58.171')
    console.press('enter')
    expect(console.lines()[2]).toContain('router-1')
    expect(console.lines()[2]).toContain('[timeline]')
  })

  it('explain every key of the view', async () => {
    const console = await started()
    console.model.resize({ columns: 120, rows: 90 })
    console.press('?')
    const text = console.text()
    for (const binding of BINDINGS.filter(({ views }) => views.includes('resources')))
      expect(text).toContain(binding.help)
    expect(text).toContain('router [show|rebuild|update|debug|manage] <resource>')
    console.press('esc')
    expect(console.lines()[2]).toMatch(/^Resources/)
  })

  it('begin where they were told to', async () => {
    const console = await started({ view: 'tenants', filter: '' })
    expect(console.lines()[2]).toMatch(/^Tenants/)
  })
})

describe('connection', () => {
  it('lost: says so and for how long, keeps the last data, comes back', async () => {
    const console = await started()
    console.data.connection = {
      state: 'lost',
      since: console.clock.now(),
      problem: 'nobody answers at http://127.0.0.1:44250',
    }
    console.data.changed()
    await console.settle()
    expect(console.lines()[0]).toContain('✗ lost 0s ago, reconnecting: nobody answers')
    expect(console.text()).toContain('router-1')
    await console.clock.advance(15_000)
    expect(console.lines()[0]).toMatch(/lost 1[45]s ago/)
    console.data.connection = { state: 'live', since: console.clock.now(), problem: null }
    console.data.changed()
    await console.settle()
    expect(console.lines()[0]).toContain('● live')
  })

  it('lost: keeps the marks of what cannot be seen', async () => {
    const console = await started()
    console.press('space')
    console.data.connection = { state: 'lost', since: 0, problem: null }
    console.data.remove(uuid(1))
    await console.settle()
    expect(console.model.state.lists.resources.marks.size).toBe(1)
  })

  it('asks anew', async () => {
    const console = await started()
    console.press('ctrl+r')
    expect(console.data.reloads).toBe(1)
  })
})

describe('the command line', () => {
  it('completes with Tab and remembers with Up', async () => {
    const console = await started()
    console.press(':')
    console.type('wo')
    expect(console.lines().at(-2)).toContain(':workers')
    console.press('tab', 'enter')
    expect(console.lines()[2]).toMatch(/^Workers/)
    console.press(':', 'up', 'enter')
    expect(console.lines()[2]).toMatch(/^Workers/)
    console.press(':')
    console.type('router show router-')
    console.press('tab', 'tab', 'enter')
    expect(console.lines()[2]).toContain('router-2')
  })

  it('takes a pasted text as text, never as keys', async () => {
    const console = await started()
    console.model.paste('rqy\nry')
    expect(console.calls).toEqual([])
    expect(console.exits).toEqual([])
    console.press('/')
    console.model.paste('router-3\n')
    expect(console.model.state.lists.resources.filter).toBe('router-3 ')
  })
})

describe('the rest', () => {
  it('leaves with q, and with Ctrl-C from anywhere', async () => {
    const console = await started()
    console.press('q')
    console.press('r', 'ctrl+c', 'esc')
    console.press('/', 'q', 'ctrl+c')
    expect(console.exits).toEqual([0, 130, 130])
  })

  it('tells states without colour', async () => {
    const console = await started({ theme: 'mono' })
    const colour = new RegExp(`${ESC}\\[(3|9)\\d`)
    expect(console.model.getFrame().lines.join('')).not.toMatch(colour)
    const coloured = await started({ theme: 'dark' })
    expect(coloured.model.getFrame().lines.join('')).toContain('\u001b[32m● configured')
    expect(coloured.text()).toBe(console.text())
  })

  it('speaks ASCII where nothing else is spoken', async () => {
    const console = await started({ ascii: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
    expect(console.text()).toMatch(/^[\x00-\x7f]*$/)
    console.press('enter', 'esc', '3', '4', '2')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
    expect(console.lines().slice(0, -1).join('')).toMatch(/^[\x00-\x7f]*$/)
  })

  it('takes clicks and the wheel', async () => {
    const console = await started()
    console.model.pointer({ row: 6 })
    expect(console.selectedLine()).toContain('router-3')
    console.model.pointer({ lines: 2 })
    expect(console.selectedLine()).toContain('router-5')
  })
})
