import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const file = fileURLToPath(new URL('../../src/profile/load-conf.ts', import.meta.url))

/** A program that puts something back when it is ended, which takes it a moment; `load` is what it does at its start. */
const program = (load: string): string => `
  const put = () => setTimeout(() => { console.log('put back'); process.exit(143) }, 200)
  process.once('SIGTERM', put)
  ${load}
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(9), 5_000)
`

const run = (load: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', program(load)], { encoding: 'utf8', timeout: 20_000 })

it('leaves it to us how the process ends on a signal', () => {
  // What it guards against is there at all.
  expect(run(`await import('conf')`).signal).toBe('SIGTERM')
  const ours = run(`await (await import(${JSON.stringify(file)})).loadConf()`)
  expect([ours.stdout.trim(), ours.status, ours.signal]).toEqual(['put back', 143, null])
})
