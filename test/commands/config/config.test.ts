import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from '@oclif/core/command'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ConfigCheck from '../../../src/commands/config/check.ts'
import ConfigSample from '../../../src/commands/config/sample.ts'
import ConfigShow from '../../../src/commands/config/show.ts'
import { sampleConfig } from '../../../src/config/index.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SECRET = 'hunter2'

const COMPLETE = `[DEFAULT]
transport_url = rabbit://astara:${SECRET}@broker:5672/
management_network_id = 11111111-2222-4333-8444-555555555555
management_subnet_id = 11111111-2222-4333-8444-666666666666
[router]
image_uuid = 11111111-2222-4333-8444-777777777777
[keystone_authtoken]
auth_url = http://keystone:5000
username = astara
password = ${SECRET}
project_name = service
[DEFAULT]
neutron_metadata_proxy_shared_secret = ${SECRET}
`

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'astara-config-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  process.exitCode = undefined
})

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Runs a command in this process: what it printed and the exit status it asked for. */
async function run(
  command: typeof Command & (new (...args: ConstructorParameters<typeof Command>) => Command),
  ...argv: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  let stdout = ''
  let stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += String(chunk)
    return true
  })
  vi.spyOn(console, 'log').mockImplementation((line) => {
    stdout += `${line}\n`
  })
  try {
    await command.run(argv, { root: ROOT })
  } finally {
    vi.restoreAllMocks()
  }
  return { stdout, stderr, code: Number(process.exitCode ?? 0) }
}

describe('config sample', () => {
  it('prints the sample of this machine', async () => {
    const { stdout, code } = await run(ConfigSample)
    expect(code).toBe(0)
    expect(stdout).toBe(sampleConfig())
  })
})

describe('config check', () => {
  it('ends with 0 when a real cloud could be served', async () => {
    const path = file('a.ini', COMPLETE)
    const { stdout, code } = await run(ConfigCheck, '--config-file', path)
    expect(stdout).toBe(`Read ${path}: no problems, 0 warnings.\n`)
    expect(code).toBe(0)
  })

  it('ends with 2 and names every problem and warning', async () => {
    const path = file('a.ini', `${COMPLETE}[DEFAULT]\nboot_timeout = soon\nboot_timout = 5\n`)
    const { stdout, code } = await run(ConfigCheck, '--config-file', path)
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `problem: ${path}:15: [DEFAULT] boot_timeout = "soon" is refused: expected a number of seconds of at least 1`,
      `warning: ${path}:16: [DEFAULT] boot_timout is not an option of astara and is ignored; did you mean [DEFAULT] boot_timeout?`,
      `Read ${path}: 1 problem, 1 warning.`,
    ])
    expect(code).toBe(2)
  })

  it('says what is missing to run, unless only a part is to be judged', async () => {
    const path = file('a.ini', '[DEFAULT]\ndebug = true\n')
    const whole = await run(ConfigCheck, '--config-file', path)
    expect(whole.stdout).toContain('problem: [keystone_authtoken] auth_url is not set: where Keystone is')
    expect(whole.code).toBe(2)
    process.exitCode = undefined
    const part = await run(ConfigCheck, '--config-file', path, '--partial')
    expect(part.code).toBe(0)
  })

  it('--json carries the same', async () => {
    const path = file('a.ini', '[DEFAULT]\napi_port = 70000\namqp_url = rabbit://h\n')
    const { stdout, code } = await run(ConfigCheck, '--config-file', path, '--partial', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      files: [path],
      problems: [{ kind: 'value', group: 'DEFAULT', option: 'api_port', value: '70000', line: 2 }],
      warnings: [{ kind: 'deprecated', line: 3 }],
    })
  })

  it('takes folders and several files, later wins', async () => {
    const first = file('a.ini', '[DEFAULT]\napi_port = 70000\n')
    const second = file('z.conf', '[DEFAULT]\napi_port = 1\n')
    const { stdout, code } = await run(ConfigCheck, '--config-file', first, '--config-dir', folder, '--partial')
    expect(code).toBe(0)
    expect(stdout).toContain(`Read ${first}, ${first}, ${second}: `)
  })
})

describe('config show', () => {
  it('shows values with their source and no secret', async () => {
    const path = file('a.ini', COMPLETE)
    const { stdout } = await run(ConfigShow, '--config-file', path)
    expect(stdout).toMatch(/^boot_timeout +600 +default$/m)
    expect(stdout).toMatch(new RegExp(`^transport_url +rabbit://\\*\\*\\*@broker:5672/ +${path}:2$`, 'm'))
    expect(stdout).not.toContain(SECRET)
  })

  it('--json too; --group and --changed narrow it', async () => {
    const path = file('a.ini', COMPLETE)
    const { stdout } = await run(
      ConfigShow,
      '--config-file',
      path,
      '--json',
      '--changed',
      '--group',
      'keystone_authtoken',
    )
    expect(JSON.parse(stdout)).toEqual({
      options: [
        { group: 'keystone_authtoken', option: 'auth_url', value: 'http://keystone:5000', source: `${path}:8` },
        { group: 'keystone_authtoken', option: 'username', value: 'astara', source: `${path}:9` },
        { group: 'keystone_authtoken', option: 'password', value: '***', source: `${path}:10` },
        { group: 'keystone_authtoken', option: 'project_name', value: 'service', source: `${path}:11` },
      ],
      files: [path],
    })
  })

  it('shows control characters of a value instead of obeying them', async () => {
    const path = file('a.ini', '[DEFAULT]\nauth_region = a\u001b[31mb\n')
    const { stdout } = await run(ConfigShow, '--config-file', path, '--changed')
    expect(stdout).toContain('a\\u001b[31mb')
    expect(stdout).not.toContain('\u001b')
  })

  it('refuses a configuration with mistakes, with exit status 2', async () => {
    const path = file('a.ini', '[DEFAULT]\napi_port = 70000\n')
    await expect(run(ConfigShow, '--config-file', path)).rejects.toMatchObject({ code: 'bad_config', exit: 2 })
  })
})
