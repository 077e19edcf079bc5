import { MASK, maskSecret } from './mask.ts'
import type { ValueOf } from './option.ts'
import type { OPTIONS } from './options.ts'
import type { Origin } from './problems.ts'
import { ENTRIES, type GroupName } from './registry.ts'

type Groups = typeof OPTIONS

/** Every option's value, typed from the registry: `values.DEFAULT.boot_timeout` is a number. */
export type ConfigValues = {
  readonly [G in GroupName]: {
    readonly [O in keyof Groups[G]['options']]: ValueOf<Groups[G]['options'][O]>
  }
}

/** Values that win over everything that was written. */
export type ConfigOverrides = { readonly [G in GroupName]?: Partial<ConfigValues[G]> }

/** An option of group G. */
type OptionName<G extends GroupName> = Extract<keyof ConfigValues[G], string>

/** What a value is and where it came from. */
export interface Resolved {
  readonly value: unknown
  readonly origin: Origin
  /** True for secret options, and for those whose text refers to one. */
  readonly secret: boolean
}

/** One option as it may be shown: secrets masked. */
interface ShownOption {
  readonly group: string
  readonly option: string
  readonly value: unknown
  readonly origin: Origin
  readonly secret: boolean
}

/** How a value that was resolved may be shown. */
function shownValue({ value, secret }: Resolved): unknown {
  if (!secret || value === null) return value
  return typeof value === 'string' ? maskSecret(value) : MASK
}

interface ConfigMethods {
  /** Where a value came from. */
  sourceOf<G extends GroupName>(group: G, option: OptionName<G>): Origin
  /** Every option in the order of the registry, secrets masked. */
  shown(): readonly ShownOption[]
  /** Plain values, secrets included: to hand to another process of ours, never to show. */
  values(): ConfigValues
  /** Logged, printed or made JSON by accident, a configuration shows no secret. */
  toJSON(): unknown
}

/** The effective configuration: `config.DEFAULT.boot_timeout`. Frozen. */
export type Config = ConfigValues & ConfigMethods

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** Builds the configuration from one resolved value for each option, by `group.name` as in the registry. */
export function makeConfig(resolved: ReadonlyMap<string, Resolved>): Config {
  const groups: Record<string, Record<string, unknown>> = {}
  const masked: Record<string, Record<string, unknown>> = {}
  const shown: ShownOption[] = []
  for (const { group, name, id } of ENTRIES) {
    const found = resolved.get(id)
    if (found === undefined) throw new Error(`no value for ${id}`)
    groups[group] ??= {}
    masked[group] ??= {}
    groups[group][name] = found.value
    masked[group][name] = shownValue(found)
    shown.push({ group, option: name, value: shownValue(found), origin: found.origin, secret: found.secret })
  }
  // The registry gives both this object its keys and ConfigValues its type.
  const values = Object.fromEntries(
    Object.entries(groups).map(([name, group]) => [name, hideFromInspection(Object.freeze(group), masked[name])]),
  ) as ConfigValues
  const origins = new Map(shown.map((option) => [`${option.group}.${option.option}`, option.origin]))
  const methods: ConfigMethods = {
    sourceOf: (group, option) => origins.get(`${group}.${option}`) ?? { kind: 'default' },
    shown: () => shown,
    values: () => structuredClone(groups) as ConfigValues,
    toJSON: () => masked,
  }
  const config = { ...values } as Config
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(config, name, { value })
  Object.defineProperty(config, INSPECT, { value: () => masked })
  return Object.freeze(config)
}

/** A section on its own is as careful as the whole. */
function hideFromInspection(group: Readonly<Record<string, unknown>>, masked: unknown): object {
  const copy = { ...group }
  Object.defineProperty(copy, 'toJSON', { value: () => masked })
  Object.defineProperty(copy, INSPECT, { value: () => masked })
  return Object.freeze(copy)
}

/** A configuration made of plain values, as another process of ours handed them over with `values()`. */
export function configFromValues(values: ConfigValues): Config {
  const plain = values as Readonly<Record<string, Readonly<Record<string, unknown>>>>
  return makeConfig(
    new Map(
      ENTRIES.map(({ group, name, id, option }) => [
        id,
        { value: plain[group]?.[name] ?? null, origin: { kind: 'override' }, secret: option.secret },
      ]),
    ),
  )
}
