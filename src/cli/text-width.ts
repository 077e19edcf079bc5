import { escapeControls } from '../shared/index.ts'

/** Plain ASCII: as many cells as characters, and nothing to obey. */
const PLAIN = /^[\x20-\x7e]*$/

/** Measures text in terminal cells. */
export type Measure = (text: string) => number

/** Text that came from tenants, made harmless for a terminal: control characters are shown, not obeyed. */
export function harmless(text: string): string {
  return PLAIN.test(text) ? text : escapeControls(text)
}

/** A measure good for these texts; the package that knows wide characters is loaded only when one needs it (40 ms). */
export async function measureFor(texts: Iterable<string>): Promise<Measure> {
  for (const text of texts) {
    if (PLAIN.test(text)) continue
    const { default: stringWidth } = await import('string-width')
    return (other) => (PLAIN.test(other) ? other.length : stringWidth(other))
  }
  return (text) => text.length
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The longest beginning of `text` of at most `width` cells, never half of a character. */
function beginning(text: string, width: number, measure: Measure): string {
  if (PLAIN.test(text)) return text.slice(0, width)
  let taken = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += measure(segment)
    if (used > width) break
    taken += segment
  }
  return taken
}

/** Cuts `text` to `width` cells, with `…` for what is missing: at its end, or in its middle (ids, whose ends tell them apart). */
export function cut(text: string, width: number, where: 'end' | 'middle', measure: Measure): string {
  if (measure(text) <= width) return text
  if (width <= 1) return '…'
  if (where === 'end' || !PLAIN.test(text)) return `${beginning(text, width - 1, measure)}…`
  const head = Math.ceil((width - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`
}
