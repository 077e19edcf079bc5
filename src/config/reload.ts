import { type Config, type ConfigValues, makeConfig, type Resolved } from './config.ts'
import { ENTRIES, type Entry, label } from './registry.ts'

/** What reading the files again comes to. */
export interface Reloaded {
  /** The present configuration with those changes that may take effect while the program runs. */
  readonly config: Config
  /** Options in force with a new value, as `[group] name`. */
  readonly changed: readonly string[]
  /** Options whose new value needs a restart. */
  readonly restartNeeded: readonly string[]
}

const settingOf = (values: ConfigValues, { group, name }: Entry): unknown =>
  (values[group] as Readonly<Record<string, unknown>>)[name]

/** Takes over from `next` what is reloadable; the rest stays as in `present`. */
export function reloadInto(present: Config, next: Config): Reloaded {
  const [before, after] = [present.values(), next.values()]
  const secrets = new Map(
    [...present.shown(), ...next.shown()].map((one) => [`${one.group} ${one.option}`, one.secret]),
  )
  const origins = new Map(
    [present, next].map((one) => [one, new Map(one.shown().map((o) => [`${o.group} ${o.option}`, o.origin]))]),
  )
  const changed: string[] = []
  const restartNeeded: string[] = []
  const resolved = new Map<string, Resolved>()
  for (const entry of ENTRIES) {
    const { group, name, id, option } = entry
    const differs = JSON.stringify(settingOf(before, entry)) !== JSON.stringify(settingOf(after, entry))
    if (differs) (option.reloadable ? changed : restartNeeded).push(label(group, name))
    const from = differs && option.reloadable ? next : present
    resolved.set(id, {
      value: settingOf(from === next ? after : before, entry),
      origin: origins.get(from)?.get(`${group} ${name}`) ?? { kind: 'default' },
      secret: secrets.get(`${group} ${name}`) ?? option.secret,
    })
  }
  return { config: makeConfig(resolved), changed, restartNeeded }
}
