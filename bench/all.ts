/**
 * Runs every benchmark, one after the other, and prints the tables of docs/performance.md. `--quick`: 200 and 1,000 routers instead of
 * 1,000, 5,000 and 10,000. Needs a built program, RabbitMQ and /usr/bin/python3.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { markdown, type Row } from './harness/report.ts'
import { machine } from './machine.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, workers: { type: 'string', default: '2' } },
})
if (!existsSync(new URL('../dist/run.js', import.meta.url))) {
  console.error('nothing to measure: run `npm run build` first')
  process.exit(1)
}

function run(script: string, ...args: string[]): string {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { status, stdout, error } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path, ...args],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1_048_576,
    },
  )
  if (status !== 0) throw new Error(`${script} ${args.join(' ')}: ${error?.message ?? `exit status ${status}`}`)
  return stdout
}

function rows(script: string, ...args: string[]): readonly Row[] {
  const answer = run(script, ...args, '--built', '--json', '--workers', values.workers)
  return (JSON.parse(answer) as { rows: Row[] }).rows
}

console.log(`# Measured on ${machine()}, ${values.workers} workers\n`)
const runs: readonly (readonly string[])[] = values.quick
  ? [
      ['--routers', '200'],
      ['--routers', '1000'],
    ]
  : [
      ['--routers', '1000'],
      ['--routers', '5000', '--only', 'health,outage'],
      ['--routers', '10000'],
    ]
for (const args of runs) console.log(`${markdown(rows('./routers.ts', ...args))}\n`)
console.log(`${markdown(rows('./boots.ts', '--routers', values.quick ? '50' : '500'))}\n`)
for (const [title, script] of [
  ['Start of commands', './startup.ts'],
  ['Taking notifications from RabbitMQ, the listener alone', './ingest.ts'],
  ['Reading what OpenStack answers', './openstack-parse.ts'],
] as const) {
  console.log(`## ${title}\n\n\`\`\`\n${run(script).trimEnd()}\n\`\`\`\n`)
}
