/**
 * docs/browse-real-cloud.md: the console watching a real OpenStack, at 80×24 and 160×50, while the stories of test/openstack/scenarios are
 * played in it. Runs inside the rig, with the URL of their orchestrator:
 *
 *     npm run rig -- enter dev -- node scripts/record-real-cloud.ts http://127.0.0.1:PORT
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tmux } from '../test/support/tmux.ts'

const [api] = process.argv.slice(2)
if (api === undefined) throw new Error('which orchestrator?')
const home = mkdtempSync(join(tmpdir(), 'astara-screens-'))
const WAIT_MS = 240_000

const SCENES: readonly (readonly [title: string, keys: readonly string[], sees: RegExp])[] = [
  ['The list: a router boots', [], /● live[\s\S]*booting +\S/],
  ['The list: it is configured', [], /● live[\s\S]*> ● configured/],
  ['A router: summary', ['Enter'], /\[summary\][\s\S]*Instances/],
  ['A router: timeline, with its calls to Nova and Neutron', ['Tab'], /\[timeline\][\s\S]*\d\d:\d\d:\d\d/],
  ['Events', ['Escape', '4'], /^Events[\s\S]*\d\d:\d\d:\d\d[\s\S]*\d\d:\d\d:\d\d/m],
]

async function record(columns: number, rows: number): Promise<string> {
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, String(columns)) }
  const screen = new Tmux(['browse', '--url', api ?? ''], { columns, rows, env })
  try {
    const parts: string[] = []
    for (const [title, keys, sees] of SCENES) {
      if (keys.length > 0) screen.press(...keys)
      const text = await screen.see(sees, WAIT_MS)
      parts.push(`### ${title}, ${columns}×${rows}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`)
    }
    return parts.join('\n')
  } finally {
    screen.close()
  }
}

try {
  const [small, large] = await Promise.all([record(80, 24), record(160, 50)])
  writeFileSync(
    new URL('../docs/browse-real-cloud.md', import.meta.url),
    `# The console on a real cloud

Recorded by \`scripts/record-real-cloud.ts\` from the program in a real terminal (tmux), while the stories of [scenarios.md](scenarios.md) were
played on a real OpenStack (Keystone, Nova and Neutron of release Zed). What the parts mean: [browse.md](browse.md).

## 80×24

${small}
## 160×50

${large}`,
  )
} finally {
  rmSync(home, { recursive: true, force: true })
}
