import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  claim,
  forget,
  isLeftBehind,
  livingOwner,
  livingOwners,
  ownersNoted,
} from '../../../src/embedded/dataplane/owner.ts'
import { ownMark } from '../../../src/embedded/process-mark.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'astara-owner-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const note = (pid: number, text: string): void => {
  mkdirSync(join(root, String(pid)))
  writeFileSync(join(root, String(pid), 'owner.json'), text)
}

describe.skipIf(process.platform !== 'linux')('who has a data plane', () => {
  it('one that runs is known with its control API, until it forgets itself', () => {
    claim({ control: null, ranges: [] }, root)
    claim({ control: 'http://127.0.0.1:1', ranges: ['10.0.0.0/8'] }, root)
    expect(livingOwners(root)).toEqual([{ ...ownMark(), control: 'http://127.0.0.1:1', ranges: ['10.0.0.0/8'] }])
    forget(process.pid, root)
    expect(livingOwners(root)).toEqual([])
    expect(ownersNoted(root)).toEqual([])
  })

  it('a dead one, a number that is used again and a damaged note are nobody', () => {
    note(4_194_303, '{"pid":4194303,"started":"1","control":null,"ranges":[]}')
    note(process.pid, `{"pid":${process.pid},"started":"another life","control":null,"ranges":[]}`)
    note(1, 'not json')
    expect(ownersNoted(root)).toHaveLength(3)
    for (const pid of ownersNoted(root)) expect(livingOwner(pid, root)).toBeNull()
    for (const pid of ownersNoted(root)) expect(isLeftBehind(pid, root)).toBe(true)
    expect(livingOwners(join(root, 'nowhere'))).toEqual([])
  })

  it('one of another PID namespace is not judged: its number means somebody else here', () => {
    note(4_194_303, '{"pid":4194303,"started":"1","namespace":"pid:[1]","control":"http://127.0.0.1:1","ranges":[]}')
    expect(isLeftBehind(4_194_303, root)).toBe(false)
    expect(livingOwners(root)).toEqual([])
  })
})
