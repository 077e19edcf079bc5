import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

/** One stage of `npm test`: a name for the summary and the command that is it. */
interface Stage {
  readonly name: string
  readonly command: readonly string[]
}

const vitest = (project: string): Stage => ({
  name: project,
  command: ['vitest', 'run', '--project', project],
})

const stages: readonly Stage[] = [
  { name: 'build', command: ['node', 'scripts/build.ts'] },
  // The build has just written it anew: a difference to the committed one is a manifest that hides a command.
  ...(existsSync('.git')
    ? [{ name: 'manifest', command: ['git', 'diff', '--exit-code', '--stat', '--', 'oclif.manifest.json'] }]
    : []),
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'unused code', command: ['knip'] },
  vitest('unit'),
  vitest('integration'),
  vitest('e2e'),
  ...(existsSync('test/dataplane') ? [vitest('dataplane')] : []),
]

function run(stage: Stage): Promise<number> {
  const [program = '', ...args] = stage.command
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' })
    child.once('error', (error) => {
      console.error(`${stage.name}: ${error.message}`)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)))
  })
}

const results: { readonly name: string; readonly code: number; readonly seconds: number }[] = []
for (const stage of stages) {
  console.log(`\n=== ${stage.name}: ${stage.command.join(' ')}`)
  const started = performance.now()
  const code = await run(stage)
  results.push({ name: stage.name, code, seconds: (performance.now() - started) / 1000 })
  // A broken build makes every later answer meaningless; a failed check does not.
  if (code !== 0 && stage.name === 'build') break
}

console.log('\n=== summary')
for (const { name, code, seconds } of results) {
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`)
}
const failed = results.filter((result) => result.code !== 0).length
console.log(`${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
