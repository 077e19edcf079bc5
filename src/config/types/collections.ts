import { BadValue, type ValueType } from './value-type.ts'

/** Splits at commas outside quotes; a quote counts only where an item begins, as oslo.config has it. */
function splitItems(text: string, allowed: string): string[] {
  const items: string[] = []
  let rest = text.trim().replace(/,+$/, '')
  if (rest === '') return items
  for (;;) {
    rest = rest.trimStart()
    const quote = rest[0]
    if (quote === '"' || quote === "'") {
      const end = rest.indexOf(quote, 1)
      const after = end < 0 ? '' : rest.slice(end + 1).trimStart()
      if (end < 0 || (after !== '' && !after.startsWith(','))) {
        throw new BadValue(`${allowed}; the quotes do not pair up`)
      }
      items.push(rest.slice(1, end))
      if (after === '') return items
      rest = after.slice(1)
    } else {
      const comma = rest.indexOf(',')
      items.push((comma < 0 ? rest : rest.slice(0, comma)).trim())
      if (comma < 0) return items
      rest = rest.slice(comma + 1)
    }
  }
}

/** One quote is enough: an item holding both kinds has no written form, and none of the options needs one. */
function quoteItem(item: string): string {
  const plain = item !== '' && item === item.trim() && !/^["']|,|\n/.test(item)
  if (plain) return item
  return item.includes('"') ? `'${item}'` : `"${item}"`
}

/** Values separated by commas; items that hold commas are quoted. Empty text is the empty list. */
export function list<T>(item: ValueType<T>): ValueType<readonly T[]> {
  const allowed = `values separated by commas, each ${item.allowed}`
  return {
    kind: `list of ${item.kind}`,
    allowed,
    parse: (text) =>
      splitItems(text, allowed).map((part) => {
        try {
          return item.parse(part)
        } catch (error) {
          throw error instanceof BadValue ? new BadValue(allowed) : error
        }
      }),
    format: (values) => {
      const written = values.map((value) => quoteItem(item.format(value))).join(', ')
      // A reader drops a pair of quotes around the whole line and a comma at its end: the end comma keeps the first away.
      return /^(["']).*\1$/s.test(written) ? `${written},` : written
    },
  }
}

/** `key:value` pairs separated by commas. Only the first colon of a pair separates. Empty text is the empty dict. */
export function dict<T>(item: ValueType<T>): ValueType<Readonly<Record<string, T>>> {
  const allowed = `key:value pairs separated by commas, each key once, each value ${item.allowed}`
  return {
    kind: `dict of ${item.kind}`,
    allowed,
    parse(text) {
      const result = new Map<string, T>()
      for (const part of splitItems(text, allowed)) {
        const colon = part.indexOf(':')
        const key = part.slice(0, Math.max(colon, 0)).trim()
        if (key === '' || result.has(key)) throw new BadValue(allowed)
        try {
          result.set(key, item.parse(part.slice(colon + 1).trim()))
        } catch (error) {
          throw error instanceof BadValue ? new BadValue(allowed) : error
        }
      }
      return Object.fromEntries(result)
    },
    format: (values) =>
      Object.entries(values)
        .map(([key, value]) => quoteItem(`${key}:${item.format(value)}`))
        .join(', '),
  }
}
