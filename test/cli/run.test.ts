import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const url = (path: string): string => new URL(path, import.meta.url).href
const commandUrl = pathToFileURL(createRequire(import.meta.url).resolve('@oclif/core/command')).href
let root: string

/** A package of its own with small commands that end in every way a command can. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'astara-run-'))
  mkdirSync(join(root, 'commands'))
  const oclif = { bin: 'tiny', dirname: 'tiny', commands: { strategy: 'pattern', target: './commands' } }
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0', type: 'module', oclif }))
  const command = (name: string, body: string): void =>
    writeFileSync(
      join(root, 'commands', `${name}.js`),
      `import { Command } from ${JSON.stringify(commandUrl)}
       import { AstaraError } from ${JSON.stringify(url('../../src/shared/errors.ts'))}
       export default class It extends Command { async run() { await this.parse(It); ${body} } }`,
    )
  command('fine', "process.stdout.write('done\\n')")
  command('foreseen', "throw new AstaraError('unreachable', 'nobody there', { suggestions: ['Look.'] })")
  command('bug', 'undefined.x')
  command('status', 'process.exitCode = 2')
  command('many', "for (let i = 0; i < 200000; i++) process.stdout.write('a line of some length\\n')")
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Runs `run()` in a process of its own. `lines`: stop reading after the first chunk, as `head` does. */
function runIt(
  argv: readonly string[],
  stopReading = false,
): Promise<{ code: number | null; out: string; err: string }> {
  const script = `import { run } from ${JSON.stringify(url('../../src/run.ts'))}
    await run({ argv: ${JSON.stringify(argv)}, root: ${JSON.stringify(root)} })`
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString()
      if (stopReading) child.stdout.destroy()
    })
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString()
    })
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

describe('the program', () => {
  it('ends with 0 when the command is done', async () => {
    expect(await runIt(['fine'])).toEqual({ code: 0, out: 'done\n', err: '' })
  })

  it('prints a foreseen error for people and ends with its status', async () => {
    expect(await runIt(['foreseen'])).toEqual({ code: 5, out: '', err: 'Error: nobody there\n  Look.\n' })
  })

  it('prints a bug as one', async () => {
    const { code, err } = await runIt(['bug'])
    expect(code).toBe(1)
    expect(err).toMatch(/^This is a bug in astara\. Please report it/)
    expect(err).toContain('TypeError')
  })

  it('ends with 2 after a mistake in usage', async () => {
    const { code, err } = await runIt(['fine', '--wat'])
    expect([code, err]).toEqual([2, 'Error: Nonexistent flag: --wat\nSee more help with --help\n'])
  })

  it('keeps a status that the command set', async () => {
    expect((await runIt(['status'])).code).toBe(2)
  })

  it('prints help and ends with 0', async () => {
    const { code, out } = await runIt(['fine', '--help'])
    expect(code).toBe(0)
    expect(out).toContain('USAGE')
  })

  it('… | head -1 ends with 0 and says nothing', async () => {
    const { code, err } = await runIt(['many'], true)
    expect([code, err]).toEqual([0, ''])
  })
})
