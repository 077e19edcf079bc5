import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { cloudAdmin, type NeutronRest } from '../support/cloud-admin.ts'
import { type Program, startProgram, until } from '../support/program.ts'

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url))
/** Of util-linux: runs something on a terminal. */
const SCRIPT = '/usr/bin/script'
const EDGE_NAME = '路由器-エッジ 🚀'
const HOSTILE_NAME = 'r\u001b[31m\u001b]0;owned\u0007\u202e\nx'

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

let program: Program
let home: string
let api: string
let rest: NeutronRest

const field = (name: string): string => {
  const line = program
    .output()
    .split('\n')
    .find((candidate) => candidate.startsWith(name))
  if (line === undefined) throw new Error(`no ${name} in ${program.output()}`)
  return line.slice(name.length).trim()
}

const environment = (more: Readonly<Record<string, string>> = {}) => {
  const { NO_COLOR: _no, CLICOLOR_FORCE: _force, ...plain } = process.env
  return {
    ...plain,
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    ASTARA_URL: api,
    ...more,
  }
}

/** Runs `astara …` without a terminal. */
function astara(
  args: readonly string[],
  more: { readonly env?: Record<string, string>; readonly input?: string; readonly bin?: string } = {},
): Ended {
  return spawnSync(process.execPath, [join(BIN, more.bin ?? 'run.js'), ...args], {
    encoding: 'utf8',
    timeout: 90_000,
    env: environment(more.env),
    input: more.input ?? '',
  })
}
const ctl = (...args: readonly string[]): Ended => astara(['ctl', ...args])

/** Runs a line of shell in which \`astara\` and \`astara-ctl\` are ours. */
function shell(line: string, env: Record<string, string> = {}): Ended {
  return spawnSync('bash', ['-c', line], {
    encoding: 'utf8',
    timeout: 90_000,
    env: environment({ PATH: `${home}/bin:${process.env.PATH}`, ...env }),
  })
}

/** Runs a line on a terminal of 80×24 (util-linux script); what it shows and its exit status. */
function onTerminal(
  line: string,
  input = '',
  env: Record<string, string> = {},
): { readonly screen: string; readonly status: number | null } {
  const run = spawnSync(SCRIPT, ['-qefc', `stty cols 80 rows 24; ${line}`, '/dev/null'], {
    encoding: 'utf8',
    timeout: 90_000,
    input,
    env: environment({ PATH: `${home}/bin:${process.env.PATH}`, TERM: 'xterm-256color', ...env }),
  })
  if (run.error) throw run.error
  return { screen: run.stdout.replaceAll('\r\n', '\n'), status: run.status }
}
const hasScript = spawnSync(SCRIPT, ['--version']).status === 0
if (!hasScript) console.warn('SKIPPED: ctl on a terminal: util-linux script is not installed')

const resources = (
  ...args: readonly string[]
): { id: string; name: string; tenant_id: string; instance_state: string }[] => {
  const { stdout, stderr } = ctl('resource', 'list', '--json', ...args)
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout).resources
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'astara-ctl-'))
  program = startProgram(
    ['run', '--embedded', '--embedded-routers', '4', '--embedded-tenants', '2', '--embedded-boot-time', '300'],
    {
      HOME: home,
      OS_DEFAULT__API_PORT: '0',
      OS_DEFAULT__NUM_WORKER_PROCESSES: '2',
      OS_DEFAULT__HEALTH_CHECK_PERIOD: '600',
    },
  )
  await program.line(/Ctrl-C here stops everything/)
  api = field('HTTP API')
  spawnSync('mkdir', ['-p', join(home, 'bin')])
  for (const name of ['astara', 'astara-ctl']) {
    const file = join(BIN, name === 'astara' ? 'run.js' : 'astara-ctl.js')
    writeFileSync(join(home, 'bin', name), `#!/bin/sh\nexec ${process.execPath} ${file} "$@"\n`)
    chmodSync(join(home, 'bin', name), 0o755)
  }
  rest = await cloudAdmin(field('clouds.yaml')).neutronRest()
  await rest('POST', 'routers', { router: { name: EDGE_NAME } })
  await rest('POST', 'routers', { router: { name: HOSTILE_NAME } })
  await until(
    () => resources(),
    (all) => all.length === 6 && all.every((one) => one.instance_state === 'configured' && one.name !== ''),
    30_000,
  )
}, 120_000)

afterAll(async () => {
  program?.child.kill('SIGTERM')
  await Promise.race([program?.ended, new Promise((resolve) => setTimeout(resolve, 10_000))])
  program?.child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

describe('lists', () => {
  it('print the same data in every format, whole and without colours, into a pipe', () => {
    const all = resources()
    expect(ctl('router', 'list', '-o', 'name').stdout.trim().split('\n')).toEqual(all.map((one) => one.id))
    const table = ctl('router', 'list', '-o', 'wide').stdout
    for (const { id, tenant_id } of all) {
      expect(table).toContain(id)
      expect(table).toContain(tenant_id)
    }
    expect(table).not.toContain('\u001b')
    expect(table).toMatch(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/)
    expect(parse(ctl('router', 'list', '-o', 'yaml').stdout).resources.map((one: { id: string }) => one.id)).toEqual(
      all.map((one) => one.id),
    )
    const csv = ctl('router', 'list', '-o', 'csv', '--columns', 'id,state', '--sort=-id').stdout.trim().split('\n')
    expect(csv).toEqual(['id,instance_state', ...all.map((one) => `${one.id},configured`).reverse()])
  })

  it('filter with the grammar of the console', () => {
    expect(
      resources('--filter', 'state:configured name:/^router-[12]$/')
        .map((one) => one.name)
        .sort(),
    ).toEqual(['router-1', 'router-2'])
    const wrong = ctl('router', 'list', '--filter', 'stat:error')
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toContain('Did you mean state:error?')
  })

  it('keep wide characters in line, and show control characters instead of obeying them', () => {
    const { stdout } = ctl('router', 'list', '--columns', 'name,state', '--sort', 'name')
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(7)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach a terminal
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    expect(stdout).toContain('r\\u001b[31m\\u001b]0;owned\\u0007\\u202e\\u000ax')
    // Six characters and a rocket are two cells wide each, the dash and the blank one: sixteen.
    const wide = lines.find((line) => line.includes(EDGE_NAME)) ?? ''
    const plain = lines.find((line) => line.startsWith('router-1')) ?? ''
    const cellsBefore = (line: string, name: string, cells: number): number =>
      line.indexOf('configured') - name.length + cells
    expect(cellsBefore(wide, EDGE_NAME, 16)).toBe(plain.indexOf('configured'))
  })

  it('end with 0 when the reader has seen enough', () => {
    for (const list of ['router list', 'router list -o json', 'resource timeline router-1']) {
      const { stdout, stderr } = shell(`astara ctl ${list} | head -1 | wc -l; echo "\${PIPESTATUS[0]}"`)
      expect([list, stdout, stderr]).toEqual([list, '1\n0\n', ''])
    }
  })

  it('colour only when told to', () => {
    const has = (env: Record<string, string>, ...args: string[]): boolean =>
      astara(['ctl', 'router', 'list', ...args], { env }).stdout.includes('\u001b[32m')
    expect(has({})).toBe(false)
    expect(has({ CLICOLOR_FORCE: '1' })).toBe(true)
    expect(has({ CLICOLOR_FORCE: '1', NO_COLOR: '1' })).toBe(false)
    expect(has({ NO_COLOR: '1' }, '--color', 'always')).toBe(true)
  })
})

describe('questions about one', () => {
  it('show, timeline and config agree', () => {
    const one = JSON.parse(ctl('router', 'show', 'router-1', '--json').stdout).resource
    const timeline = JSON.parse(ctl('router', 'timeline', one.id.slice(0, 13), '--json').stdout)
    expect(timeline.resource_id).toBe(one.id)
    expect(timeline.entries.some((entry: { type: string; to?: string }) => entry.to === 'configured')).toBe(true)
    const states = ctl('router', 'timeline', 'router-1', '--type', 'state').stdout
    expect(states).toMatch(/state +booting → up\n/)
    const config = JSON.parse(ctl('router', 'config', 'router-1', '--json').stdout)
    expect(config.fingerprint).toBe(one.config_fingerprint)
    expect(config.config.networks.length).toBe(one.networks + 1)
    expect(parse(ctl('router', 'config', 'router-1').stdout.split('\nCHANGE')[0] ?? '')).toEqual(config.config)
  })

  it.each([
    [['router', 'show', 'nope'], 3, 'there is no router "nope"'],
    [['router', 'show', 'router-1', '--columns', 'nmae'], 2, 'Did you mean name?'],
    [['router', 'lsit'], 2, 'Did you mean: astara ctl router list'],
    [['poll', '--url', 'http://127.0.0.1:1'], 5, 'no orchestrator answers at http://127.0.0.1:1'],
  ])('%j ends with %d', (args, status, message) => {
    const ended = ctl(...args)
    expect(ended.stderr).toContain(message)
    expect([ended.status, ended.stdout]).toEqual([status, ''])
  })
})

describe('doing something', () => {
  it('update --wait and rebuild --wait end when it is done, with what it has become', () => {
    const before = JSON.parse(ctl('router', 'show', 'router-1', '--json').stdout).resource
    const updated = ctl('router', 'update', 'router-1', '--wait', '--timeout', '30', '--json')
    expect([updated.status, updated.stderr]).toEqual([0, ''])
    expect(JSON.parse(updated.stdout).resource.configured_at > before.configured_at).toBe(true)
    const rebuilt = ctl('router', 'rebuild', 'router-1', '--yes', '--wait', '--timeout', '60', '--reason', 'kernel')
    expect(rebuilt.status).toBe(0)
    expect(rebuilt.stdout).toBe(`Rebuild of router router-1 (${before.id}) asked for.\n`)
    expect(rebuilt.stderr).toMatch(/router-1: .*\n(.*\n)*router-1: done\n$/)
    const after = JSON.parse(ctl('router', 'show', before.id, '--json').stdout).resource
    expect(after.instances[0].id).not.toBe(before.instances[0].id)
    expect(ctl('router', 'timeline', before.id, '--type', 'command').stdout).toMatch(/rebuild by .*: kernel/)
  })

  it('without a terminal a rebuild, and anything that hits several, needs --yes and says what it would hit', () => {
    for (const args of [
      ['rebuild', 'router-2'],
      ['update', '--all'],
      ['rebuild', '*'],
    ]) {
      const { status, stderr } = ctl('router', ...args)
      expect(status).toBe(2)
      expect(stderr).toContain('router-2')
      expect(stderr).toContain('add --yes')
    }
  })

  it('takes ids from a pipe, and does nothing when one of them is wrong', () => {
    const done = shell('astara ctl router list --filter name:router- -o name | astara ctl router update - --yes')
    expect([done.status, done.stderr]).toEqual([0, ''])
    expect(done.stdout.match(/asked for/g)).toHaveLength(4)
    const wrong = astara(['ctl', 'router', 'update', '-', '--yes'], { input: 'router-1\nnope\n' })
    expect([wrong.status, wrong.stdout]).toEqual([3, ''])
  })

  it('some done and some refused: exit 6', () => {
    const [one] = resources('--name', 'router-3')
    try {
      expect(ctl('router', 'debug', 'router-3', '--reason', 'looking').status).toBe(0)
      const { status, stdout, stderr } = ctl('router', 'update', '--all', '--yes')
      expect(status).toBe(6)
      expect(stdout.match(/asked for/g)).toHaveLength(5)
      expect(stderr).toContain('1 of 6 failed')
      expect(stderr).toContain(`Try those again: ${one?.id}`)
      const status_ = JSON.parse(ctl('global', 'debug', 'status', '--json').stdout)
      expect(status_.resources).toMatchObject([{ resource_id: one?.id, mark: { reason: 'looking' } }])
    } finally {
      expect(ctl('router', 'manage', 'router-3').status).toBe(0)
    }
    expect(ctl('router', 'update', 'router-3', '--wait', '--timeout', '30').status).toBe(0)
  })

  it('pitfall D32: an image is looked up in Glance before anything is rebuilt with it', () => {
    const image = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
    for (const flag of ['--image-uuid', '--router_image_uuid']) {
      const { status, stderr, stdout } = ctl('router', 'rebuild', 'router-2', '--yes', flag, image)
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`there is no image ${image} in Glance`)
    }
    expect(resources('--name', 'router-2')[0]?.instance_state).toBe('configured')
  })

  it('a tenant in debug mode holds all it has', () => {
    const [one] = resources('--name', 'router-4')
    const tenant = one?.tenant_id ?? ''
    expect(ctl('tenant', 'debug', tenant).status).toBe(2)
    try {
      expect(ctl('tenant', 'debug', tenant.slice(0, 12), '--yes', '--reason', 'move').status).toBe(0)
      expect(ctl('tenant', 'show', tenant).stdout).toMatch(/REASON +move/)
      expect(ctl('router', 'update', 'router-4').status).toBe(2)
    } finally {
      expect(ctl('tenant', 'manage', tenant).status).toBe(0)
    }
    expect(ctl('router', 'update', 'router-4').status).toBe(0)
  })

  it('workers debug, poll', () => {
    const { workers } = JSON.parse(ctl('workers', 'debug', '--json').stdout)
    expect(workers).toHaveLength(2)
    expect(ctl('poll').stdout).toBe('Health check of 6 resource(s) asked for.\n')
  })
})

describe('following', () => {
  const follow = (args: readonly string[]) => {
    const child = spawn(process.execPath, [join(BIN, 'run.js'), 'ctl', ...args], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    return { child, ended, out: () => out, err: () => err }
  }

  it('list --watch prints the list and then what changes; Ctrl-C ends it with 130', async () => {
    const watching = follow(['router', 'list', '--watch', '--columns', 'name,state', '--filter', 'name:router-2'])
    // The stream is open before the list is read, so what is printed is followed already.
    await until(watching.out, (text) => /^router-2 +configured$/m.test(text), 15_000)
    expect(ctl('router', 'rebuild', 'router-2', '--yes', '--wait', '--timeout', '60').status).toBe(0)
    await until(watching.out, (text) => /booting[\s\S]*configured\n$/.test(text), 15_000)
    expect(watching.out().match(/NAME/g)).toHaveLength(1)
    watching.child.kill('SIGINT')
    expect(await watching.ended).toBe(130)
    expect(watching.err()).not.toContain('bug')
  })

  it('events --json are the objects of the stream, one on each line', async () => {
    const following = follow(['events', '--resource', 'router-2', '--json'])
    await until(following.err, (text) => text.includes('Following'), 15_000)
    // It says so before its stream is open: events come until one has been heard.
    const [line] = await until(
      () => {
        ctl('router', 'update', 'router-2', '--wait', '--timeout', '30')
        return following.out().split('\n').slice(0, -1)
      },
      (lines) => lines.some((one) => JSON.parse(one).type === 'timeline'),
      15_000,
    )
    expect(JSON.parse(line ?? '')).toHaveProperty('type')
    following.child.kill('SIGINT')
    expect(await following.ended).toBe(130)
  })

  it('and a reader that leaves is no error', () => {
    const { stdout } = shell(
      `(sleep 2; astara ctl poll >/dev/null; astara ctl router update --all --yes >/dev/null) & astara ctl events 2>/dev/null | head -1 | wc -l; echo "\${PIPESTATUS[0]}"; wait`,
    )
    expect(stdout).toBe('1\n0\n')
  })
})

describe('ssh', () => {
  it("runs this machine's ssh for the instance and ends with its status", () => {
    writeFileSync(join(home, 'bin/ssh'), '#!/bin/sh\nprintf "%s\\n" "$@"\ncat\nexit 7\n', { mode: 0o755 })
    const { stdout, status } = shell('echo input | astara ctl ssh router-1 -- ip -6 route')
    const one = JSON.parse(ctl('router', 'show', 'router-1', '--json').stdout).resource
    const [instance] = one.instances
    expect(stdout.split('\n')).toEqual([
      '-o',
      `HostKeyAlias=astara-${instance.id}`,
      '-o',
      `UserKnownHostsFile="${home}/cache/astara/known_hosts"`,
      '-o',
      'StrictHostKeyChecking=accept-new',
      '-l',
      'astara',
      '--',
      instance.management_address,
      'ip',
      '-6',
      'route',
      'input',
      '',
    ])
    expect(status).toBe(7)
    rmSync(join(home, 'bin/ssh'))
  })
})

describe('profiles and completion', () => {
  it('a profile says where to go, privately', () => {
    const bare = { ASTARA_URL: '' }
    expect(astara(['profile', 'add', 'lab', '--url', api], { env: bare }).status).toBe(0)
    expect(astara(['profile', 'add', 'none', '--url', 'http://127.0.0.1:1'], { env: bare }).status).toBe(0)
    expect(astara(['ctl', 'router', 'list', '-o', 'name'], { env: bare }).stdout.trim().split('\n')).toHaveLength(6)
    expect(astara(['ctl', 'poll'], { env: { ...bare, ASTARA_PROFILE: 'none' } }).status).toBe(5)
    expect(astara(['ctl', 'poll', '--profile', 'lab'], { env: { ...bare, ASTARA_PROFILE: 'none' } }).status).toBe(0)
    expect(astara(['ctl', 'poll', '--profile', 'lba'], { env: bare })).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('Did you mean lab?'),
    })
    for (const name of ['lab', 'none'])
      expect(astara(['profile', 'remove', name, '--yes'], { env: bare }).status).toBe(0)
  })

  it('completes live ids and names in bash, and says nothing when nobody answers', async () => {
    const [one] = resources('--name', 'router-1')
    const script = `source <(astara completion bash); COMP_WORDS=(astara ctl router show "$1"); COMP_CWORD=4; _astara; printf '%s\\n' "\${COMPREPLY[@]}"`
    const complete = (prefix: string, env = {}): Ended =>
      spawnSync('bash', ['-c', script, 'x', prefix], {
        encoding: 'utf8',
        env: environment({ PATH: `${home}/bin:${process.env.PATH}`, ...env }),
      })
    // A machine under load may miss the budget at first; the look goes on in the background then.
    await until(
      () => complete(one?.id.slice(0, 6) ?? '').stdout,
      (text) => text === `${one?.id}\n`,
      15_000,
    )
    const names = ['router-1', 'router-2', 'router-3', 'router-4']
    await until(
      () => complete('router-').stdout.trim().split('\n').sort(),
      (offered) => offered.join() === names.join(),
      15_000,
    )
    expect(complete('r', { ASTARA_URL: 'http://127.0.0.1:1' })).toMatchObject({ stdout: '\n', stderr: '' })
  })

  it('help explains what is about no single command', () => {
    expect(astara(['help', 'exit-codes']).stdout).toContain('130  interrupted')
    expect(astara(['help', 'filters']).stdout).toContain('age>=5m')
    expect(astara(['help', 'ctl', 'router', 'list']).stdout).toBe(astara(['ctl', 'router', 'list', '--help']).stdout)
  })
})

describe("the original's command line", () => {
  const original = (...args: readonly string[]): Ended => astara(args, { bin: 'astara-ctl.js' })

  it('one resource by its id, from a script that knows no question', () => {
    const [one] = resources('--name', 'router-2')
    const id = one?.id ?? ''
    expect(original('router', 'update', id, '--reason', 'cron')).toMatchObject({ status: 0, stderr: '' })
    expect(original('-v', '--log-file', '/dev/null', 'router', 'rebuild', id).status).toBe(0)
    expect(original('router', 'debug', id).status).toBe(0)
    expect(original('router', 'manage', id).status).toBe(0)
    expect(ctl('router', 'update', id, '--wait', '--timeout', '60').status).toBe(0)
    // The same by the new name, or by less than an id, is asked about.
    expect(ctl('router', 'rebuild', id).status).toBe(2)
    expect(original('router', 'rebuild', 'router-2').status).toBe(2)
  })

  it('pitfall D54: everything at once still wants --yes', () => {
    expect(original('router', 'rebuild', '*').status).toBe(2)
    expect(original('resource', 'rebuild', '--all').status).toBe(2)
    expect(original('resource', 'update', 'error', '--yes')).toMatchObject({
      status: 0,
      stderr: 'No resources fit: nothing to do.\n',
    })
  })

  it('poll, workers debug, tenant and global debug', () => {
    const [one] = resources('--name', 'router-1')
    for (const words of [
      ['poll'],
      ['workers', 'debug'],
      ['resource', 'debug', one?.id ?? ''],
      ['resource', 'manage', one?.id ?? ''],
      ['tenant', 'debug', one?.tenant_id ?? ''],
      ['tenant', 'manage', one?.tenant_id ?? ''],
      ['global', 'debug', 'enable'],
      ['global', 'debug', 'disable'],
    ]) {
      expect([words, original(...words).status]).toEqual([words, 0])
    }
    expect(JSON.parse(ctl('global', 'debug', 'status', '--json').stdout)).toMatchObject({
      global: null,
      tenants: [],
      resources: [],
    })
  })
})

describe.skipIf(!hasScript)('on a terminal', () => {
  it('cuts to its width, tells ages, colours', () => {
    const { screen, status } = onTerminal('astara ctl router list')
    expect(status).toBe(0)
    const lines = screen.trimEnd().split('\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
    const bare = lines.map((line) => (line.split('\u001b[K').at(-1) ?? '').replaceAll(/\u001b\[[\d;]*m/g, ''))
    expect(screen).toContain('\u001b[32mconfigured')
    expect(bare[0]).toMatch(/^ID +NAME/)
    for (const line of bare.filter((one) => one.startsWith('r'))) expect(line.length).toBeLessThanOrEqual(80)
    expect(screen).not.toContain('Z ')
  })

  it('NO_COLOR is heeded', () => {
    expect(onTerminal('astara ctl router list', '', { NO_COLOR: '1' }).screen).not.toContain('\u001b[3')
  })

  it('asks before a rebuild; no is the answer to anything but yes', () => {
    const { screen, status } = onTerminal('astara ctl router rebuild router-1', 'n\n')
    expect(screen).toContain('Rebuild router router-1 (')
    expect(screen).toContain('? [y/N]')
    expect([status, screen.includes('nothing was done')]).toEqual([2, true])
  })

  it('shows what is longer than the screen in the pager, unless told not to', () => {
    const pager = `cat > ${home}/paged`
    const paged = onTerminal('astara ctl resource timeline router-1 -o yaml', '', { PAGER: pager })
    expect(paged.status).toBe(0)
    // Whatever was shown while it was asked is gone.
    expect(paged.screen.split('\u001b[K').at(-1)?.trim()).toBe('')
    expect(parse(readFileSync(join(home, 'paged'), 'utf8')).entries.length).toBeGreaterThan(3)
    rmSync(join(home, 'paged'))
    expect(
      onTerminal('astara ctl resource timeline router-1 -o yaml --no-pager', '', { PAGER: pager }).screen,
    ).toContain('entries:')
    expect(onTerminal('astara ctl workers debug', '', { PAGER: pager }).screen).toContain('w0')
    expect(existsSync(join(home, 'paged'))).toBe(false)
  })
})
