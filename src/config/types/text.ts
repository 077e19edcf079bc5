import { normalizeUuid } from '../../shared/index.ts'
import { BadValue, type ValueType } from './value-type.ts'

/** Any text. */
export const text: ValueType<string> = {
  kind: 'string',
  allowed: 'any text',
  parse: (value) => value,
  format: (value) => value,
}

/** Text that must match a pattern. `allowed` says so in words. */
export const pattern = (expression: RegExp, kind: string, allowed: string): ValueType<string> => ({
  kind,
  allowed,
  parse(value) {
    if (!expression.test(value)) throw new BadValue(allowed)
    return value
  },
  format: (value) => value,
})

/** One word of a fixed set, exactly as written. */
export function choice<const T extends string>(...words: readonly T[]): ValueType<T> {
  const allowed = `one of ${words.join(', ')}`
  return {
    kind: words.join(' | '),
    allowed,
    parse(value) {
      const found = words.find((word) => word === value)
      if (found === undefined) throw new BadValue(allowed)
      return found
    },
    format: (value) => value,
  }
}

/** A UUID with or without dashes, any case; the value is lower-case with dashes. */
export const uuid: ValueType<string> = {
  kind: 'UUID',
  allowed: 'a UUID such as 7c1a2b3c-4d5e-4f60-8172-93a4b5c6d7e8',
  parse(value) {
    const id = normalizeUuid(value.trim())
    if (id === null) throw new BadValue(this.allowed)
    return id
  },
  format: (value) => value,
}

const URL_FORM = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/\S*$/

/** An absolute URL of one of the schemes (any scheme when none is given). The text is kept as written. */
export function url(...schemes: readonly string[]): ValueType<string> {
  const allowed =
    schemes.length === 0 ? 'a URL' : `a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`
  return {
    kind: 'URL',
    allowed,
    parse(value) {
      const trimmed = value.trim()
      const scheme = trimmed.slice(0, trimmed.indexOf(':')).toLowerCase()
      if (!URL_FORM.test(trimmed)) throw new BadValue(allowed)
      if (schemes.length > 0 && !schemes.includes(scheme)) throw new BadValue(allowed)
      return trimmed
    },
    format: (value) => value,
  }
}
