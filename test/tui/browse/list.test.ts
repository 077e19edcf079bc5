import { describe, expect, it } from 'vitest'
import { consoleOf } from '../support/console.ts'
import { resourceOf, uuid } from '../support/resources.ts'

/** The only control sequences there may be. */
const ESC = '\u001b'
const COLOUR = new RegExp(`${ESC}\\[[\\d;]*m`, 'g')
const many = (n: number) => Array.from({ length: n }, (_, i) => resourceOf(i + 1))

async function started(n = 30) {
  const console = consoleOf()
  console.data.put(...many(n))
  await console.settle()
  return console
}

describe('the list of resources', () => {
  it('fills exactly the screen, 80×24', async () => {
    const { lines, widest } = await started()
    expect(lines()).toHaveLength(24)
    expect(widest()).toBeLessThanOrEqual(80)
    expect(lines()[0]).toMatch(/^astara {2}http:\/\/127\.0\.0\.1:44250 .* ● live$/)
    expect(lines()[1]).toBe('30 resources  ● 30 configured')
    expect(lines()[4]).toMatch(/^> ● configured router-1 /)
  })

  it('shows state, name and why, in other sizes too', async () => {
    const console = await started()
    for (const [columns, rows] of [
      [40, 10],
      [160, 50],
      [300, 80],
    ] as const) {
      console.model.resize({ columns, rows })
      expect(console.lines()).toHaveLength(rows)
      expect(console.widest()).toBeLessThanOrEqual(columns)
      expect(console.text()).toContain('router-1')
    }
    console.model.resize({ columns: 30, rows: 8 })
    expect(console.lines()).toHaveLength(8)
    expect(console.text()).toContain('Too small')
  })

  it('keeps the selection on its resource when others come and go', async () => {
    const console = await started()
    console.press('j', 'j')
    expect(console.selectedLine()).toContain('router-3 ')
    console.data.put(resourceOf(500, { name: 'a-new-one' }))
    console.data.remove(uuid(1))
    await console.settle()
    expect(console.selectedLine()).toContain('router-3 ')
    console.press('O')
    expect(console.selectedLine()).toContain('router-3 ')
  })

  it('tells why the selected one is in trouble', async () => {
    const console = await started(3)
    console.data.put(
      resourceOf(1, {
        instance_state: 'error',
        last_error: {
          code: 'quota',
          message: 'Nova said: quota exceeded',
          at: '2026-01-01T00:09:00.000Z',
          next_retry_at: '2026-01-01T00:11:00.000Z',
        },
      }),
    )
    await console.settle()
    expect(console.text()).toContain('✗ error')
    expect(console.lines().at(-2)).toBe('router-1: Nova said: quota exceeded  (again at 00:11:00 UTC)')
  })

  it('draws nothing while nothing visible changes', async () => {
    const console = await started(100)
    const before = console.frames
    // Not on the screen, and no total changes with it.
    console.data.put(resourceOf(90, { revision: 1_000, attempts: 1 }))
    await console.settle()
    // On the screen, but in a column that is not.
    console.data.put(resourceOf(2, { revision: 1_001, attempts: 1 }))
    await console.settle()
    expect(console.frames).toBe(before)
    console.data.put(resourceOf(2, { revision: 1_002, instance_state: 'booting' }))
    await console.settle()
    expect(console.frames).toBe(before + 1)
  })

  it('shows many changes in one frame', async () => {
    const console = await started(20)
    const before = console.frames
    for (let n = 1; n <= 15; n++) console.data.put(resourceOf(n, { instance_state: 'booting', revision: 100 + n }))
    await console.settle()
    expect(console.frames).toBe(before + 1)
    expect(console.lines()[1]).toBe('20 resources  ◔ 15 booting  ● 5 configured')
  })

  it('lets ages grow by itself, and is quiet in between', async () => {
    const console = await started(3)
    await console.clock.advance(60_000)
    const age = (): string => /\s(\d+m)\s/.exec(console.lines()[4] ?? '')?.[1] ?? ''
    const before = age()
    await console.clock.advance(60_000)
    expect(age()).not.toBe(before)
  })
})

describe('filter', () => {
  it('acts as one types, and goes with Esc', async () => {
    const console = await started()
    console.press('/')
    console.type('router-2')
    expect(console.text()).toContain('11/30')
    expect(console.lines().at(-2)).toContain('/router-2')
    console.press('enter')
    expect(console.text()).toContain('/router-2')
    console.press('esc')
    expect(console.text()).not.toContain('11/30')
  })

  it('comes back as it was when one changes one’s mind', async () => {
    const console = await started()
    console.press('/')
    console.type('router-2')
    console.press('esc')
    expect(console.model.state.lists.resources.filter).toBe('')
    expect(console.lines()[4]).toContain('router-1')
  })

  it('says what is wrong and leaves the list alone', async () => {
    const console = await started()
    console.press('/')
    console.model.paste('nosuch:1')
    expect(console.text()).toContain('there is no field "nosuch"')
    expect(console.text()).toContain('router-1')
  })

  it('knows states and times', async () => {
    const console = await started(3)
    console.data.put(resourceOf(3, { instance_state: 'error' }))
    await console.settle()
    console.press('/')
    console.type('state:error')
    console.press('enter')
    expect(console.selectedLine()).toContain('router-3')
    expect(console.lines()[2]).toContain('1/3')
  })

  it('is remembered by each view', async () => {
    const console = await started()
    console.press('/')
    console.type('router-2')
    console.press('enter', '2', '1')
    expect(console.lines()[2]).toContain('/router-2')
  })
})

describe('sorting', () => {
  it('goes from column to column, turns around, and says so', async () => {
    const console = await started()
    expect(console.lines()[3]).toContain('NAME▲')
    console.press('O')
    expect(console.lines()[3]).toContain('NAME▼')
    console.press('g')
    expect(console.lines()[4]).toContain('router-30 ')
    console.press('>')
    expect(console.lines()[3]).toContain('ID▲')
    console.press('<', '<')
    expect(console.lines()[3]).toContain('STATE▲')
  })

  it('knows numbers in names', async () => {
    const console = await started(12)
    const names = console
      .lines()
      .slice(4, 16)
      .map((line) => /router-\d+/.exec(line)?.[0])
    expect(names.slice(0, 3)).toEqual(['router-1', 'router-2', 'router-3'])
    expect(names.at(-1)).toBe('router-12')
  })

  it('goes by command too', async () => {
    const console = await started()
    console.press(':')
    console.type('sort age:desc')
    console.press('enter')
    expect(console.lines()[3]).toContain('AGE▼')
    console.press(':')
    console.type('sort agee')
    console.press('enter')
    expect(console.lines().at(-2)).toBe('there is no column "agee"; did you mean age?')
  })
})

describe('columns', () => {
  it('are chosen, and stay chosen', async () => {
    const console = await started()
    console.press('C')
    expect(console.text()).toContain('[x] state')
    expect(console.text()).toContain('[ ] driver')
    console.press('space', 'enter')
    expect(console.lines()[3]).not.toContain('STATE')
    console.press('C', '0', 'enter')
    expect(console.lines()[3]).toContain('STATE')
  })

  it('go by command, in the order that was typed', async () => {
    const console = await started()
    console.press(':')
    console.type('columns age,name')
    console.press('enter')
    expect(console.lines()[3]).toMatch(/^\s+AGE NAME▲/)
  })
})

describe('names of tenants', () => {
  it.each([
    ['escape sequences', '\u001b[31mred\u001b]52;c;aGk=\u0007'],
    ['line breaks', 'one\r\ntwo'],
    ['direction marks', 'abc\u202edef'],
    ['5,000 characters', 'x'.repeat(5_000)],
    ['wide letters', '日本語のルータ'],
    ['pictures', '👨‍👩‍👧‍👦🇩🇪❤️👍🏽'],
    ['piled marks', `Z${'\u0351'.repeat(200)}`],
  ])('with %s are shown, not obeyed, and break no line', async (_what, name) => {
    const console = await started(3)
    console.data.put(
      resourceOf(2, {
        name,
        last_error: { code: 'x', message: name, at: '2026-01-01T00:00:00.000Z', next_retry_at: null },
      }),
    )
    await console.settle()
    for (const keys of [[], ['enter'], ['tab'], ['tab'], ['tab'], ['tab'], ['tab'], ['esc'], ['r'], ['esc'], [':']]) {
      console.press(...keys)
      const raw = console.model.getFrame().lines
      expect(raw).toHaveLength(24)
      for (const line of raw) {
        // Only the colours that this program sets itself.
        expect(line.replaceAll(COLOUR, '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      }
      expect(console.widest()).toBeLessThanOrEqual(80)
    }
  })
})
