import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Painter } from '../../src/tui/painter.ts'
import { filled, widthOf } from '../../src/tui/text.ts'
import { THEME_NAMES, themeOf } from '../../src/tui/theme.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are spoken to in control characters
const SEQUENCE = /(\u001b\[[0-9;?]*[A-Za-z])/

/** A terminal that understands what is painted with, and nothing else: an unknown sequence is an error. */
class Terminal {
  readonly columns: number
  readonly rows: number
  cells: string[][] = []
  bytes = 0
  #row = 0
  #column = 0
  #styles = new Map<string, string>()

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#clear()
  }

  write(text: string): void {
    this.bytes += Buffer.byteLength(text)
    const pieces = text.split(SEQUENCE)
    for (const piece of pieces) {
      if (piece.startsWith('\u001b')) this.#obey(piece.slice(2, -1), piece.at(-1) ?? '')
      else for (const { segment } of new Intl.Segmenter().segment(piece)) this.#put(segment)
    }
  }

  #clear(): void {
    this.cells = Array.from({ length: this.rows }, () => Array<string>(this.columns).fill(' '))
  }

  #obey(parameters: string, final: string): void {
    if (final === 'H') {
      const [row = 1, column = 1] = parameters.split(';').map(Number)
      this.#row = row - 1
      this.#column = column - 1
    } else if (final === 'J') this.#clear()
    // A cursor behind the last column stands on it.
    else if (final === 'K') this.#line().fill(' ', Math.min(this.#column, this.columns - 1))
    else if (final === 'm') for (const code of parameters.split(';')) this.#style(code)
    else if (!parameters.startsWith('?')) throw new Error(`unknown: ${parameters}${final}`)
  }

  #style(code: string): void {
    const off: Record<string, string> = { 22: 'weight', 27: 'inverse', 39: 'colour' }
    const part = code === '7' ? 'inverse' : code === '1' || code === '2' ? 'weight' : 'colour'
    if (code === '0') this.#styles.clear()
    else if (off[code]) this.#styles.delete(off[code])
    else this.#styles.set(part, code)
  }

  #line(): string[] {
    const line = this.cells[this.#row]
    if (!line) throw new Error(`line ${this.#row} is not on the screen`)
    return line
  }

  #put(segment: string): void {
    const width = widthOf(segment)
    if (this.#column + width > this.columns) throw new Error(`wider than the screen: ${segment}`)
    const style = [...this.#styles.values()].sort().join(';')
    const cell = segment === ' ' && style === '' ? ' ' : `${style}|${segment}`
    this.#line().fill('', this.#column, this.#column + width)
    this.#line()[this.#column] = cell
    this.#column += width
  }
}

const COLUMNS = 24
const TOKENS = ['ok', 'busy', 'bad', 'header', 'selected', 'marked', 'muted', null] as const
const span = fc.record({
  token: fc.constantFrom(...TOKENS),
  text: fc.oneof(
    fc.constantFrom(
      '● configured',
      '◔ booting',
      'router-1',
      'router-2',
      ' ',
      '10m',
      '9m',
      'm',
      '日本',
      'e\u0301',
      '🙂',
      '',
    ),
    fc.string({ unit: fc.constantFrom('a', 'b', 'm', ' ', '✓'), maxLength: 6 }),
  ),
})
const frame = (theme: (typeof THEME_NAMES)[number]) => {
  const { paint } = themeOf(theme)
  const line = fc.record({ spans: fc.array(span, { maxLength: 4 }), full: fc.boolean() }).map(({ spans, full }) => {
    let left = COLUMNS
    let text = ''
    for (const { token, text: one } of spans) {
      if (widthOf(one) > left) continue
      left -= widthOf(one)
      text += token === null ? one : paint(token, one)
    }
    return full ? text + filled('', left) : text
  })
  return fc.array(line, { minLength: 1, maxLength: 5 })
}

describe('Painter', () => {
  it('whatever was there before, the screen is as if the last frame had been painted alone (property)', () => {
    for (const theme of THEME_NAMES) {
      fc.assert(
        fc.property(fc.array(frame(theme), { minLength: 1, maxLength: 6 }), (frames) => {
          const terminal = new Terminal(COLUMNS, 5)
          const painter = new Painter(terminal)
          for (const lines of frames) {
            painter.paint(lines)
            const alone = new Terminal(COLUMNS, 5)
            new Painter(alone).paint(lines)
            expect(terminal.cells).toEqual(alone.cells)
          }
        }),
        { numRuns: 300 },
      )
    }
  })

  it('sends nothing for an equal frame, and for a changed cell little more than the cell', () => {
    const terminal = new Terminal(120, 3)
    const painter = new Painter(terminal)
    const { paint } = themeOf('dark')
    const row = (state: string): string =>
      `  ${paint('ok', filled(state, 12))} ${filled('name', 40)} ${filled('5m', 60)}`
    painter.paint(['head', row('● configured'), 'foot'])
    terminal.bytes = 0
    painter.paint(['head', row('● configured'), 'foot'])
    expect(terminal.bytes).toBe(0)
    painter.paint(['head', row('◔ booting'), 'foot'])
    expect(terminal.bytes).toBeLessThan(60)
  })

  it('paints no frame that is wider than the terminal has become, and the next one whole', () => {
    const wide = new Terminal(COLUMNS, 3)
    const sized = { columns: COLUMNS, write: (text: string) => wide.write(text) }
    const painter = new Painter(sized)
    painter.paint(['a'.repeat(COLUMNS), 'same'])
    sized.columns = 10
    painter.forget()
    wide.bytes = 0
    painter.paint(['a'.repeat(COLUMNS), 'same'])
    expect(wide.bytes).toBe(0)
    painter.paint(['a'.repeat(10), 'same'])
    const shown = wide.cells.map((line) =>
      line
        .map((cell) => cell.slice(-1))
        .join('')
        .trimEnd(),
    )
    expect(shown).toEqual(['a'.repeat(10), 'same', ''])
  })

  it('leaves the terminal to others while it is held, and paints everything afterwards', () => {
    const terminal = new Terminal(COLUMNS, 2)
    const painter = new Painter(terminal)
    painter.paint(['one', 'two'])
    painter.hold()
    terminal.bytes = 0
    painter.paint(['three', 'four'])
    expect(terminal.bytes).toBe(0)
    terminal.write('\u001b[1;1Hsomething else')
    painter.paint(['three', 'two'])
    // What came meanwhile is shown at once, without another frame.
    painter.release()
    expect(
      terminal.cells.map((line) =>
        line
          .map((cell) => cell.slice(-1))
          .join('')
          .trimEnd(),
      ),
    ).toEqual(['three', 'two'])
  })
})
