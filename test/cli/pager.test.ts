import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createIo } from '../../src/cli/io.ts'
import { pagerCommand, showInPager } from '../../src/cli/pager.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'astara-pager-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('which pager', () => {
  it.each([
    [{}, 'less'],
    [{ PAGER: 'more' }, 'more'],
    [{ PAGER: 'more', ASTARA_PAGER: 'less -S' }, 'less -S'],
    [{ PAGER: 'more', ASTARA_PAGER: '' }, null],
    [{ PAGER: 'cat' }, null],
    [{ TERM: 'dumb' }, null],
  ])('%j: %s', (env, expected) => {
    expect(pagerCommand(env)).toBe(expected)
  })
})

describe('showing in a pager', () => {
  it('gives it the text, and tells less how to behave unless LESS does', async () => {
    const command = `cat > ${folder}/text; echo "$LESS" > ${folder}/less`
    expect(await showInPager(command, 'one\ntwo\n', { PATH: process.env.PATH })).toBe(true)
    expect(readFileSync(join(folder, 'text'), 'utf8')).toBe('one\ntwo\n')
    expect(readFileSync(join(folder, 'less'), 'utf8')).toBe('FRX\n')
    await showInPager(command, '', { PATH: process.env.PATH, LESS: '-i' })
    expect(readFileSync(join(folder, 'less'), 'utf8')).toBe('-i\n')
  })

  it('a pager that is left early is no error; one that is not there is told', async () => {
    expect(await showInPager('true', 'x\n'.repeat(1_000_000), process.env)).toBe(true)
    expect(await showInPager('no-such-pager 2>/dev/null', 'x', process.env)).toBe(false)
  })
})

describe('results that are held back', () => {
  function screen(rows: number, env: Record<string, string>, tty = true) {
    let out = ''
    const stream = (isTTY: boolean) =>
      Object.assign(
        new Writable({
          write(chunk, _encoding, done) {
            out += String(chunk)
            done()
          },
        }),
        { isTTY, columns: 80, rows },
      )
    const stdin = Object.assign(new PassThrough(), { isTTY: true })
    const io = createIo({ stdin, stdout: stream(tty), stderr: stream(true), env }, { page: true })
    return { io, out: () => out }
  }

  it('go to the pager when they are longer than the screen, else to the screen', async () => {
    const env = { PATH: process.env.PATH ?? '', PAGER: `cat > ${folder}/shown` }
    const long = screen(3, env)
    long.io.print('1\n2\n')
    long.io.print('3\n4\n')
    expect(long.out()).toBe('')
    await long.io.flush()
    expect(long.out()).toBe('')
    expect(readFileSync(join(folder, 'shown'), 'utf8')).toBe('1\n2\n3\n4\n')
    const short = screen(10, env)
    short.io.print('1\n2\n')
    await short.io.flush()
    expect(short.out()).toBe('1\n2\n')
  })

  it('never into a pipe, and not lost when there is no pager', async () => {
    const piped = screen(1, { PAGER: 'false' }, false)
    piped.io.print('1\n2\n3\n')
    expect(piped.out()).toBe('1\n2\n3\n')
    const none = screen(1, { PATH: process.env.PATH ?? '', PAGER: 'no-such-pager 2>/dev/null' })
    none.io.print('1\n2\n3\n')
    await none.io.flush()
    expect(none.out()).toBe('1\n2\n3\n')
  })
})
