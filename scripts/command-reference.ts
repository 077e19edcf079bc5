import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core/command'
import { HELP_TOPICS } from '../src/cli/help-topics.ts'

/** A flag as the manifest has it. */
interface Flag {
  readonly name: string
  readonly char?: string
  readonly type: string
  readonly summary?: string
  readonly description?: string
  readonly helpGroup?: string
  readonly helpValue?: string | readonly string[]
  readonly options?: readonly string[]
  readonly default?: unknown
  readonly allowNo?: boolean
  readonly multiple?: boolean
  readonly required?: boolean
  readonly hidden?: boolean
  readonly aliases?: readonly string[]
  readonly env?: string
}

interface Arg {
  readonly name: string
  readonly description?: string
  readonly required?: boolean
  readonly multiple?: boolean
  readonly options?: readonly string[]
  readonly hidden?: boolean
}

/** A command as the manifest has it. */
interface Entry {
  /** `ctl router list` */
  readonly words: string
  readonly summary: string
  readonly description: string
  readonly examples: readonly { readonly command: string; readonly description?: string }[]
  readonly flags: readonly Flag[]
  readonly args: readonly Arg[]
}

const ROOT = fileURLToPath(new URL('../src/commands/', import.meta.url))
const BIN = 'astara'

/** Text of one flag or description: one line, and nothing that Markdown would take for a tag or a cell. */
const cell = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim()

function entryOf(words: string, command: typeof Command): Entry {
  const fill = (text: string): string =>
    text.replaceAll('<%= config.bin %>', BIN).replaceAll('<%= command.id %>', words)
  const json = { json: { name: 'json', type: 'boolean', summary: 'Format output as json.', helpGroup: 'GLOBAL' } }
  const flags = { ...command.baseFlags, ...command.flags, ...(command.enableJsonFlag ? json : {}) }
  return {
    words,
    summary: command.summary ?? '',
    description: command.description ?? '',
    examples: (command.examples ?? []).map((example) =>
      typeof example === 'string'
        ? { command: fill(example) }
        : { command: fill(example.command), description: example.description },
    ),
    flags: Object.entries(flags).map(([name, flag]) => ({ ...(flag as unknown as Flag), name })),
    args: Object.entries(command.args).map(([name, arg]) => ({ ...(arg as Arg), name })),
  }
}

/** Every command that people are meant to see, by its words. */
async function readCommands(): Promise<readonly Entry[]> {
  const files = globSync('**/*.{ts,tsx}', { cwd: ROOT }).sort()
  const entries = await Promise.all(
    files.map(async (file) => {
      const module: { default: typeof Command } = await import(pathToFileURL(join(ROOT, file)).href)
      const words = file
        .replace(/\.tsx?$/, '')
        .split('/')
        .filter((word) => word !== 'index')
        .join(' ')
      return module.default.hidden ? null : entryOf(words, module.default)
    }),
  )
  return entries.filter((entry) => entry !== null).sort((a, b) => (a.words < b.words ? -1 : 1))
}

function argWord({ name, required, multiple }: Arg): string {
  const word = `${name.toUpperCase()}${multiple ? '…' : ''}`
  return required ? word : `[${word}]`
}

function flagWord({ name, char, type, allowNo, helpValue, multiple }: Flag): string {
  const value = type === 'boolean' ? '' : ` ${helpValue ?? name.toUpperCase()}${multiple ? ' …' : ''}`
  return `${char ? `-${char}, ` : ''}--${allowNo ? '[no-]' : ''}${name}${value}`
}

function flagRow(flag: Flag): string {
  const { summary = '', description, options, default: preset, required, aliases = [], env } = flag
  const notes = [
    ...(options ? [`One of ${options.map((option) => `\`${option}\``).join(', ')}.`] : []),
    ...(preset === undefined || preset === false || typeof preset === 'function' || flag.type === 'boolean'
      ? []
      : [`Default \`${preset}\`.`]),
    ...(required ? ['Required.'] : []),
    ...(aliases.length > 0 ? [`Also ${aliases.map((alias) => `\`--${alias}\``).join(', ')}.`] : []),
    ...(env ? [`Environment \`${env}\`.`] : []),
  ]
  return `| \`${flagWord(flag)}\` | ${cell([summary, description ?? '', ...notes].join(' '))} |`
}

const tableOf = (flags: readonly Flag[]): readonly string[] => ['| flag | |', '|---|---|', ...flags.map(flagRow)]

/** Flags that every command of a page has, told once. */
function commonFlags(entries: readonly Entry[]): readonly Flag[] {
  const [first, ...others] = entries
  if (first === undefined || others.length === 0) return []
  const same = (a: Flag, b: Flag): boolean => a.name === b.name && a.summary === b.summary
  return first.flags.filter(
    (flag) => flag.hidden !== true && others.every((entry) => entry.flags.some((other) => same(flag, other))),
  )
}

function section(entry: Entry, common: ReadonlySet<string>): readonly string[] {
  const { words, summary, description, examples, args } = entry
  const flags = entry.flags.filter((flag) => flag.hidden !== true && !common.has(flag.name))
  const shownArgs = args.filter((arg) => arg.hidden !== true)
  const hasFlags = entry.flags.length > 0 ? ['[flags]'] : []
  return [
    `## ${BIN} ${words}`,
    '',
    summary,
    '',
    '```',
    [BIN, words, ...shownArgs.map(argWord), ...hasFlags].join(' '),
    '```',
    ...(description === '' ? [] : ['', description]),
    ...(shownArgs.length === 0
      ? []
      : [
          '',
          '| argument | |',
          '|---|---|',
          ...shownArgs.map(({ name, description: text = '', options }) => {
            const choice = options ? ` One of ${options.map((option) => `\`${option}\``).join(', ')}.` : ''
            return `| \`${name.toUpperCase()}\` | ${cell(text + choice)} |`
          }),
        ]),
    ...(flags.length === 0 ? [] : ['', ...tableOf(flags)]),
    ...(examples.length === 0
      ? []
      : [
          '',
          '```sh',
          ...examples.flatMap(({ command, description: text }) => [...(text ? [`# ${text}`] : []), command]),
          '```',
        ]),
    '',
  ]
}

const HEAD = '<!-- Written by scripts/generate-command-docs.ts from the commands themselves: do not edit. -->'

function pageOf(name: string, entries: readonly Entry[]): string {
  const common = commonFlags(entries)
  const names = new Set(common.map((flag) => flag.name))
  return [
    HEAD,
    `# ${BIN} ${name}`,
    '',
    ...(entries.length === 1
      ? []
      : [
          ...entries.map(
            ({ words, summary }) => `- [${BIN} ${words}](#${`${BIN} ${words}`.replaceAll(' ', '-')}): ${summary}`,
          ),
          '',
        ]),
    ...entries.flatMap((entry) => section(entry, names)),
    ...(common.length === 0 ? [] : [`## Flags of all of these`, '', ...tableOf(common), '']),
    `Exit status: [exit-codes](index.md#exit-codes).`,
    '',
  ].join('\n')
}

/** The pages of the reference by their file names in `docs/reference`. */
export async function commandReference(): Promise<ReadonlyMap<string, string>> {
  const groups = new Map<string, Entry[]>()
  for (const entry of await readCommands()) {
    const [name = ''] = entry.words.split(' ')
    groups.set(name, [...(groups.get(name) ?? []), entry])
  }
  const index = [
    HEAD,
    '# Commands',
    '',
    ...[...groups].flatMap(([name, entries]) => [
      `**[${BIN} ${name}](${name}.md)**`,
      '',
      ...entries.map(({ words, summary }) => `- \`${BIN} ${words}\`: ${summary}`),
      '',
    ]),
    ...Object.entries(HELP_TOPICS).flatMap(([name, { summary, text }]) => [
      `## ${name}`,
      '',
      summary,
      '',
      '```',
      text,
      '```',
      '',
    ]),
  ]
  return new Map([
    ['index.md', index.join('\n')],
    ...[...groups].map(([name, entries]) => [`${name}.md`, pageOf(name, entries)] as const),
  ])
}
