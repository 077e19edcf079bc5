import type { OptionGroup } from './option.ts'
import { OPTIONS } from './options.ts'
import { ENTRIES, type Entry, type GroupName } from './registry.ts'
import { defaultWords, valueText } from './resolve.ts'
import { DEFAULT_FILES } from './sources.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** For numbers the limits say more than the kind. */
function typeCell({ option: { type } }: Entry): string {
  return ['integer', 'float', 'seconds'].includes(type.kind) ? type.allowed.replace(/^a /, '') : type.kind
}

function defaultCell(entry: Entry): string {
  const words = defaultWords(entry)
  if (words !== null) return words
  const { option } = entry
  if (option.default === null) return '–'
  const text = valueText(entry, option.default)
  return text === '' ? 'empty' : `\`${text}\``
}

function noteCell(entry: Entry): string {
  const { option } = entry
  const notes = [
    option.secret ? 'Secret.' : '',
    option.reloadable ? 'Reloadable.' : '',
    option.noEffect === null ? '' : `No effect: ${option.noEffect}.`,
    ...option.deprecated.map((old) => `Was \`[${old.group ?? entry.group}] ${old.name}\`.`),
  ]
  return [option.help, ...notes].filter((note) => note !== '').join(' ')
}

const INTRODUCTION = `# Configuration

<!-- Made by scripts/generate-config-docs.ts from src/config/options.ts: change it there. -->

\`astara config sample\` prints a complete file, \`astara config check\` judges one, \`astara config show\` prints what is in effect and where
each value came from (secrets masked).

## Where values come from

The strongest first:

1. the environment: \`OS_<GROUP>__<OPTION>\`, for example \`OS_DEFAULT__BOOT_TIMEOUT=300\` or \`OS_KEYSTONE_AUTHTOKEN__PASSWORD\`;
2. \`--config-dir DIR\` (may be repeated): the files \`*.conf\` and \`*.ini\` in it, sorted by name, later wins;
3. \`--config-file FILE\` (may be repeated), later wins. Without it the first that exists of ${DEFAULT_FILES.map((f) => `\`${f}\``).join(', ')};
4. the default.

A value that is not allowed is refused at start, all of them at once, each with file, line, option and what is allowed. Deprecated names work,
with a warning; options that astara does not know are ignored, with a warning.

## The file format

It is that of oslo.config, which is not the usual INI:

- \`=\` or \`:\` separates, whichever comes first; blanks around both sides are dropped, and one pair of equal quotes around the value.
- A comment has \`#\` or \`;\` in the first column. There are no comments behind a value: everything up to the end of the line belongs to it.
- A line that starts with a blank or tab continues the value above (as a further line of it), even when it looks like a comment.
- Section names count in any case, except \`[DEFAULT]\`. Option names are case-sensitive and written with \`_\`.
- \`$option\`, \`\${option}\`, \`$group.option\` and \`\${group.option}\` insert another option's value (a bare name: of the same section, else of
  \`[DEFAULT]\`); \`$$\` or \`\\$\` is a dollar sign. What names no option stays as written, with a warning.
- Booleans: \`true 1 on yes\`, \`false 0 off no\`, in any case. Lists: separated by commas, items that hold commas in quotes.
- An option without a default is unset again by an empty value.
`

/** docs/config.md: the reference of every option. Says the same on every machine. */
export function configReference(): string {
  const sections = (Object.keys(OPTIONS) as GroupName[]).map((name) => {
    const { help }: OptionGroup = OPTIONS[name]
    const rows = ENTRIES.filter((entry) => entry.group === name).map(
      (entry) =>
        `| \`${entry.name}\` | ${cell(typeCell(entry))} | ${cell(defaultCell(entry))} | ${cell(noteCell(entry))} |`,
    )
    return [
      `## [${name}]`,
      '',
      help,
      '',
      '| option | type | default | what it does |',
      '|---|---|---|---|',
      ...rows,
      '',
    ].join('\n')
  })
  return `${INTRODUCTION}\n${sections.join('\n')}`
}
