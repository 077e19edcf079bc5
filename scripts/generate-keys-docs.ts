import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { BINDINGS, type Binding, keyLabel } from '../src/tui/browse/bindings.ts'
import { COMMANDS } from '../src/tui/browse/commands.ts'

/** docs/keys.md, written from the console's key table: `node scripts/generate-keys-docs.ts [--check]`. */
const FILE = new URL('../docs/keys.md', import.meta.url)

const GROUPS: readonly Binding['group'][] = ['Move', 'Go to', 'List', 'Act', 'Console']

const escaped = (text: string): string => text.replaceAll('|', '\\|')
const row = (...cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`

function keys(group: Binding['group']): string {
  const rows = BINDINGS.filter((binding) => binding.group === group).map(({ keys: names, help, views, dangerous }) =>
    row(
      names.map((name) => `\`${keyLabel(name)}\``).join(' '),
      `${help}${dangerous ? ' *(not when read-only)*' : ''}`,
      views.length === 6 ? 'all' : views.join(', '),
    ),
  )
  return [`## ${group}`, '', row('key', 'what it does', 'views'), row('---', '---', '---'), ...rows].join('\n')
}

/** The whole document. */
export function renderKeys(): string {
  const commands = COMMANDS.map(({ usage, help, words }) => {
    const others = words.slice(1)
    return row(`\`${usage}\``, help, others.length === 0 ? '' : others.map((word) => `\`${word}\``).join(' '))
  })
  return `# Keys and commands of the console

Written by \`node scripts/generate-keys-docs.ts\` from the tables in \`src/tui/browse/bindings.ts\` and \`src/tui/browse/commands.ts\`; a test fails
when they differ. In the console \`?\` shows the keys of the view one is in.

${GROUPS.map(keys).join('\n\n')}

## Commands

After \`:\`, or in plain mode as a line. The words of the command line work too: \`:router show web\`, \`:astara ctl router rebuild 5f3c\`.

${[row('command', 'what it does', 'also'), row('---', '---', '---'), ...commands].join('\n')}
`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!process.argv.includes('--check')) writeFileSync(FILE, renderKeys())
  else if (readFileSync(FILE, 'utf8') !== renderKeys()) {
    console.error('docs/keys.md is out of date: node scripts/generate-keys-docs.ts')
    process.exitCode = 1
  }
}
