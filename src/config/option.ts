import { boolean, float, integer, type Range, seconds } from './types/numbers.ts'
import { text, url } from './types/text.ts'
import type { ValueType } from './types/value-type.ts'

/** What defaults may depend on: read once per load, so that nothing is frozen at import. */
export interface HostFacts {
  readonly hostname: string
  /** Processors this process may use. */
  readonly cores: number
}

/** A default that depends on the machine; `words` is what the reference prints instead of a value. */
export interface ComputedDefault<T> {
  readonly words: string
  readonly compute: (facts: HostFacts) => T
}

/** An older name of an option. A missing group means the option's own. */
export interface OldName {
  readonly name: string
  readonly group?: string
}

/** One option of the registry: data from which types, reader, sample, reference and checks are made. */
export interface Option<T = unknown> {
  readonly type: ValueType<NonNullable<T>>
  /** null: no default, the option may stay unset. */
  readonly default: T | ComputedDefault<NonNullable<T>>
  readonly help: string
  readonly deprecated: readonly OldName[]
  /** Never shown. */
  readonly secret: boolean
  /** Takes effect when the configuration is read again, without a restart. */
  readonly reloadable: boolean
  /** Every occurrence counts, in order, instead of the last; the value is a list of what the texts hold. */
  readonly multi: boolean
  /** Why the option is still read although it changes nothing. */
  readonly noEffect: string | null
}

interface Extras {
  readonly help: string
  readonly deprecated?: readonly OldName[]
  readonly secret?: boolean
  readonly reloadable?: boolean
  readonly noEffect?: string
}
interface WithDefault<T> extends Extras {
  readonly default: T | ComputedDefault<T>
}
interface WithoutDefault extends Extras {
  readonly default?: never
}

/** An option of any type. Without a default its value may be null. */
export function option<T>(type: ValueType<T>, spec: WithDefault<NoInfer<T>>): Option<T>
export function option<T>(type: ValueType<T>, spec: WithoutDefault): Option<T | null>
export function option<T>(type: ValueType<T>, spec: Extras & { default?: T | ComputedDefault<T> }): Option<T | null> {
  return {
    type: type as ValueType<NonNullable<T>>,
    default: (spec.default ?? null) as Option<T | null>['default'],
    help: spec.help,
    deprecated: spec.deprecated ?? [],
    secret: spec.secret ?? false,
    reloadable: spec.reloadable ?? false,
    multi: false,
    noEffect: spec.noEffect ?? null,
  }
}

/** A text option; null when it has no default. */
export function str(spec: WithDefault<string>): Option<string>
export function str(spec: WithoutDefault): Option<string | null>
export function str(spec: WithDefault<string> | WithoutDefault): Option<string | null> {
  return spec.default === undefined ? option(text, spec) : option(text, spec)
}

/** A text that is never shown. */
export const secret = (spec: WithoutDefault): Option<string | null> => option(text, { ...spec, secret: true })

/** A URL that may hold credentials: shown without them. */
export const secretUrl = (spec: WithoutDefault): Option<string | null> => option(url(), { ...spec, secret: true })

/** A yes-or-no option. */
export const bool = (spec: WithDefault<boolean>): Option<boolean> => option(boolean, spec)

/** A whole number. */
export const int = (spec: WithDefault<number> & Range): Option<number> => option(integer(spec), spec)

/** A number, fractions allowed. */
export const number = (spec: WithDefault<number> & Range): Option<number> => option(float(spec), spec)

/** A duration in seconds, fractions allowed. */
export const duration = (spec: WithDefault<number> & Range): Option<number> =>
  option(
    seconds({
      min: 0,
      ...(spec.min === undefined ? {} : { min: spec.min }),
      ...(spec.max === undefined ? {} : { max: spec.max }),
    }),
    spec,
  )

/** An option that counts each time it is written. */
export function multi<T>(item: ValueType<T>, spec: WithDefault<readonly T[]>): Option<readonly T[]> {
  const type: ValueType<readonly T[]> = {
    kind: `${item.kind}, may be repeated`,
    allowed: item.allowed,
    // Each written text is one item.
    parse: (written) => [item.parse(written)],
    format: (values) => values.map((value) => item.format(value)).join('\n'),
  }
  return { ...option(type, spec), multi: true }
}

/** Options of one section, by name, in the order of the sample. */
export type OptionSet = Readonly<Record<string, Option>>

/** A section of the file. */
export interface OptionGroup<S extends OptionSet = OptionSet> {
  readonly help: string
  readonly options: S
}

/** Names a section and what it is for. */
export const group = <const S extends Readonly<Record<string, unknown>>>(help: string, options: S) => ({
  help,
  options,
})

/** The type of an option's value. */
export type ValueOf<O> = O extends Option<infer T> ? T : never
