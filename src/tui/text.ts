import stringWidth from 'string-width'
import { escapeControls } from '../shared/index.ts'

/** Plain ASCII: as many cells as characters, and nothing to obey. */
const PLAIN = /^[\x20-\x7e]*$/

/** Selectors, joiners and skin tones stand apart from the letters before them in these expressions, or they would join those. */
const anyOf = (...ranges: readonly string[]): string => `(?:${ranges.map((range) => `[${range}]`).join('|')})`

/**
 * What is not seen: zero-width and format characters, fillers, tags, lone selectors. They would make one name look like another, so they
 * are shown by their numbers.
 */
const UNSEEN = new RegExp(
  anyOf(
    '\\u00ad\\u061c\\u115f\\u1160\\u200b\\u200c\\u2028\\u2029\\u2060-\\u2064\\u206a-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb',
    '\\u034f\\u17b4\\u17b5\\u180b-\\u180f\\ufe00-\\ufe0f',
    '\\u200d',
    '\\u{e0000}-\\u{e0fff}',
  ),
  'gu',
)
/**
 * Joiners, selectors, keycaps and skin tones after a picture: terminals disagree about how many cells the whole takes, and a table that
 * trusts one of them breaks in the other. Without them each picture takes the same everywhere.
 */
const AFTER_PICTURE = anyOf('\\ufe0f', '\\u200d', '\\u20e3', '\\u{1f3fb}-\\u{1f3ff}')
const JOINED = new RegExp(
  `(\\p{Extended_Pictographic}|[\\u{1f3fb}-\\u{1f3ff}]|[0-9#*](?=\\ufe0f?\\u20e3))${AFTER_PICTURE}+`,
  'gu',
)
/** Flags are pairs of letters that only some terminals join: as letters they are two cells everywhere. */
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/gu
/** More than two marks on one letter reach into other lines. */
const STACKED = /(\p{Mark}{2})\p{Mark}+/gu
const LONE_SURROGATE = /\p{Surrogate}/gu

const flagLetter = (c: string): string => String.fromCharCode((c.codePointAt(0) ?? 0) - 0x1f1e6 + 65)
const number = (c: string): string => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`

const MAX_SHOWN = 4_096
const shownBefore = new Map<string, string>()

/**
 * Text that came from a tenant, made harmless: control characters, line separators and direction marks are shown (`\u001b`), not obeyed;
 * what cannot be seen is shown too. Very long text is cut: nobody reads it, and laying it out costs.
 */
export function shown(text: string): string {
  if (text.length <= MAX_SHOWN && PLAIN.test(text)) return text
  const before = shownBefore.get(text)
  if (before !== undefined) return before
  const result = escapeControls(text.slice(0, MAX_SHOWN))
    .replaceAll(JOINED, '$1')
    .replaceAll(UNSEEN, number)
    .replaceAll(FLAG_LETTER, flagLetter)
    .replaceAll(LONE_SURROGATE, '\ufffd')
    .replaceAll(STACKED, '$1')
  if (shownBefore.size > 5_000) shownBefore.clear()
  if (text.length <= MAX_SHOWN) shownBefore.set(text, result)
  return result
}

const widths = new Map<string, number>()

/** Terminal cells that `text` takes. The same few texts with signs in them are measured again and again: their widths are kept. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  const known = widths.get(text)
  if (known !== undefined) return known
  const width = stringWidth(text)
  if (widths.size > 5_000) widths.clear()
  widths.set(text, width)
  return width
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The longest beginning of at most `width` cells, never half of a character. */
export function beginning(text: string, width: number): string {
  if (PLAIN.test(text)) return text.slice(0, width)
  let taken = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment)
    if (used > width) break
    taken += segment
  }
  return taken
}

/** Cuts to `width` cells; `…` stands for what is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width <= 0) return ''
  return `${beginning(text, width - 1)}…`
}

/** Exactly `width` cells: cut, or filled with blanks. */
export function filled(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width)
  const blanks = ' '.repeat(Math.max(0, width - widthOf(short)))
  return align === 'left' ? short + blanks : blanks + short
}

/** `10,000`: a number that a person can read at a glance. */
export function grouped(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Breaks a paragraph at blanks into lines of at most `width` cells; a word that is longer is broken anywhere. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && widthOf(line) + 1 + widthOf(rest) <= width) {
      line += ` ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    while (widthOf(rest) > width) {
      const piece = beginning(rest, width) || rest.slice(0, 1)
      lines.push(piece)
      rest = rest.slice(piece.length)
    }
    line = rest
  }
  lines.push(line)
  return lines
}
