import { formatAssignment } from './ini.ts'
import { hostFacts } from './load.ts'
import type { HostFacts, OptionGroup } from './option.ts'
import { OPTIONS } from './options.ts'
import { ENTRIES, type Entry, type GroupName } from './registry.ts'
import { defaultOf, defaultWords, valueText } from './resolve.ts'
import { wrap } from './wrap.ts'

const WIDTH = 78

/** What an option's help says beyond its text: kind, limits, where the default comes from, old names. */
function particulars(entry: Entry): string[] {
  const { option } = entry
  const words = defaultWords(entry)
  const plain = option.type.kind === 'boolean' || option.type.allowed === 'any text'
  const notes = [plain ? `Type: ${option.type.kind}` : `Allowed: ${option.type.allowed}`]
  if (words !== null) notes.push(`Default: ${words}`)
  else if (option.default === null) notes.push('Default: not set')
  if (option.reloadable) notes.push('Takes effect on reload')
  if (option.noEffect !== null) notes.push(`Has no effect: ${option.noEffect}`)
  for (const old of option.deprecated) notes.push(`Deprecated name: [${old.group ?? entry.group}] ${old.name}`)
  return notes
}

/** The lines that set an option to its default on this machine. */
function assignments(entry: Entry, facts: HostFacts): string[] {
  const value = defaultOf(entry, facts)
  const texts = entry.option.multi ? valueText(entry, value).split('\n') : [valueText(entry, value)]
  return texts.flatMap((text) => formatAssignment(entry.name, text).split('\n'))
}

/**
 * A complete orchestrator.ini in which every option stands commented out with its default: taking away the `#` before an option changes
 * nothing. Defaults that depend on the machine are those of `facts`.
 */
export function sampleConfig(facts: HostFacts = hostFacts()): string {
  const comment = (text: string): string[] => wrap(text, WIDTH - 2).map((line) => `# ${line}`)
  const sections = (Object.keys(OPTIONS) as GroupName[]).map((name) => {
    const { help }: OptionGroup = OPTIONS[name]
    const entries = ENTRIES.filter((entry) => entry.group === name).map((entry) => [
      ...comment(entry.option.help),
      ...particulars(entry).flatMap(comment),
      ...assignments(entry, facts).map((line) => `#${line}`),
      '',
    ])
    return [`[${name}]`, ...comment(help), '', ...entries.flat()].join('\n')
  })
  return `${sections.join('\n').trimEnd()}\n`
}
