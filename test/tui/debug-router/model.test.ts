import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { DebuggerOptions } from '../../../src/orchestrator/debugger/index.ts'
import { AstaraError, escapeControls } from '../../../src/shared/index.ts'
import { DebugModel } from '../../../src/tui/debug-router/model.ts'
import { widthOf } from '../../../src/tui/text.ts'
import { themeOf } from '../../../src/tui/theme.ts'
import { ROUTER_ID, scriptedDebugger } from '../../orchestrator/debugger/scripted.ts'

const NAMED = new Set([
  'enter',
  'esc',
  'space',
  'up',
  'down',
  'pagedown',
  'pageup',
  'home',
  'end',
  'backspace',
  'ctrl+c',
])

/** A debugger's screen over a world of one live, unconfigured router. */
async function screenOf(
  options: Partial<DebuggerOptions> & {
    readonly dryRun?: boolean
    readonly name?: string
    readonly held?: boolean
  } = {},
) {
  const { name = 'r1', held = true, ...others } = options
  let changed = (): void => {}
  const s = scriptedDebugger({ ...others, onChange: () => changed() })
  s.world.alive = true
  let left = false
  const model = new DebugModel({
    debug: s.debug,
    subject: { id: ROUTER_ID, name, orchestrator: others.dryRun ? null : { target: 'http://there', held } },
    theme: themeOf('mono'),
    clock: s.clock,
    exit: () => {
      left = true
    },
  })
  changed = () => model.changed()
  const lines = (): readonly string[] => model.getFrame().lines.map((line) => stripVTControlCharacters(line))
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      model.press({ key, text: NAMED.has(key) ? (key === 'space' ? ' ' : '') : key })
      await s.clock.advance(0)
    }
  }
  const type = (text: string): Promise<void> => press(...[...text].map((c) => (c === ' ' ? 'space' : c)))
  model.start()
  await s.clock.advance(0)
  return { ...s, model, press, type, lines, text: () => lines().join('\n'), left: () => left }
}

describe('the screen of debug-router', () => {
  it('shows the graph, the step, the action, the queue, the instance state, and what the next step asks', async () => {
    const s = await screenOf()
    expect(s.text()).toMatch(/step CalcAction +action poll +instance . up/)
    expect(s.text()).toContain('queue empty')
    expect(s.text()).toContain('*CalcAction*')
    expect(s.text()).toContain('>Alive')
    expect(s.text()).toContain('next  CalcAction asks nobody, and goes to Alive')
    expect(s.text()).toContain('in debug mode')
    expect(s.text()).toContain('#1   look')
  })

  it('s takes one step, n goes to the next CalcAction, r to rest', async () => {
    const s = await screenOf()
    await s.press('s')
    expect(s.text()).toContain('next  Alive asks: update_state')
    expect(s.text()).toContain('*Alive*')
    await s.press('n')
    expect(s.debug.machine).toMatchObject({ step: 'CalcAction', instance_state: 'configured' })
    expect(s.text()).toContain('There.')
    await s.press('r')
    expect(s.text()).toContain('At rest')
  })

  it('u chooses what to run until; a name is typed', async () => {
    const s = await screenOf()
    await s.press('u')
    expect(s.text()).toContain('Step until')
    await s.press('s')
    await s.type('ConfigureInstance')
    await s.press('enter')
    expect(s.debug.machine.step).toBe('ConfigureInstance')
    await s.press('u', 'c')
    expect(s.debug.machine.instance_state).toBe('configured')
  })

  it('i injects; a delete is asked twice, the second time by typing', async () => {
    const s = await screenOf()
    await s.press('i', 'u')
    expect(s.text()).toContain('queue update (debugger, forced)')
    await s.press('i', 'd')
    expect(s.text()).toContain(`Delete the instances of r1 (${ROUTER_ID})?`)
    await s.press('n')
    expect(s.debug.needsLook).toBe(false)
    await s.press('i', 'd', 'y')
    expect(s.text()).toContain('Really? Type 5f3c1a52')
    await s.type('yes')
    await s.press('enter')
    expect(s.debug.needsLook).toBe(false)
    expect(s.text()).toContain('Nothing was done.')
    await s.press('i', 'd', 'y')
    await s.type('5f3c1a52')
    await s.press('enter')
    expect(s.debug.machine.queue.map(({ action }) => action)).toContain('delete')
  })

  it('a failure is shown with its cause; t takes the step again, a lets it stand', async () => {
    const s = await screenOf()
    s.world.failures.set('configure', 2)
    await s.press('r')
    expect(s.text()).toContain('failed, still ConfigureInstance')
    expect(s.text()).toContain('configure failed')
    expect(s.text()).toContain('t retry')
    await s.press('enter')
    expect(s.text()).toContain('Exception')
    await s.press('esc', 't')
    expect(s.debug.machine.step).toBe('ConfigureInstance')
    await s.press('a')
    expect(s.debug.machine.step).toBe('CalcAction')
    expect(s.text()).toContain('The failure stands.')
  })

  it('o pretends; without a dry run it asks first', async () => {
    const real = await screenOf()
    await real.press('o', '1')
    expect(real.text()).toContain('This is no dry run')
    await real.press('n')
    expect(real.debug.pretences).toEqual([])
    await real.press('o', '1', 'y')
    expect(real.text()).toContain('pretending: the appliance does not answer')
    await real.press('o')
    expect(real.text()).toContain('[x] the appliance does not answer')
    await real.press('1')
    expect(real.debug.pretences).toEqual([])
    const dry = await screenOf({ dryRun: true })
    await dry.press('o', '4')
    expect(dry.debug.pretences).toEqual(['boot-failed'])
    expect(dry.text()).toContain('DRY RUN')
  })

  it('v looks into things and shows what came', async () => {
    const s = await screenOf({
      inspector: {
        router: async () => ({ name: 'evil\u001b[2J', ports: [] }),
        ports: async () => [],
        instances: async () => null,
        interfaces: async () => {
          throw new Error('no answer')
        },
        config: async () => ({
          rendered: [
            {
              name: 'i0',
              compared_with: 'the last one',
              changes: [{ path: 'hostname', change: 'changed', before: 'a', after: 'b' }],
              total_changes: 1,
              config: { hostname: 'b' },
            },
          ],
        }),
      },
    })
    await s.press('v', '1')
    expect(s.text()).toContain('evil')
    expect(s.model.getFrame().lines.join('')).not.toContain('\u001b[2J')
    await s.press('esc', 'v', '5')
    expect(s.text()).toContain('~ hostname: a -> b')
    await s.press('esc', 'v', '4')
    expect(s.text()).toContain('no answer')
  })

  it('esc stops a run after the step under way, and shows what is waited for meanwhile', async () => {
    const s = await screenOf()
    s.world.alive = false
    s.world.looksToBoot = 100
    await s.press('s')
    await s.press('r')
    expect(s.text()).toContain('waits for boot: 1.0 s left')
    await s.press('s')
    expect(s.text()).toContain('A step is under way')
    await s.press('esc')
    expect(s.text()).toContain('Stopped.')
    expect(s.debug.waiting).toBeNull()
  })

  it('asks before it leaves while a step is under way', async () => {
    const s = await screenOf()
    s.world.alive = false
    s.world.looksToBoot = 100
    await s.press('r', 'q')
    expect(s.text()).toContain('Break it off and leave?')
    expect(s.left()).toBe(false)
    await s.press('y')
    expect(s.left()).toBe(true)
    await s.model.stop()
  })

  it('says what the guard says, and takes no step', async () => {
    const s = await screenOf({
      guard: async () => {
        throw new AstaraError('refused', 'the router is not in debug mode any more')
      },
    })
    await s.press('s')
    expect(s.text()).toContain('not in debug mode any more')
    expect(s.debug.history).toHaveLength(1)
  })

  it(': takes the commands of scripts', async () => {
    const s = await screenOf()
    await s.press(':')
    await s.type('step 2')
    await s.press('enter')
    expect(s.debug.machine.step).toBe('ConfigureInstance')
    await s.press(':')
    await s.type('stpe')
    await s.press('enter')
    expect(s.text()).toContain('Did you mean step?')
  })

  it('says loudly when nobody was asked', async () => {
    const s = await screenOf({ held: false })
    expect(s.text()).toContain('OFFLINE: nobody was asked')
  })

  it.each([
    [80, 24],
    [160, 50],
    [60, 16],
    [300, 80],
    [20, 5],
  ])('fills %i×%i exactly, in every mode, with hostile names', async (columns, rows) => {
    const s = await screenOf({ name: `\u001b[31mrot\n\u202e${'字👩‍👩‍👧'.repeat(500)}` })
    s.model.resize({ columns, rows })
    for (const keys of [
      [],
      ['s'],
      ['?'],
      ['end'],
      ['esc'],
      ['u'],
      ['x'],
      ['o'],
      ['x'],
      ['i', 'd'],
      ['n'],
      [':'],
      ['esc'],
      ['g'],
    ]) {
      await s.press(...keys)
      expect(s.lines()).toHaveLength(rows)
      for (const line of s.lines()) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      for (const line of s.lines()) expect(escapeControls(line)).toBe(line)
    }
  })

  it('moves through steps and calls by their names: what is selected stays so when more come', async () => {
    const s = await screenOf()
    await s.press('s', 's', 'home', 'enter')
    expect(s.text()).toContain('#1 look')
    await s.press('esc', 'end', 'enter')
    expect(s.text()).toContain('#3 Alive')
  })
})
