/**
 * docs/browse-screens.md: every view of the console, as a real terminal shows it at 80×24 and 160×50, on the embedded cloud.
 *
 *     npm run build && node scripts/record-browse-screens.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProgram } from '../test/support/program.ts'
import { Tmux } from '../test/support/tmux.ts'

const PORT = 44_951
const api = `http://127.0.0.1:${PORT}`
const home = mkdtempSync(join(tmpdir(), 'astara-screens-'))

/** What is pressed, what must be seen then, and what it is called. */
const VIEWS: readonly (readonly [title: string, keys: readonly string[], sees: RegExp])[] = [
  ['Resources', [], /● live[\s\S]*router-1 /],
  [
    'Resources, filtered and marked',
    ['Space', '/', 'r', 'o', 'u', 't', 'e', 'r', '-', '1', 'Enter'],
    /\/router-1[\s\S]*1 marked/,
  ],
  ['Rebuild asks', ['U', 'Escape', 'g', 'r'], /Rebuild router-1/],
  ['Details: summary', ['Escape', 'Enter'], /\[summary\][\s\S]*Instances/],
  ['Details: timeline', ['Tab'], /\[timeline\][\s\S]*configured/],
  ['Details: networks', ['Tab'], /\[networks\][\s\S]*ge0/],
  ['Details: configuration', ['Tab'], /\[config\][\s\S]*hostname/],
  ['Details: state graph', ['Tab'], /\[graph\][\s\S]*\*CalcAction\*/],
  ['Details: raw', ['Tab'], /\[raw\][\s\S]*instance_state/],
  ['Workers', ['2'], /^Workers/m],
  ['Tenants', ['3'], /^Tenants/m],
  ['Events', ['4'], /^Events[\s\S]*\d\d:\d\d:\d\d\./m],
  ['Help', ['?'], /Help/],
  ['Command line', ['Escape', '1', ':', 'r', 'o', 'u', 't', 'e', 'r', 'Space', 's'], /:router s/],
]

async function record(columns: number, rows: number): Promise<string> {
  const screen = new Tmux(['browse', '--url', api], {
    columns,
    rows,
    env: { HOME: home, XDG_CONFIG_HOME: join(home, String(columns)) },
  })
  try {
    const parts: string[] = []
    for (const [title, keys, sees] of VIEWS) {
      if (keys.length > 0) screen.press(...keys)
      const text = await screen.see(sees, 40_000)
      parts.push(`### ${title}, ${columns}×${rows}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`)
    }
    return parts.join('\n')
  } finally {
    screen.close()
  }
}

const orchestrator = startProgram(['run', '--embedded', '--embedded-routers', '12', '--embedded-boot-time', '300'], {
  HOME: home,
  OS_DEFAULT__API_PORT: String(PORT),
  OS_DEFAULT__NUM_WORKER_PROCESSES: '2',
})
try {
  await orchestrator.line(/Ctrl-C here stops everything/)
  const small = await record(80, 24)
  const large = await record(160, 50)
  writeFileSync(
    new URL('../docs/browse-screens.md', import.meta.url),
    `# The console's screens

Recorded by \`node scripts/record-browse-screens.ts\` from the program in a real terminal (tmux), against the embedded cloud. What the parts
mean: [browse.md](browse.md).

## 80×24

${small}
## 160×50

${large}`,
  )
} finally {
  orchestrator.child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
}
