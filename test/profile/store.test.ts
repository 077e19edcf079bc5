import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkName, openProfiles, profileFile } from '../../src/profile/index.ts'

let home: string
let env: Record<string, string>
const warnings: string[] = []
const open = () => openProfiles({ env, warn: (text) => warnings.push(text) })
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'astara-profile-'))
  env = { HOME: home }
  warnings.length = 0
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

describe('profiles', () => {
  it('come into being with the first change, for their owner alone', async () => {
    const store = await open()
    expect(store.book).toEqual({ current: null, profiles: {} })
    expect(existsSync(join(home, '.config'))).toBe(false)
    await store.put('lab', { url: 'http://127.0.0.1:1', transport_url: 'rabbit://u:hush@h/' })
    expect(store.path).toBe(join(home, '.config/astara/profiles.json'))
    expect(statSync(store.path).mode & 0o777).toBe(0o600)
    expect((await open()).book).toEqual({
      current: 'lab',
      profiles: { lab: { url: 'http://127.0.0.1:1', transport_url: 'rabbit://u:hush@h/' } },
    })
  })

  it('are several, of which one is in use', async () => {
    const store = await open()
    await store.put('a', { via: 'http' })
    await store.put('b.c', { timeout: 5 })
    expect(store.book.current).toBe('a')
    await store.use('b.c')
    await store.remove('b.c')
    expect((await open()).book).toEqual({ current: null, profiles: { a: { via: 'http' } } })
  })

  it('are found where XDG_CONFIG_HOME says, when that is a whole path', () => {
    expect(profileFile({ HOME: '/h', XDG_CONFIG_HOME: '/x' })).toBe('/x/astara/profiles.json')
    expect(profileFile({ HOME: '/h', XDG_CONFIG_HOME: 'x' })).toBe('/h/.config/astara/profiles.json')
  })

  it.each(['use', 'remove'] as const)('%s of one that is none says which was meant', async (verb) => {
    const store = await open()
    await store.put('production', { via: 'http' })
    await expect(store[verb]('prodution')).rejects.toMatchObject({
      code: 'not_found',
      exit: 3,
      suggestions: expect.arrayContaining(['Did you mean production?']),
    })
  })

  it('never answer for names that objects have anyway', async () => {
    const store = await open()
    await store.put('a', { via: 'http' })
    expect(() => store.get('toString')).toThrow(expect.objectContaining({ code: 'not_found' }))
    await store.put('constructor', { timeout: 1 })
    expect((await open()).get('constructor')).toEqual({ timeout: 1 })
  })

  it('that others could read are made private, and that is said', async () => {
    const store = await open()
    await store.put('a', { via: 'http' })
    chmodSync(store.path, 0o644)
    expect((await open()).get('a')).toEqual({ via: 'http' })
    expect(statSync(store.path).mode & 0o777).toBe(0o600)
    expect(warnings).toEqual([expect.stringContaining('could be read by others')])
  })

  it.each([
    ['{', 'JSON'],
    ['{"profiles": []}', 'profiles must be an object'],
    ['{"profiles": {"a": {"url": 5}}}', 'profile a: url must be a text'],
    ['{"profiles": {"a": {"ulr": "x"}}}', '"ulr" is no setting'],
    ['{"current": 5}', 'current'],
  ])('a file with %s is refused and left as it is', async (text, what) => {
    mkdirSync(join(home, '.config/astara'), { recursive: true })
    const file = profileFile(env)
    writeFileSync(file, text, { mode: 0o600 })
    await expect(open()).rejects.toMatchObject({ code: 'bad_config', exit: 2, message: expect.stringMatching(what) })
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it.each(['', '-x', 'a b', '../a', 'a/b', 'x'.repeat(65), 'é'])('"%s" is no name', (name) => {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
