import type { ConfigOverrides, Resolved } from './config.ts'
import { maskSecret } from './mask.ts'
import type { ComputedDefault, HostFacts } from './option.ts'
import { type ConfigProblem, type ConfigWarning, type Origin, problem } from './problems.ts'
import { BY_ID, ENTRIES, type Entry, label, optionId } from './registry.ts'
import { type Reference, substitute } from './substitute.ts'
import { BadValue } from './types/value-type.ts'
import type { Written } from './written.ts'

const isComputed = (value: unknown): value is ComputedDefault<NonNullable<unknown>> =>
  typeof value === 'object' && value !== null && 'compute' in value

/** The default of an option on a machine. */
export function defaultOf(entry: Entry, facts: HostFacts): unknown {
  const value = entry.option.default
  return isComputed(value) ? value.compute(facts) : value
}

/** What the reference says instead of a value for a default that depends on the machine. */
export function defaultWords(entry: Entry): string | null {
  const value = entry.option.default
  return isComputed(value) ? value.words : null
}

/** Text of a value, as a reference to its option inserts it. */
export function valueText(entry: Entry, value: unknown): string {
  return value === null ? '' : entry.option.type.format(value as NonNullable<unknown>)
}

/**
 * Turns what was written into values: override, else environment or file, else default. Collects every problem instead of stopping at the
 * first. An option that refers to a broken one is not reported again.
 */
export class Resolver {
  readonly problems: ConfigProblem[] = []
  readonly warnings: ConfigWarning[] = []
  readonly #written: ReadonlyMap<Entry, Written>
  readonly #overrides: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>
  readonly #facts: HostFacts
  readonly #done = new Map<string, Resolved | 'broken'>()
  readonly #underWay: string[] = []

  constructor(written: ReadonlyMap<Entry, Written>, overrides: ConfigOverrides, facts: HostFacts) {
    this.#written = written
    this.#overrides = overrides
    this.#facts = facts
  }

  /** A value for every option; of broken ones null, with a problem noted. */
  all(): Map<string, Resolved> {
    return new Map(
      ENTRIES.map((entry) => {
        const found = this.#resolve(entry)
        return [entry.id, found === 'broken' ? { value: null, origin: { kind: 'default' }, secret: true } : found]
      }),
    )
  }

  #resolve(entry: Entry): Resolved | 'broken' {
    const known = this.#done.get(entry.id)
    if (known !== undefined) return known
    this.#underWay.push(entry.id)
    const found = this.#compute(entry)
    this.#underWay.pop()
    this.#done.set(entry.id, found)
    return found
  }

  #compute(entry: Entry): Resolved | 'broken' {
    const { option } = entry
    const override = this.#overrides[entry.group]?.[entry.name]
    if (override !== undefined) return { value: override, origin: { kind: 'override' }, secret: option.secret }
    const written = this.#written.get(entry)
    const last = written?.texts.at(-1)
    if (written === undefined || last === undefined) {
      return { value: defaultOf(entry, this.#facts), origin: { kind: 'default' }, secret: option.secret }
    }

    let secret = option.secret
    const values: unknown[] = []
    for (const { text, origin } of written.texts) {
      const filled = this.#substitute(entry, text, origin)
      if (filled === 'broken') return 'broken'
      secret ||= filled.secret
      // An empty text unsets an option that has no default.
      if (filled.text === '' && option.default === null) values.push(null)
      else if (filled.text !== '' || !option.multi) {
        try {
          values.push(option.type.parse(filled.text))
        } catch (error) {
          if (!(error instanceof BadValue)) throw error
          this.#refuse(entry, filled.text, secret, origin, error.message)
          return 'broken'
        }
      }
    }
    return { value: option.multi ? values.flat() : values[0], origin: last.origin, secret }
  }

  #refuse(entry: Entry, text: string, secret: boolean, origin: Origin, allowed: string): void {
    const value = secret ? maskSecret(text) : text
    const shown = value === '' ? '(empty)' : JSON.stringify(value)
    const message = `${label(entry.group, entry.name)} = ${shown} is refused: expected ${allowed}`
    const where = { group: entry.group, option: entry.name, value, allowed }
    this.problems.push(problem({ kind: 'value', message, ...where }, origin))
  }

  #substitute(entry: Entry, text: string, origin: Origin): { text: string; secret: boolean } | 'broken' {
    let secret = false
    let broken = false
    const lookup = (name: string): Reference => {
      const target = this.#find(entry, name)
      if (target === undefined) return 'unknown'
      const found = this.#underWay.includes(target.id) ? this.#circle(entry, target, origin) : this.#resolve(target)
      if (found === 'broken') {
        broken = true
        return { text: '' }
      }
      secret ||= found.secret
      return { text: valueText(target, found.value) }
    }
    const filled = substitute(text, lookup, (name) => this.#unresolved(entry, name, origin))
    return broken ? 'broken' : { text: filled, secret }
  }

  #circle(entry: Entry, target: Entry, origin: Origin): 'broken' {
    const circle = [...this.#underWay.slice(this.#underWay.indexOf(target.id)), target.id].join(' → ')
    const where = { group: entry.group, option: entry.name }
    const message = `${label(entry.group, entry.name)} refers to itself: ${circle}`
    this.problems.push(problem({ kind: 'value', message, ...where }, origin))
    return 'broken'
  }

  /** As in oslo.config: `group.option`; a bare name in the option's own section first, then in DEFAULT. */
  #find(entry: Entry, name: string): Entry | undefined {
    const dot = name.indexOf('.')
    if (dot >= 0) return BY_ID.get(optionId(name.slice(0, dot), name.slice(dot + 1)))
    return BY_ID.get(optionId(entry.group, name)) ?? BY_ID.get(optionId('DEFAULT', name))
  }

  /** A dollar sign in a password looks just like a reference: its name is not repeated then. */
  #unresolved(entry: Entry, name: string, origin: Origin): void {
    const what = entry.option.secret ? 'a reference' : `$${name}`
    this.warnings.push({
      kind: 'unresolved',
      message:
        `${label(entry.group, entry.name)} holds ${what} that names no option; it stays as written ` +
        '(write $$ for a dollar sign)',
      file: origin.kind === 'file' ? origin.file : null,
      line: origin.kind === 'file' ? origin.line : null,
    })
  }
}
