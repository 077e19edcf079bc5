import type { Resource } from '../../contract/index.ts'
import { AstaraError, nearest } from '../../shared/index.ts'
import { FIELD_NAMES, type Field, fieldOf } from './fields.ts'
import { type Token, tokenize } from './tokens.ts'

/** A filter that was understood. */
export interface ResourceFilter {
  /** As written. */
  readonly text: string
  /** The answer may change with time alone (`age>5m`). */
  readonly timeDependent: boolean
  /** `now`: milliseconds since the epoch. */
  matches(resource: Resource, now: number): boolean
  /** When the answer may become another although the resource does not change; infinity when never. */
  nextChange(resource: Resource, now: number): number
}

type Test = (resource: Resource, now: number) => boolean
/** When an age reaches what it is compared with; null: it has none. */
type Turn = (resource: Resource) => number | null

const MAX_REGEX = 200
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 }
const TRUE = ['true', 'yes', '1', 'on']
const FALSE = ['false', 'no', '0', 'off']

const usage = (message: string, ...suggestions: string[]): AstaraError =>
  new AstaraError('usage', `filter: ${message}`, { suggestions })

/** Milliseconds of `90`, `90s`, `5m`, `1h30m`, `2d`; null when it is none. */
export function parseDuration(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/i.test(text)) return null
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/gi)) {
    sum += Number(amount) * (UNITS[unit?.toLowerCase() ?? ''] ?? 0)
  }
  return sum
}

// Resources are replaced, never changed: what is searched through is made once for each.
const haystacks = new WeakMap<Resource, string>()

function haystackOf(resource: Resource): string {
  let text = haystacks.get(resource)
  if (text === undefined) {
    const { id, name, tenant_id, driver, instance_state, status, step, image_uuid, instances, last_error, worker } =
      resource
    const addresses = instances.flatMap((one) => [one.id, one.name, one.management_address])
    const parts = [id, name, tenant_id, driver, instance_state, status, step, image_uuid, worker, ...addresses]
    text = [...parts, last_error?.code, last_error?.message]
      .filter((part) => part)
      .join('\n')
      .toLowerCase()
    haystacks.set(resource, text)
  }
  return text
}

function regexOf(token: Token): RegExp {
  if (token.value.length > MAX_REGEX) throw usage(`${token.written.slice(0, 20)}… is too long`)
  try {
    return new RegExp(token.value, 'iu')
  } catch {
    throw usage(`${token.written} is no regular expression`)
  }
}

function compare(operator: Token['operator'], a: number, b: number): boolean {
  switch (operator) {
    case '>':
      return a > b
    case '<':
      return a < b
    case '>=':
      return a >= b
    case '<=':
      return a <= b
    case '!=':
      return a !== b
    default:
      return a === b
  }
}

function textTest(field: Extract<Field, { kind: 'text' }>, token: Token): Test {
  const { operator, value } = token
  if (operator !== ':' && operator !== '=' && operator !== '!=') {
    throw usage(`${token.written}: ${token.key} is text, which has no greater or smaller`)
  }
  if (token.regex) {
    const regex = regexOf(token)
    const wanted = operator !== '!='
    return (resource) => regex.test(field.read(resource) ?? '') === wanted
  }
  if (value === '*') return (resource) => (field.read(resource) !== null) === (operator !== '!=')
  const alternatives = (field.exact ? value.split(',') : [value]).map((one) => one.toLowerCase())
  if (operator === ':' && !field.exact && value !== '') {
    // Ids are written with and without dashes.
    const bare = value.toLowerCase().replaceAll('-', '')
    const isId = /^[0-9a-f]{4,}$/.test(bare)
    return (resource) => {
      const text = field.read(resource)?.toLowerCase() ?? ''
      return text.includes(value.toLowerCase()) || (isId && text.replaceAll('-', '').includes(bare))
    }
  }
  const wanted = operator !== '!='
  return (resource) => alternatives.includes((field.read(resource) ?? '').toLowerCase()) === wanted
}

function fieldTest(field: Field, token: Token): Test {
  const { value, operator } = token
  switch (field.kind) {
    case 'text':
      return textTest(field, token)
    case 'number': {
      const wanted = Number(value)
      if (value === '' || Number.isNaN(wanted)) throw usage(`${token.written}: ${token.key} is compared with a number`)
      return (resource) => compare(operator, field.read(resource) ?? Number.NaN, wanted)
    }
    case 'age': {
      const wanted = parseDuration(value)
      if (wanted === null)
        throw usage(`${token.written}: ${token.key} is compared with a duration`, 'Such as 90s, 5m, 1h30m or 2d.')
      return (resource, now) => {
        const at = field.read(resource)
        return at !== null && compare(operator, now - at, wanted)
      }
    }
    case 'flag': {
      const wanted = TRUE.includes(value.toLowerCase()) ? true : FALSE.includes(value.toLowerCase()) ? false : null
      if (wanted === null || (operator !== ':' && operator !== '=' && operator !== '!=')) {
        throw usage(`${token.written}: ${token.key} is true or false`)
      }
      return (resource) => (field.read(resource) === wanted) === (operator !== '!=')
    }
  }
}

/** Of an age that is compared with a duration. */
function turnOf(field: Field, token: Token): Turn | null {
  const wanted = parseDuration(token.value)
  if (field.kind !== 'age' || wanted === null) return null
  return (resource) => {
    const at = field.read(resource)
    return at === null ? null : at + wanted
  }
}

function testOf(token: Token): { readonly test: Test; readonly turn: Turn | null } {
  if (token.key === null) {
    if (token.regex) {
      const regex = regexOf(token)
      return { test: (resource) => regex.test(haystackOf(resource)), turn: null }
    }
    const text = token.value.toLowerCase()
    return { test: (resource) => haystackOf(resource).includes(text), turn: null }
  }
  const field = fieldOf(token.key)
  if (field === null) {
    const near = nearest(token.key, FIELD_NAMES)
    throw usage(
      `there is no field "${token.key}"`,
      ...(near === null ? [] : [`Did you mean ${near}${token.operator}${token.value}?`]),
      `To look for the text itself, put it in quotes: "${token.written}"`,
      `Fields: ${FIELD_NAMES.join(', ')}`,
    )
  }
  return { test: fieldTest(field, token), turn: turnOf(field, token) }
}

/**
 * Reads a filter. Terms are separated by blanks and must all match:
 *
 * - `text`, `"two words"`: found anywhere in id, name, tenant, states, image, addresses, instances, last error; case does not count;
 * - `/expression/`: a regular expression, on the same;
 * - `key:value`: `state:error`, `tenant:4f2`, `name:/^r\d+$/`; words of a fixed set are meant whole and may be several
 *   (`state:error,degraded`); `key:` alone: empty; `key:*`: not empty;
 * - `key=value`, `key!=value`, `attempts>3`, `age>=5m`: numbers compare as numbers, ages as durations;
 * - `!term`: not this.
 *
 * @throws AstaraError `usage`: an unknown key (with what was likely meant), a value its key cannot have, a broken expression
 */
export function parseFilter(text: string): ResourceFilter {
  const tests = tokenize(text).map((token) => {
    const { test, turn } = testOf(token)
    const negated: Test = (resource, now) => !test(resource, now)
    return { test: token.negated ? negated : test, turn }
  })
  const turns = tests.flatMap(({ turn }) => turn ?? [])
  return {
    text,
    timeDependent: turns.length > 0,
    matches: (resource, now) => tests.every(({ test }) => test(resource, now)),
    nextChange(resource, now) {
      let next = Number.POSITIVE_INFINITY
      for (const turn of turns) {
        const at = turn(resource)
        if (at === null) continue
        // What is compared with > or <= turns one millisecond later.
        if (at >= now) next = Math.min(next, at === now ? at + 1 : at)
      }
      return next
    },
  }
}

/** The filter that everything passes. */
export const NO_FILTER: ResourceFilter = {
  text: '',
  timeDependent: false,
  matches: () => true,
  nextChange: () => Number.POSITIVE_INFINITY,
}
