import { beginning, cut, widthOf } from './text.ts'
import type { Paint, Token } from './theme.ts'

/** A piece of a line and what its colour means. The text is harmless already. */
export type Span = readonly [token: Token | null, text: string]

/** One line of the screen. */
export type Line = readonly Span[]

/** A line without a colour. */
export const plainLine = (text: string): Line => [[null, text]]

/** Its words alone. */
export const textOf = (line: Line): string => line.map(([, text]) => text).join('')

/** Cells that it takes. */
export const lineWidth = (line: Line): number => line.reduce((sum, [, text]) => sum + widthOf(text), 0)

/** Cuts a line to `width` cells; `…` stands for what is missing. */
export function cutLine(line: Line, width: number): Line {
  if (lineWidth(line) <= width) return line
  const result: Span[] = []
  let left = width - 1
  for (const [token, text] of line) {
    const piece = beginning(text, left)
    result.push([token, piece])
    left -= widthOf(piece)
    if (piece !== text) break
  }
  return [...result, [null, '…']]
}

/** `left` and `right` at the two ends of a line of `width` cells; the left one gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const shortRight = cutLine(right, width)
  const shortLeft = cutLine(left, Math.max(0, width - lineWidth(shortRight) - 1))
  const blanks = Math.max(0, width - lineWidth(shortLeft) - lineWidth(shortRight))
  return [...shortLeft, [null, ' '.repeat(blanks)], ...shortRight]
}

const painted = new WeakMap<Line, { readonly width: number; readonly paint: Paint; readonly text: string }>()

/** The line as the terminal gets it, at most `width` cells. A line that is drawn again as it was costs nothing. */
export function paintLine(line: Line, width: number, paint: Paint): string {
  const before = painted.get(line)
  if (before?.width === width && before.paint === paint) return before.text
  const text = cutLine(line, width)
    .map(([token, part]) => (token === null ? part : paint(token, part)))
    .join('')
  painted.set(line, { width, paint, text })
  return text
}

/** Everything of a line in one colour. */
export const recolour = (line: Line, token: Token): Line => [[token, textOf(line)]]

/** Words that fit, whole ones only: what does not fit is left out rather than cut. */
export function joinWhole(pieces: readonly Line[], separator: string, width: number): Line {
  const result: Span[] = []
  let used = 0
  for (const piece of pieces) {
    const cost = lineWidth(piece) + (result.length > 0 ? widthOf(separator) : 0)
    if (used + cost > width) continue
    if (result.length > 0) result.push([null, separator])
    result.push(...piece)
    used += cost
  }
  return result
}

/** `name` in a column of its own, then what there is to say. */
export const labelled = (label: string, value: Line, width = 14): Line => [
  ['muted', cut(label, width).padEnd(width)],
  ...value,
]
