import { existsSync } from 'node:fs'
import { whatIsMissing } from '../test/openstack/harness/requirements.ts'
import { findRig, type Rig, startRig } from '../test/openstack/harness/rig.ts'

/** What `.ci/run` has time for. */
const QUICK = ['test/openstack/contract']

const KEPT = 'dev'

async function runTests(rig: Rig, words: readonly string[]): Promise<number> {
  const child = rig.spawn(['vitest', 'run', '--project', 'openstack', ...words], { stdio: 'inherit' })
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)))
  })
}

/** @returns the status to exit with. */
async function main(args: readonly string[]): Promise<number> {
  const isKept = args.includes('--keep')
  const isQuick = args.includes('--quick')
  const words = [...args.filter((one) => one !== '--keep' && one !== '--quick'), ...(isQuick ? QUICK : [])]
  const missing = whatIsMissing()
  if (missing.length > 0 && !(isKept && findRig(KEPT))) {
    console.error(
      `test:openstack needs Debian 12, root, 4 GB of free memory and namespaces; here: ${missing.join('; ')}`,
    )
    return 1
  }
  if (!existsSync('dist')) {
    console.error('test:openstack runs the built program: npm run build')
    return 1
  }
  const started = performance.now()
  const rig = await startRig(isKept ? KEPT : `run-${process.pid}`, { isKept })
  console.log(`the rig is up after ${((performance.now() - started) / 1000).toFixed(0)} s: ${rig.folder}`)
  // Ctrl-C is told to vitest by the terminal; what it leaves is removed here. Anything worse ends the rig with this process.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => void rig.stop().then(() => process.exit(143)))
  try {
    return await runTests(rig, words)
  } finally {
    if (!isKept) await rig.stop()
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
