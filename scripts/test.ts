import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { whatIsMissing } from '../test/openstack/harness/requirements.ts'

/** One stage of `npm test`: a name for the summary and the command that is it. */
interface Stage {
  readonly name: string
  readonly command: readonly string[]
}

const vitest = (project: string): Stage => ({
  name: project,
  command: ['vitest', 'run', '--project', project],
})

/** How long all of `npm test` may take: somebody waits for it. */
const LIMIT_SECONDS = 20 * 60
/** What the quick set against a real OpenStack is given, its start included. */
const OPENSTACK_SECONDS = 6 * 60

/** The real OpenStack comes last, and only where it can run and there is time: an OpenStack takes a minute of two cores to start. */
const openstack: Stage = { name: 'openstack', command: ['node', 'scripts/test-openstack.ts', '--quick'] }

/** Why the real OpenStack is left out; null when it is not. */
function whyNotOpenstack(secondsSpent: number): string | null {
  const missing = whatIsMissing()
  if (missing.length > 0) return missing.join('; ')
  if (secondsSpent + OPENSTACK_SECONDS <= LIMIT_SECONDS) return null
  return `${Math.round(secondsSpent)} s are spent, and it may take ${OPENSTACK_SECONDS} s of the ${LIMIT_SECONDS} s there are`
}

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

/** What `run` answers when its time was up. */
const OUT_OF_TIME = -1

function run(stage: Stage, seconds?: number): Promise<number> {
  const [program = '', ...args] = stage.command
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' })
    child.once('error', (error) => {
      console.error(`${stage.name}: ${error.message}`)
      resolve(127)
    })
    let isLate = false
    const timer =
      seconds === undefined
        ? undefined
        : setTimeout(() => {
            isLate = true
            child.kill('SIGTERM')
          }, seconds * 1000)
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      resolve(isLate ? OUT_OF_TIME : (code ?? (signal ? 128 : 1)))
    })
  })
}

const results: { readonly name: string; readonly code: number; readonly seconds: number }[] = []
async function take(stage: Stage, seconds?: number): Promise<number> {
  console.log(`\n=== ${stage.name}: ${stage.command.join(' ')}`)
  const started = performance.now()
  const code = await run(stage, seconds)
  results.push({ name: stage.name, code, seconds: (performance.now() - started) / 1000 })
  return code
}

let isBroken = false
for (const stage of stages) {
  const code = await take(stage)
  // A broken build makes every later answer meaningless; a failed check does not.
  isBroken = code !== 0 && stage.name === 'build'
  if (isBroken) break
}

const secondsSpent = results.reduce((sum, { seconds }) => sum + seconds, 0)
const skipped = isBroken ? 'the build is broken' : whyNotOpenstack(secondsSpent)
// On a slow machine it is cut short rather than let everybody wait; the summary says so.
if (skipped === null) await take(openstack, LIMIT_SECONDS - secondsSpent - 20)

console.log('\n=== summary')
for (const { name, code, seconds } of results) {
  const verdict = code === 0 ? 'ok    ' : code === OUT_OF_TIME ? 'NOT FINISHED, out of time:' : 'FAILED'
  console.log(`${verdict} ${name} (${seconds.toFixed(1)} s)`)
}
if (skipped !== null) console.log(`NOT RUN openstack: ${skipped} (npm run test:openstack)`)
const failed = results.filter(({ code }) => code !== 0 && code !== OUT_OF_TIME).length
console.log(`${results.filter(({ code }) => code === 0).length} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
