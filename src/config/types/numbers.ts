import { BadValue, type ValueType } from './value-type.ts'

/** Inclusive limits. */
export interface Range {
  readonly min?: number
  readonly max?: number
}

function within(noun: string, { min, max }: Range): string {
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`
  if (min !== undefined) return `${noun} of at least ${min}`
  if (max !== undefined) return `${noun} of at most ${max}`
  return noun
}

// Python's int() and float() decide what deployers' files hold: a sign, and underscores between digits, are fine.
const DIGITS = String.raw`\d+(?:_\d+)*`
const INTEGER = new RegExp(`^[+-]?${DIGITS}$`)
const FLOAT = new RegExp(`^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`)

function numeric(kind: string, pattern: RegExp, allowed: string, { min, max }: Range): ValueType<number> {
  return {
    kind,
    allowed,
    parse(text) {
      const trimmed = text.trim()
      const value = Number(trimmed.replaceAll('_', ''))
      const exact = kind !== 'integer' || Number.isSafeInteger(value)
      const inRange = (min === undefined || value >= min) && (max === undefined || value <= max)
      if (!pattern.test(trimmed) || !Number.isFinite(value) || !exact || !inRange) throw new BadValue(allowed)
      return value === 0 ? 0 : value
    },
    format: (value) => String(value),
  }
}

/** A whole number. */
export const integer = (range: Range = {}): ValueType<number> =>
  numeric('integer', INTEGER, within('a whole number', range), range)

/** A number, fractions allowed. */
export const float = (range: Range = {}): ValueType<number> => numeric('float', FLOAT, within('a number', range), range)

/** A duration in seconds, fractions allowed. */
export const seconds = (range: Range = { min: 0 }): ValueType<number> =>
  numeric('seconds', FLOAT, within('a number of seconds', range), range)

/** A TCP port. */
export const port: ValueType<number> = { ...integer({ min: 1, max: 65_535 }), kind: 'port' }

/** A TCP port to listen on; 0 takes a free one. */
export const listenPort: ValueType<number> = { ...integer({ min: 0, max: 65_535 }), kind: 'port' }

const TRUE = new Set(['true', '1', 'on', 'yes'])
const FALSE = new Set(['false', '0', 'off', 'no'])

/** `true 1 on yes` or `false 0 off no`, in any case. */
export const boolean: ValueType<boolean> = {
  kind: 'boolean',
  allowed: 'true, 1, on or yes; false, 0, off or no',
  parse(text) {
    const word = text.trim().toLowerCase()
    if (TRUE.has(word)) return true
    if (FALSE.has(word)) return false
    throw new BadValue(this.allowed)
  },
  format: (value) => String(value),
}
