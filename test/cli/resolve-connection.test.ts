import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG_FILES, resolveConnection } from '../../src/cli/resolve-connection.ts'
import { DEFAULT_FILES } from '../../src/config/sources.ts'
import { openProfiles, type Profile } from '../../src/profile/index.ts'

let home: string
let env: Record<string, string>
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'astara-connection-'))
  env = { HOME: home }
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

async function keep(name: string, profile: Profile): Promise<void> {
  const store = await openProfiles({ env, warn: () => {} })
  await store.put(name, profile)
}
function file(name: string, text: string): string {
  const path = join(home, name)
  writeFileSync(path, text)
  return path
}
const screen = { color: 'auto', pager: true, json: false } as const
const resolve = (flags: object = {}) => resolveConnection({ ...screen, ...flags }, { env, warn: () => {} })

describe('which orchestrator is meant', () => {
  it('the one on this machine when nothing says otherwise', async () => {
    expect(await resolve()).toMatchObject({ via: 'http', url: 'http://127.0.0.1:44250', profile: null, timeout: null })
  })

  it('every layer wins over those below it', async () => {
    const ini = file('a.ini', '[DEFAULT]\napi_port = 4004\n')
    // From the weakest to the strongest.
    await keep('current', { url: 'http://in-use:1' })
    expect((await resolve()).url).toBe('http://in-use:1')
    await keep('named', { url: 'http://by-environment:1' })
    env.ASTARA_PROFILE = 'named'
    expect((await resolve()).url).toBe('http://by-environment:1')
    env.ASTARA_URL = 'http://environment:1'
    expect((await resolve()).url).toBe('http://environment:1')
    expect((await resolve({ 'config-file': [ini] })).url).toBe('http://127.0.0.1:4004')
    expect((await resolve({ 'config-file': [ini], profile: 'current' })).url).toBe('http://in-use:1')
    expect((await resolve({ 'config-file': [ini], profile: 'current', url: 'http://flag:1' })).url).toBe(
      'http://flag:1',
    )
  })

  it('looks for the orchestrator on this machine where it looks for its own configuration', () => {
    expect(DEFAULT_CONFIG_FILES).toEqual(DEFAULT_FILES)
  })

  it('empty variables say nothing', async () => {
    env.ASTARA_URL = ''
    env.ASTARA_PROFILE = ''
    expect((await resolve()).url).toBe('http://127.0.0.1:44250')
  })

  it("a profile's configuration file says what the profile does not", async () => {
    const ini = file(
      'b.ini',
      '[DEFAULT]\napi_listen = ::1\napi_port = 4005\ntransport_url = rabbit://u:p@broker/\ncontrol_exchange = astara\n',
    )
    await keep('lab', { config_file: [ini], timeout: 7 })
    expect(await resolve()).toMatchObject({ url: 'http://[::1]:4005', profile: 'lab', timeout: 7 })
    expect(await resolve({ via: 'amqp', timeout: 9 })).toMatchObject({
      transportUrl: 'rabbit://u:p@broker/',
      controlExchange: 'astara',
      timeout: 9,
    })
  })

  it('over AMQP: the broker by the same rule', async () => {
    const ini = file('c.ini', '[DEFAULT]\ntransport_url = rabbit://file/\nneutron_control_exchange = n2\n')
    await keep('bus', { via: 'amqp', transport_url: 'rabbit://profile/' })
    expect(await resolve()).toMatchObject({ via: 'amqp', transportUrl: 'rabbit://profile/', exchange: 'neutron' })
    expect(await resolve({ 'config-file': [ini] })).toMatchObject({ transportUrl: 'rabbit://file/', exchange: 'n2' })
    expect(await resolve({ 'config-file': [ini], 'transport-url': 'rabbit://flag/' })).toMatchObject({
      transportUrl: 'rabbit://flag/',
      exchange: 'n2',
    })
    expect(await resolve({ via: 'http' })).toMatchObject({ via: 'http', url: 'http://127.0.0.1:44250' })
  })

  it('a profile that is none is an error, not another orchestrator', async () => {
    await expect(resolve({ profile: 'nope' })).rejects.toMatchObject({ code: 'not_found' })
    env.ASTARA_PROFILE = 'nope'
    await expect(resolve({ url: 'http://x:1' })).rejects.toMatchObject({ code: 'not_found' })
  })
})
