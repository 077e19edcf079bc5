import { widthOf } from './text.ts'

/** The terminal, as far as painting needs it. */
export interface PaintedOn {
  readonly columns?: number
  write(text: string): unknown
}

/** What a terminal that knows it shows at once, so that nobody sees half a frame; others ignore it. */
const BEGIN = '\u001b[?2026h'
const END = '\u001b[?2026l'
const HIDE_CURSOR = '\u001b[?25l'
const RESET = '\u001b[0m'
const CLEAR = `${RESET}\u001b[2J`
const ERASE_REST = '\u001b[K'
const ESC = '\u001b'
/** Colours and weights: all that a painted line has besides its text. */
const STYLE = new RegExp(`${ESC}\\[[0-9;]*m`, 'g')

const at = (row: number, column: number): string => `${ESC}[${row + 1};${column + 1}H`
const textOf = (painted: string): string => painted.replaceAll(STYLE, '')
const isPlain = (code: number): boolean => code >= 0x20 && code < 0x7f

/** What a parameter changes, and whether it ends that. */
function partOf(code: string): readonly [part: string, off: boolean] {
  if (code === '1' || code === '2' || code === '22') return ['weight', code === '22']
  if (code === '7' || code === '27') return ['inverse', code === '27']
  if (/^(3|9)\d$/.test(code)) return ['colour', code === '39']
  return [code, false]
}

/** The style that a terminal is in after a beginning of a painted line: '' or one sequence. */
function styleAfter(painted: string): string {
  const active = new Map<string, string>()
  for (const [style] of painted.matchAll(STYLE)) {
    for (const code of style.slice(2, -1).split(';')) {
      if (code === '' || code === '0') active.clear()
      else {
        const [part, off] = partOf(code)
        active.delete(part)
        if (!off) active.set(part, code)
      }
    }
  }
  const codes = [...active.values()].sort()
  return codes.length === 0 ? '' : `${ESC}[${codes.join(';')}m`
}

/** Where a painted line can be cut: outside of a style, between two characters that nothing can join. */
function isCut(painted: string, index: number): boolean {
  if (index === 0 || index === painted.length) return true
  const style = painted.lastIndexOf(ESC, index - 1)
  if (style >= 0) {
    const end = painted.indexOf('m', style)
    if (end < 0 || end >= index) return false
  }
  const next = painted.charCodeAt(index)
  return (isPlain(painted.charCodeAt(index - 1)) || painted[index - 1] === 'm') && (isPlain(next) || next === 0x1b)
}

/** Length of the beginning that both have and that can stay on the screen. */
function sameBeginning(before: string, after: string): number {
  const most = Math.min(before.length, after.length)
  let n = 0
  while (n < most && before[n] === after[n]) n++
  while (n > 0 && !(isCut(before, n) && isCut(after, n))) n--
  return n
}

/** Length of the end that both have, not reaching into the first `from` characters. */
function sameEnd(before: string, after: string, from: number): number {
  const most = Math.min(before.length, after.length) - from
  let n = 0
  while (n < most && before[before.length - 1 - n] === after[after.length - 1 - n]) n++
  while (n > 0 && !(isCut(before, before.length - n) && isCut(after, after.length - n))) n--
  return n
}

/** What makes the line `before` on the screen to `after`. */
function change(row: number, before: string, after: string, columns: number): string {
  const begin = sameBeginning(before, after)
  const beginning = after.slice(0, begin)
  const column = widthOf(textOf(beginning))
  const head = at(row, column) + styleAfter(beginning)
  const end = sameEnd(before, after, begin)
  const [until, untilBefore] = [after.slice(0, after.length - end), before.slice(0, before.length - end)]
  // What follows stays where and as it is when what went before has the same width and ends in the same style.
  const isSameWidth = widthOf(textOf(until)) === widthOf(textOf(untilBefore))
  if (end > 0 && isSameWidth && styleAfter(until) === styleAfter(untilBefore)) {
    return `${head}${until.slice(begin)}${RESET}`
  }
  const rest = after.slice(begin)
  const isFull = column + widthOf(textOf(rest)) >= columns
  // After the last column the cursor still stands on it: erasing there would take the last character away.
  return `${head}${rest}${RESET}${isFull ? '' : ERASE_REST}`
}

/**
 * Paints frames: only what differs from the one before is sent, with absolute positions. Ink would lay out, cut into characters and put
 * together again every line of the screen for each frame, ten times the work of making the frame.
 */
export class Painter {
  readonly #terminal: PaintedOn
  #before: readonly string[] | null = null
  /** What is to be seen, also while somebody else has the terminal. */
  #latest: readonly string[] = []
  #held = false

  constructor(terminal: PaintedOn) {
    this.#terminal = terminal
  }

  /** Shows these lines. A whole frame that is wider than the terminal is left out. */
  paint(lines: readonly string[]): void {
    this.#latest = lines
    if (this.#held) return
    const before = this.#before
    const columns = this.#terminal.columns ?? Number.POSITIVE_INFINITY
    // The terminal has just become narrower, and this frame is from before: it would break its lines, and the one for this size is coming.
    if (before === null && lines.some((line) => widthOf(textOf(line)) > columns)) return
    this.#before = lines
    if (before === null) {
      const all = lines.map((line, row) => (line === '' ? '' : `${at(row, 0)}${line}${RESET}`)).join('')
      this.#terminal.write(`${BEGIN}${HIDE_CURSOR}${CLEAR}${all}${END}`)
      return
    }
    const changes: string[] = []
    for (let row = 0; row < Math.max(before.length, lines.length); row++) {
      const [old = '', now = ''] = [before[row], lines[row]]
      if (old !== now) changes.push(change(row, old, now, columns))
    }
    if (changes.length > 0) this.#terminal.write(`${BEGIN}${changes.join('')}${END}`)
  }

  /** What is on the screen is not known any more (another size, somebody else wrote): the next frame is painted whole. */
  forget(): void {
    this.#before = null
  }

  /** Paints nothing until `release`: somebody else has the terminal. */
  hold(): void {
    this.#held = true
    this.#before = null
  }

  /** Shows the whole of the newest frame again. */
  release(): void {
    this.#held = false
    this.paint(this.#latest)
  }
}
