import type { Node, Values } from './tree.ts'

/** How a place's values are written in a script: read there by its first character. */
function kindOf(values: Values): string {
  if (typeof values === 'string') return values
  return 'oneOf' in values ? `=${values.oneOf.join(',')}` : `@${values.live}`
}

/** One line, no tabs: it stands in a field. */
const field = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/**
 * What may follow the words of a node, as lines of tab-separated fields that every shell's script reads alike: `C name summary` for a
 * command, `F word kind summary` for a flag (kind `-`: it takes no value), `A kind` and `M kind` for one and for several arguments.
 */
export function specLines({ children, flags, args }: Node): readonly string[] {
  return [
    ...children.map(({ name, summary }) => ['C', name, field(summary)]),
    ...flags.map(({ word, values, summary }) => ['F', word, values === null ? '-' : kindOf(values), field(summary)]),
    ...args.map(({ values, many }) => [many ? 'M' : 'A', kindOf(values)]),
  ].map((fields) => fields.join('\t'))
}
