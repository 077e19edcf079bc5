/**
 * docs/browse-real-cloud.md: the console watching a real OpenStack while tenants work in it, at 80×24 and 160×50. Runs inside the rig:
 *
 *     npm run build && npm run rig -- start && npm run rig -- enter dev -- node scripts/record-real-cloud.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realCloud } from '../test/openstack/scenarios/support/real-cloud.ts'
import { clearProject, Site } from '../test/openstack/scenarios/support/site.ts'
import { Tmux } from '../test/support/tmux.ts'

const home = mkdtempSync(join(tmpdir(), 'astara-screens-'))
const cloud = await realCloud({ options: { OS_DEFAULT__API_PORT: '44250' } })
const site = new Site(cloud)

interface Scene {
  readonly title: string
  readonly happens?: () => Promise<unknown>
  readonly keys?: readonly string[]
  readonly sees: RegExp
}

async function router(name: string, cidr: string): Promise<string> {
  const { id } = await site.gatewayRouter({ name })
  const network = await site.network({ cidr })
  await site.plug(id, { subnet_id: network.subnetId })
  return id
}

async function record(columns: number, rows: number): Promise<string> {
  const name = `web-${columns}`
  let id = ''
  const scenes: readonly Scene[] = [
    { title: 'The list: two routers in service', sees: /● live[\s\S]*2 configured/ },
    {
      title: 'A tenant makes a router',
      happens: async () => {
        id = await router(name, `10.${columns}.0.0/24`)
      },
      sees: new RegExp(`booting +${name}`),
    },
    { title: 'It is configured', sees: new RegExp(`configured +${name}`) },
    {
      title: 'The router: summary',
      keys: ['/', ...name, 'Enter', 'Enter'],
      sees: /\[summary\][\s\S]*Instances/,
    },
    {
      title: 'The router: timeline, with each call to Nova and Neutron',
      keys: ['Tab'],
      sees: /\[timeline\][\s\S]*configured/,
    },
    {
      title: 'Events, while its instance is deleted in Nova',
      happens: async () => cloud.admin('DELETE', `servers/${(await cloud.appliance(id)).serverId}`),
      keys: ['Escape', '4'],
      sees: /^Events[\s\S]*(booting|replace|boot)/m,
    },
    { title: 'The list afterwards', keys: ['1', 'Escape'], sees: new RegExp(`configured +${name}`) },
  ]
  const screen = new Tmux(['browse', '--url', cloud.orchestrator.url], {
    columns,
    rows,
    env: { HOME: home, XDG_CONFIG_HOME: join(home, String(columns)) },
  })
  try {
    const parts: string[] = []
    for (const { title, happens, keys = [], sees } of scenes) {
      await happens?.()
      if (keys.length > 0) screen.press(...keys)
      const text = await screen.see(sees, 120_000)
      parts.push(`### ${title}, ${columns}×${rows}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`)
    }
    return parts.join('\n')
  } finally {
    screen.close()
    await cloud.tenant('PUT', `v2.0/routers/${id}`, { router: { name: `done-${columns}` } })
  }
}

try {
  await clearProject(cloud)
  const standing = [await router('shop', '10.1.0.0/24'), await router('mail', '10.2.0.0/24')]
  for (const id of standing) await site.real(id, 180_000)
  const small = await record(80, 24)
  await site.clear()
  for (const [name, cidr] of [
    ['shop', '10.1.0.0/24'],
    ['mail', '10.2.0.0/24'],
  ] as const) {
    await site.real(await router(name, cidr), 180_000)
  }
  const large = await record(160, 50)
  writeFileSync(
    new URL('../docs/browse-real-cloud.md', import.meta.url),
    `# The console on a real cloud

Recorded by \`scripts/record-real-cloud.ts\` from the program in a real terminal (tmux), while a tenant worked on a real OpenStack (Keystone,
Nova and Neutron of release Zed) whose routers astara made real. What the parts mean: [browse.md](browse.md).

## 80×24

${small}
## 160×50

${large}`,
  )
  await site.clear()
} finally {
  await cloud.stop()
  rmSync(home, { recursive: true, force: true })
}
