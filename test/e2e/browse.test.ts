import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { widthOf } from '../../src/tui/text.ts'
import { type Program, runProgram, startProgram, until } from '../support/program.ts'
import { Tmux, type TmuxOptions } from '../support/tmux.ts'

let home: string
let port: number
let api: string
let orchestrator: Program
let screens: Tmux[] = []

/** A port that nobody has: a restarted orchestrator must come back at the same. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function startOrchestrator(routers: number): Promise<Program> {
  const program = startProgram(
    [
      'run',
      '--embedded',
      '--embedded-routers',
      String(routers),
      '--embedded-tenants',
      '2',
      '--embedded-boot-time',
      '200',
    ],
    {
      HOME: home,
      OS_DEFAULT__API_PORT: String(port),
      OS_DEFAULT__NUM_WORKER_PROCESSES: '1',
      OS_DEFAULT__ALIVE_TIMEOUT: '1',
    },
  )
  await program.line(/Ctrl-C here stops everything/)
  return program
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'astara-browse-'))
  port = await freePort()
  api = `http://127.0.0.1:${port}`
  orchestrator = await startOrchestrator(6)
}, 90_000)

afterAll(() => {
  orchestrator?.child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

afterEach(() => {
  for (const screen of screens) screen.close()
  screens = []
})

/** A console of its own: nothing is remembered from the one before. */
function browse(args: readonly string[] = [], options: TmuxOptions = {}): Tmux {
  const own = mkdtempSync(join(home, 'home-'))
  const screen = new Tmux(['browse', '--url', api, ...args], {
    ...options,
    env: { HOME: own, XDG_CONFIG_HOME: own, ...options.env },
  })
  screens.push(screen)
  return screen
}

const ready = (screen: Tmux): Promise<string> => screen.see(/● live[\s\S]*router-1/)

/** What an operator finds after the console: the shell's own screen, its cursor, its way of reading keys. */
async function restored(screen: Tmux): Promise<string> {
  const text = await screen.see(/EXIT \d+/)
  expect(text).toContain('BEFORE')
  expect(screen.state).toEqual({ alternate: false, cursor: true, mouse: false })
  expect(screen.isRaw).toBe(false)
  return text
}

/** A router with any name, through the embedded cloud's own API. */
async function createRouter(name: string): Promise<void> {
  const file = orchestrator.output().match(/OS_CLIENT_CONFIG_FILE=(\S+)/)?.[1] ?? ''
  const { auth } = parse(readFileSync(file, 'utf8')).clouds['astara-embedded']
  const json = { 'content-type': 'application/json' }
  const identity = {
    methods: ['password'],
    password: { user: { name: auth.username, password: auth.password, domain: { name: auth.user_domain_name } } },
  }
  const scope = { project: { name: auth.project_name, domain: { name: auth.project_domain_name } } }
  const base = String(auth.auth_url).replace(/\/v3\/?$/, '')
  const tokens = await fetch(`${base}/v3/auth/tokens`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ auth: { identity, scope } }),
  })
  const { token } = (await tokens.json()) as {
    token: { catalog: { type: string; endpoints: { interface: string; url: string }[] }[] }
  }
  const neutron =
    token.catalog.find(({ type }) => type === 'network')?.endpoints.find((one) => one.interface === 'public')?.url ?? ''
  const answer = await fetch(`${neutron.replace(/\/$/, '').replace(/\/v2\.0$/, '')}/v2.0/routers`, {
    method: 'POST',
    headers: { ...json, 'x-auth-token': tokens.headers.get('x-subject-token') ?? '' },
    body: JSON.stringify({ router: { name } }),
  })
  expect(answer.status, await answer.text()).toBe(201)
}

describe('astara browse in a terminal', () => {
  it('shows every view by its documented keys, and gives the terminal back', async () => {
    const screen = browse()
    await ready(screen)
    expect(screen.state.alternate).toBe(true)
    expect(screen.isRaw).toBe(true)
    await screen.see('6 resources  ● 6 configured')
    screen.press('j')
    await screen.see(/^> ● configured router-2/m)
    screen.press('Enter')
    await screen.see(/Resources › router-2 +\[summary\]/)
    for (const [tab, sees] of [
      ['timeline', /state +◐ up → ● configured/],
      ['networks', /management .*\n +port +ge0/],
      ['config', '"hostname": "ak-'],
      ['graph', '*CalcAction*'],
      ['raw', '"instance_state": "configured"'],
    ] as const) {
      screen.press('Tab')
      await screen.see(`[${tab}]`)
      if (tab === 'timeline') screen.press('G')
      await screen.see(sees)
    }
    screen.press('Escape')
    await screen.see(/^> ● configured router-2/m)
    screen.press('2')
    await screen.see(/^Workers[\s\S]*> w\S+ +\d+/m)
    screen.press('3')
    await screen.see(/^Tenants[\s\S]*● 3 configured/m)
    screen.press('4')
    await screen.see(/^Events/m)
    screen.press('?')
    await screen.see(/Help[\s\S]*One line down/)
    screen.press('Escape', '1')
    await screen.see(/^Resources/m)
    screen.press('q')
    expect(await restored(screen)).toContain('EXIT 0')
  })

  it('filters as one types, and a lump of keys is as good as single ones', async () => {
    const screen = browse()
    await ready(screen)
    screen.type('/name:router-3')
    await screen.see('1/6')
    screen.press('Enter', 'Escape')
    await screen.see((text) => !text.includes('1/6'))
    screen.type(':sort name:desc')
    screen.press('Enter')
    await screen.see('NAME▼')
  })

  it('rebuilds what was confirmed, live', async () => {
    const screen = browse()
    await ready(screen)
    const before = screen.lines().find((line) => line.includes('router-1'))
    expect(before).toBeDefined()
    screen.press('r')
    await screen.see(/Rebuild router-1 \([0-9a-f-]{36}\)/)
    screen.press('y')
    await screen.see('Rebuild of router-1 asked for')
    screen.press('Enter', 'Tab')
    await screen.see(/step +ConfigureInstance \(create\)[\s\S]*state +◐ up → ● configured/)
  })

  it('marks many, asks with their names, and leaves them alone without the word', async () => {
    const screen = browse()
    await ready(screen)
    screen.press('Space', 'Space', 'r')
    await screen.see(/Rebuild 2 resources[\s\S]*router-1[\s\S]*router-2/)
    screen.press('y', 'Enter')
    await screen.see('Nothing was done')
  })

  it('puts a router into debug mode with a reason and back', async () => {
    const screen = browse()
    await ready(screen)
    screen.press('G', 'd')
    await screen.see('Reason')
    screen.type('it flaps')
    screen.press('Enter')
    await screen.see('1 in debug')
    const shown = runProgram(['ctl', 'router', 'show', 'router-6', '--json', '--url', api])
    expect(JSON.parse(shown.stdout).resource?.debug ?? JSON.parse(shown.stdout).debug).toMatchObject({
      scope: 'resource',
      reason: 'it flaps',
    })
    screen.press('d')
    await screen.see('End the debug mode of router-6')
    screen.press('y')
    await screen.see((text) => !text.includes('in debug'))
  })

  it.each([
    [80, 24],
    [160, 50],
    [300, 80],
    [40, 10],
  ])('fits %i×%i exactly', async (columns, rows) => {
    const screen = browse([], { columns, rows })
    await ready(screen)
    for (const key of ['Enter', 'Tab', 'Escape', '2', '3', '4', '?', 'Escape', '1', 'r']) {
      screen.press(key)
      await until(
        () => screen.lines(),
        (lines) => lines.length === rows,
      )
    }
    await screen.see('Rebuild router-1')
    const lines = screen.lines()
    expect(lines).toHaveLength(rows)
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    expect(lines[0]).toMatch(/^astara|live/)
  })

  it('keeps everything in its place when the terminal changes its size', async () => {
    const screen = browse()
    await ready(screen)
    screen.press('j', 'j')
    await screen.see(/^> ● configured router-3/m)
    for (const [columns, rows] of [
      [160, 50],
      [60, 15],
      [200, 20],
      [80, 24],
    ] as const) {
      screen.resize(columns, rows)
      await screen.see((text) => {
        const lines = text.split('\n').slice(0, -1)
        const heads = lines.filter((line) => line.startsWith('astara')).length
        return (
          lines.length === rows &&
          heads === 1 &&
          /^> ● configured +router-3/m.test(text) &&
          (lines.at(-1) ?? '').includes('q quit')
        )
      })
      expect(screen.lines()[0]?.length).toBeGreaterThan(columns - 10)
    }
  })

  it('tells states without colour under NO_COLOR', async () => {
    const screen = browse([], { env: { NO_COLOR: '1' } })
    await ready(screen)
    expect(screen.colours()).not.toMatch(new RegExp('\u001b'.concat('\\[[\\d;]*3[0-7]m')))
    expect(screen.screen()).toContain('● configured')
  })

  it('changes nothing when it is read-only', async () => {
    const screen = browse(['--read-only'])
    await ready(screen)
    expect(screen.screen()).toContain('read-only')
    screen.press('r', 'u', 'd')
    screen.type(':rebuild router-1')
    screen.press('Enter')
    await screen.see('This console is read-only')
  })

  it('remembers sort order and filter for the next one', async () => {
    const own = mkdtempSync(join(home, 'kept-'))
    const env = { HOME: own, XDG_CONFIG_HOME: own }
    const first = browse([], { env })
    await ready(first)
    first.type('O/router')
    first.press('Enter')
    await first.see(/\/router .*name ▼/)
    first.press('q')
    await restored(first)
    const second = browse([], { env })
    await second.see(/\/router .*name ▼/)
    await second.see('The filter of last time is on')
  })

  it('selects by click and scrolls by wheel with --mouse, and lets the mouse go', async () => {
    const screen = browse(['--mouse'])
    await ready(screen)
    expect(screen.state.mouse).toBe(true)
    // What a terminal sends for a click on the eighth line.
    screen.type('\u001b[<0;10;8M\u001b[<0;10;8m')
    await screen.see(/^> ● configured router-4/m)
    screen.type('\u001b[<65;10;8M')
    await screen.see(/^> ● configured router-6/m)
    screen.press('k')
    await screen.see(/^> ● configured router-5/m)
    screen.press('q')
    await restored(screen)
  })
})

describe('names of tenants (pitfall D35)', () => {
  it('are shown, not obeyed: escape sequences, line breaks, right-to-left, 5,000 characters, pictures', async () => {
    await createRouter('\u001b[2J\u001b[31mred\u001b]0;owned\u0007')
    await createRouter('one\r\ntwo\ttab')
    await createRouter('abc\u202egnp.exe')
    await createRouter('日本語のルータ')
    await createRouter('👨‍👩‍👧‍👦🇩🇪❤️👍🏽')
    // Neutron lets nobody have more than 255; the screen must not depend on that.
    await createRouter('x'.repeat(255))
    const screen = browse()
    await screen.see(/12 resources {2}● 12 configured/, 60_000)
    await screen.see('\\u001b[2J')
    const header = screen.lines().find((line) => line.includes('STATE')) ?? ''
    const column = header.indexOf('ID ')
    for (const line of screen.lines().filter((one) => /● configured/.test(one) && one.startsWith('  '))) {
      // Cells, not characters: the id begins under its header whatever stands before it.
      const id = /[0-9a-f]{8} [0-9a-f]{8}/.exec(line)
      expect(widthOf(line.slice(0, id?.index))).toBe(column)
    }
    expect(screen.lines().filter((line) => line.startsWith('astara'))).toHaveLength(1)
    for (const text of ['\\u000d\\u000a', '\\u202e', '日本語', 'xxxx']) expect(screen.screen()).toContain(text)
  })
})

describe('leaving', () => {
  it('by Ctrl-C restores the terminal', async () => {
    const screen = browse()
    await ready(screen)
    screen.press('C-c')
    expect(await restored(screen)).toContain('EXIT 130')
  })

  it('by SIGTERM restores the terminal', async () => {
    const screen = browse(['--mouse'])
    await ready(screen)
    process.kill(screen.pid, 'SIGTERM')
    expect(await restored(screen)).toContain('EXIT 143')
  })

  it('by a crash restores the terminal and says what happened', async () => {
    const crash = "setTimeout(() => { throw new Error('boom') }, 4000)"
    const screen = browse([], { node: ['--import', `data:text/javascript,${encodeURIComponent(crash)}`] })
    await ready(screen)
    const text = await restored(screen)
    expect(text).toContain('EXIT 1')
    expect(text).toContain('boom')
  })
})

describe('ssh', () => {
  it('has the terminal to itself and gives it back', async () => {
    const bin = join(home, 'bin')
    mkdirSync(bin, { recursive: true })
    const ssh = join(bin, 'ssh')
    writeFileSync(ssh, '#!/bin/sh\necho "SSH $*"\nprintf "type: "\nread line\necho "got $line" > "$HOME/typed"\n')
    chmodSync(ssh, 0o755)
    // The filter keeps the routers of other tests out of the first row.
    const screen = browse(['--filter', 'name:router-'], { env: { PATH: `${bin}:${process.env.PATH}` } })
    await screen.see(/^> ● configured router-1/m)
    screen.press('s')
    await screen.see(/SSH [\s\S]*-l astara/)
    expect(screen.state.alternate).toBe(false)
    expect(screen.isRaw).toBe(false)
    screen.type('hello')
    screen.press('Enter')
    await screen.see('Back from router-1')
    expect(screen.state.alternate).toBe(true)
    expect(screen.isRaw).toBe(true)
    screen.press('j')
    await screen.see(/^> ● configured router-2/m)
    screen.press('q')
    await restored(screen)
  })
})

describe('without a screen', () => {
  it('prints the table once and leaves', () => {
    const { stdout, status } = runProgram(['browse', '--url', api])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^STATE +NAME +ID/)
    expect(stdout).toContain('router-1')
    expect(stdout).not.toContain('\u001b')
    const filtered = runProgram(['browse', '--dump', '--filter', 'name:router-2', '--url', api])
    expect(filtered.stdout.trim().split('\n')).toHaveLength(2)
    expect(runProgram(['ctl', 'browse', '--dump', '--view', 'workers', '--url', api]).stdout).toContain('NAME')
  })

  it('says a line for each change with --plain, and takes the same commands', async () => {
    const screen = browse(['--plain'])
    await screen.see(/router-1 \([0-9a-f]{8}\): configured, 1 of 1 instances alive/)
    expect(screen.state.alternate).toBe(false)
    screen.type('rebuild router-1')
    screen.press('Enter')
    await screen.see(/Rebuild router-1 .*\? Type yes to do it\./)
    screen.type('yes')
    screen.press('Enter')
    await screen.see(/Rebuild of router-1 asked for/)
    await screen.see(/router-1 \([0-9a-f]{8}\): booting/)
    screen.type('quit')
    screen.press('Enter')
    await screen.see('EXIT 0')
  })
})

describe('an orchestrator that dies', () => {
  it('is missed, what was known stays, and the console comes back with it', async () => {
    const screen = browse()
    await ready(screen)
    orchestrator.child.kill('SIGKILL')
    await orchestrator.ended
    await screen.see(/✗ lost \d+s ago, reconnecting: .*/)
    expect(screen.screen()).toContain('router-1')
    screen.press('u')
    await screen.see(/Update of .* failed: /)
    orchestrator = await startOrchestrator(4)
    await screen.see(/● live[\s\S]*4 resources/, 40_000)
    screen.press('q')
    await restored(screen)
  }, 120_000)
})
