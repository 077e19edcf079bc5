import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addProfile, listProfiles, removeProfile, showProfile, useProfile } from '../../src/cli/profile/index.ts'
import { settle } from '../support/manual-clock.ts'
import { memoryIo } from './memory-io.ts'

let home: string
let env: Record<string, string>
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'astara-profiles-'))
  env = { HOME: home }
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const signal = new AbortController().signal
const add = (io = memoryIo(), changes: object = {}) =>
  addProfile(io, {
    name: 'lab',
    url: 'http://127.0.0.1:1',
    use: false,
    replace: false,
    env,
    json: false,
    signal,
    ...changes,
  })
const output = { format: 'yaml', columns: null, headers: true, sort: null } as const

describe('astara profile', () => {
  it('shows what it keeps, and no password anywhere', async () => {
    await add(memoryIo(), { transportUrl: 'rabbit://user:hush@broker:5672/' })
    for (const format of ['table', 'wide', 'json', 'yaml', 'csv', 'value'] as const) {
      const io = memoryIo()
      await listProfiles(io, { env, output: { ...output, format } })
      await showProfile(io, { env, name: undefined, output: { ...output, format } })
      expect(io.out()).toContain('rabbit://***:***@broker:5672/')
      expect(io.out()).not.toContain('hush')
    }
  })

  it('reads a transport URL from a pipe, or asks for it', async () => {
    const piped = memoryIo()
    const adding = add(piped, { name: 'a', transportUrl: '-' })
    piped.type('rabbit://u:hush@piped/\n')
    piped.end()
    expect(await adding).toMatchObject({ transport_url: 'rabbit://***:***@piped/' })
    const io = memoryIo({ terminal: true })
    const asked = add(io, { name: 'b', transportUrl: '-' })
    await expect.poll(() => io.err()).toContain('Transport URL: ')
    io.type('rabbit://u:hush@typed/\n')
    expect(await asked).toMatchObject({ transport_url: 'rabbit://***:***@typed/' })
    expect(io.out() + piped.out()).not.toContain('hush')
  })

  it.each([
    [{ url: 'ftp://x' }, 'http'],
    [{ url: 'http://u:hush@x' }, 'must not contain a user'],
    [{ transportUrl: 'http://x' }, 'no transport URL'],
    [{ url: undefined }, 'needs something to keep'],
    [{ name: '../x' }, 'named with letters'],
  ])('refuses %j', async (changes, what) => {
    const error = await add(memoryIo(), changes).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'usage', exit: 2, message: expect.stringContaining(what) })
    expect(String(error)).not.toContain('hush')
    const io = memoryIo()
    await listProfiles(io, { env, output: { ...output, format: 'name' } })
    expect(io.out()).toBe('')
  })

  it('replaces one only when told to', async () => {
    await add()
    await expect(add()).rejects.toMatchObject({ code: 'refused' })
    expect(await add(memoryIo(), { url: 'http://127.0.0.1:2', replace: true })).toMatchObject({
      url: 'http://127.0.0.1:2',
    })
  })

  it('uses another, and says when the environment still wins', async () => {
    await add()
    await add(memoryIo(), { name: 'other' })
    env.ASTARA_PROFILE = 'lab'
    const io = memoryIo()
    await useProfile(io, { env, name: 'other', json: false })
    expect([io.out(), io.err()]).toEqual([
      'Profile other is in use.\n',
      'ASTARA_PROFILE=lab in this environment still wins.\n',
    ])
  })

  it('removes after a question', async () => {
    await add()
    const io = memoryIo({ terminal: true })
    const removing = removeProfile(io, { env, name: 'lab', yes: false, json: false, signal })
    await settle()
    await expect.poll(() => io.err()).toContain('Remove profile lab? [y/N]')
    io.type('y\n')
    expect(await removing).toEqual({ removed: 'lab' })
    await expect(showProfile(memoryIo(), { env, name: 'lab', output })).rejects.toMatchObject({ code: 'not_found' })
  })
})
