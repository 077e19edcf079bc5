import { nearest } from '../shared/index.ts'
import { normalizeGroup } from './ini.ts'
import type { OldName, Option, OptionSet } from './option.ts'
import { OPTIONS } from './options.ts'

/** Name of a section of the registry. */
export type GroupName = keyof typeof OPTIONS

/** An option with its place. */
export interface Entry {
  readonly group: GroupName
  readonly name: string
  readonly option: Option
  /** `group.name`, the group normalised: how options are looked up. */
  readonly id: string
}

/** How an option is looked up, whatever case its section was written in. */
export const optionId = (group: string, name: string): string => `${normalizeGroup(group)}.${name}`

function* entries(): Generator<Entry> {
  for (const group of Object.keys(OPTIONS) as GroupName[]) {
    const options: OptionSet = OPTIONS[group].options
    for (const [name, option] of Object.entries(options)) yield { group, name, option, id: optionId(group, name) }
  }
}

/** Every option, in the order of the sample. */
export const ENTRIES: readonly Entry[] = [...entries()]

/** By current name. */
export const BY_ID: ReadonlyMap<string, Entry> = new Map(ENTRIES.map((entry) => [entry.id, entry]))

const oldId = (entry: Entry, old: OldName): string => optionId(old.group ?? entry.group, old.name)

function byOldId(): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>()
  for (const entry of ENTRIES) {
    for (const old of entry.option.deprecated) {
      const id = oldId(entry, old)
      found.set(id, [...(found.get(id) ?? []), entry])
    }
  }
  return found
}

/** By deprecated name; one old name may have become several options. */
export const BY_OLD_ID: ReadonlyMap<string, readonly Entry[]> = byOldId()

/** `[group] name`, as people write it. */
export const label = (group: string, name: string): string => `[${group}] ${name}`

/** Names under which an option may be written, the current one first. */
export const idsOf = (entry: Entry): readonly string[] => [
  entry.id,
  ...entry.option.deprecated.map((old) => oldId(entry, old)),
]

/** What an unknown name most likely meant, in words; null when nothing is near. */
export function didYouMean(group: string, name: string): string | null {
  const normalized = normalizeGroup(group.trim())
  const inGroup = ENTRIES.filter((entry) => normalizeGroup(entry.group) === normalized)
  const sameName = ENTRIES.find((entry) => entry.name === name)
  if (inGroup.length === 0) {
    const near = nearest(group, Object.keys(OPTIONS))
    if (near !== null && BY_ID.has(optionId(near, name))) return label(near, name)
    return sameName ? label(sameName.group, name) : null
  }
  const near = nearest(
    name,
    inGroup.map((entry) => entry.name),
  )
  const found = inGroup.find((entry) => entry.name === near) ?? sameName
  return found ? label(found.group, found.name) : null
}
