import { normalizeGroup } from './ini.ts'
import { OBSOLETE } from './obsolete.ts'
import type { ConfigWarning, Origin } from './problems.ts'
import { BY_ID, BY_OLD_ID, didYouMean, ENTRIES, type Entry, idsOf, label, optionId } from './registry.ts'
import type { SourceFile } from './sources.ts'

/** The texts that decide an option's value (several only for options that count each time they are written). */
export interface Written {
  readonly texts: readonly { readonly text: string; readonly origin: Origin }[]
}

/** Environment variables, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

const warning = (kind: ConfigWarning['kind'], message: string, origin: Origin): ConfigWarning => ({
  kind,
  message,
  file: origin.kind === 'file' ? origin.file : null,
  line: origin.kind === 'file' ? origin.line : null,
})

const envName = (id: string): string => {
  const dot = id.indexOf('.')
  return `OS_${id.slice(0, dot).toUpperCase()}__${id.slice(dot + 1).toUpperCase()}`
}

/** One place in which options are written, from strongest to weakest: the environment, then the files from last to first. */
interface Layer {
  readonly find: (id: string) => readonly { readonly text: string; readonly origin: Origin }[]
}

function environmentLayer(env: Environment): Layer {
  return {
    find: (id) => {
      const name = envName(id)
      const text = env[name]
      return text === undefined ? [] : [{ text, origin: { kind: 'env', name } }]
    },
  }
}

function fileLayer(file: SourceFile): Layer {
  const byId = new Map<string, { text: string; origin: Origin }[]>()
  for (const { group, key, text, line } of file.assignments) {
    const id = optionId(group, key)
    const found = byId.get(id) ?? []
    found.push({ text, origin: { kind: 'file', file: file.path, line } })
    byId.set(id, found)
  }
  return { find: (id) => byId.get(id) ?? [] }
}

/**
 * Finds what was written for each option. The environment wins over files, a later file over an earlier one, whatever name each of them
 * uses; in one file the current name wins over deprecated ones and the last of equal names over the others.
 */
export function findWritten(
  files: readonly SourceFile[],
  env: Environment,
): { written: ReadonlyMap<Entry, Written>; warnings: ConfigWarning[] } {
  const layers = [environmentLayer(env), ...files.map(fileLayer).reverse()]
  const written = new Map<Entry, Written>()
  for (const entry of ENTRIES) {
    const perLayer = layers.map(
      (layer) =>
        idsOf(entry)
          .map(layer.find)
          .find((found) => found.length > 0) ?? [],
    )
    const texts = entry.option.multi
      ? perLayer.reverse().flat()
      : (perLayer.find((found) => found.length > 0) ?? []).slice(-1)
    if (texts.length > 0) written.set(entry, { texts })
  }
  return { written, warnings: [...fileWarnings(files), ...environmentWarnings(env)] }
}

/** Once for each name, where it first stands. */
function fileWarnings(files: readonly SourceFile[]): ConfigWarning[] {
  const warnings: ConfigWarning[] = []
  const seen = new Set<string>()
  for (const file of files) {
    for (const { group, key, line } of file.assignments) {
      const id = optionId(group, key)
      if (seen.has(id)) continue
      seen.add(id)
      const found = judge(group, key, id)
      if (found !== null) warnings.push(warning(found.kind, found.message, { kind: 'file', file: file.path, line }))
    }
  }
  return warnings
}

function judge(group: string, key: string, id: string): Pick<ConfigWarning, 'kind' | 'message'> | null {
  const name = label(group, key)
  const current = BY_ID.get(id)
  if (current?.option.noEffect)
    return { kind: 'no_effect', message: `${name} has no effect: ${current.option.noEffect}` }
  if (current) return null
  const successors = BY_OLD_ID.get(id)
  if (successors) {
    const now = successors.map((entry) => label(entry.group, entry.name)).join(' and ')
    return { kind: 'deprecated', message: `${name} is deprecated: write ${now} instead` }
  }
  const obsolete = OBSOLETE.get(id)
  if (obsolete !== undefined) return { kind: 'no_effect', message: `${name} has no effect: ${obsolete}` }
  const near = didYouMean(group, key)
  return {
    kind: 'unknown',
    message: `${name} is not an option of astara and is ignored${near === null ? '' : `; did you mean ${near}?`}`,
  }
}

const ENV_FORM = /^OS_([A-Z0-9_]+?)__([A-Z0-9_]+)$/
const KNOWN_GROUPS = new Map(ENTRIES.map((entry) => [entry.group.toUpperCase(), entry.group]))

/** Variables of sections that we do not have may be another service's. */
function environmentWarnings(env: Environment): ConfigWarning[] {
  const current = new Set(ENTRIES.map((entry) => envName(entry.id)))
  const warnings: ConfigWarning[] = []
  for (const variable of Object.keys(env).sort()) {
    const [, upperGroup = '', upperName = ''] = ENV_FORM.exec(variable) ?? []
    const group = KNOWN_GROUPS.get(upperGroup)
    if (group === undefined || env[variable] === undefined || current.has(variable)) continue
    const key = upperName.toLowerCase()
    const found = judge(group, key, `${normalizeGroup(group)}.${key}`)
    if (found !== null) {
      warnings.push(warning(found.kind, `environment ${variable}: ${found.message}`, { kind: 'env', name: variable }))
    }
  }
  return warnings
}
