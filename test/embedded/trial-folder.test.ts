import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownMark } from '../../src/embedded/process-mark.ts'
import { makeTrialFolder } from '../../src/embedded/trial-folder.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'astara-trials-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const GONE = { pid: 4_194_303, started: '1', namespace: null }

function folder(name: string, mark?: object): string {
  const path = join(root, name)
  mkdirSync(path)
  writeFileSync(join(path, 'clouds.yaml'), 'secret')
  if (mark) writeFileSync(join(path, 'process.json'), JSON.stringify(mark))
  return path
}

describe('the folder of a trial', () => {
  it('is for this user alone, and stays while its process runs', () => {
    const first = makeTrialFolder(root)
    expect(statSync(first).mode & 0o777).toBe(0o700)
    const second = makeTrialFolder(root)
    expect(second).not.toBe(first)
    expect(existsSync(first)).toBe(true)
  })

  it('of a trial that was killed goes with the next start', () => {
    const left = folder('astara-run-killed', GONE)
    const again = folder('astara-run-again', { ...ownMark(), started: 'another life' })
    makeTrialFolder(root)
    expect([left, again].filter(existsSync)).toEqual([])
  })

  it('nothing else goes: no mark, another PID namespace, another name, a link', () => {
    const kept = [
      folder('astara-run-begins'),
      folder('astara-run-elsewhere', { ...GONE, namespace: 'pid:[1]' }),
      folder('my-astara-run-x', GONE),
      folder('aim', GONE),
    ]
    symlinkSync(join(root, 'aim'), join(root, 'astara-run-link'))
    makeTrialFolder(root)
    expect([...kept, join(root, 'astara-run-link')].filter((path) => !existsSync(path))).toEqual([])
  })
})
