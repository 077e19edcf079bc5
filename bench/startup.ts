/**
 * How long commands take to start, and what they load. Run after `npm run build`: `node bench/startup.ts [rounds]`.
 * The lists of packages and rooms come from the source maps of the files that Node really loaded.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { loadedBy } from '../test/support/loaded-modules.ts'

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url))
const rounds = Number(process.argv[2] ?? 15)
if (!existsSync(new URL('../dist/run.js', import.meta.url))) {
  console.error('nothing to measure: run `npm run build` first')
  process.exit(1)
}

const CASES = [
  { name: 'bare node', args: ['-e', '0'] },
  { name: '--version', args: [program, '--version'] },
  { name: '--help', args: [program, '--help'] },
  { name: 'ctl --help', args: [program, 'ctl', '--help'] },
  { name: 'config show', args: [program, 'config', 'show', '--config-file', '/dev/null'] },
] as const

function milliseconds(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const took = performance.now() - started
  if (status !== 0) throw new Error(`${args.join(' ')}: exit status ${status}: ${stderr}`)
  return took
}

const times = CASES.map((): number[] => [])
for (let round = -2; round < rounds; round++) {
  // Each round measures every command once, so that other work on the machine disturbs all alike. Two rounds warm the caches.
  for (const [i, { args }] of CASES.entries()) {
    const took = milliseconds(args)
    if (round >= 0) times[i]?.push(took)
  }
}

console.log(
  `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ` +
    `${rounds} rounds`,
)
console.log(`${'command'.padEnd(14)}${'median'.padStart(9)}${'fastest'.padStart(9)}`)
for (const [i, { name }] of CASES.entries()) {
  const sorted = (times[i] ?? []).toSorted((a, b) => a - b)
  const show = (ms: number | undefined): string => `${(ms ?? Number.NaN).toFixed(0)} ms`.padStart(9)
  console.log(`${name.padEnd(14)}${show(sorted[sorted.length >> 1])}${show(sorted[0])}`)
}
for (const { name, args } of CASES.slice(1)) {
  const { files, kilobytes, packages, rooms } = loadedBy(args)
  console.log(`\n${name} loads ${files} files, ${kilobytes.toFixed(0)} kB`)
  console.log(`  rooms: ${rooms.join(' ') || 'none'}`)
  console.log(`  packages: ${packages.join(' ') || 'none'}`)
}
