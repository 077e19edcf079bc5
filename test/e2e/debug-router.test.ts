import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createHttpClient, type OrchestratorClient } from '../../src/client/index.ts'
import { loadConfig } from '../../src/config/index.ts'
import { openStackOf } from '../../src/orchestrator/debugger/index.ts'
import { systemClock, systemRandom } from '../../src/shared/index.ts'
import { field, type Program, runProgram, startProgram, until } from '../support/program.ts'
import { Tmux } from '../support/tmux.ts'

let home: string
let orchestrator: Program
let client: OrchestratorClient
let ini: string
let ids: readonly string[]
let screens: Tmux[] = []

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'astara-debug-'))
  orchestrator = startProgram(
    ['run', '--embedded', '--embedded-routers', '4', '--embedded-tenants', '1', '--embedded-boot-time', '200'],
    { HOME: home, OS_DEFAULT__API_PORT: '0', OS_DEFAULT__NUM_WORKER_PROCESSES: '1', OS_DEFAULT__ALIVE_TIMEOUT: '1' },
  )
  await orchestrator.line(/Ctrl-C here stops everything/)
  ini = field(orchestrator.output(), 'Configuration')
  const url = field(orchestrator.output(), 'HTTP API')
  client = createHttpClient({ url, timeoutMs: 10_000, clock: systemClock, userAgent: 'test' })
  ids = (await client.list({ driver: 'router' })).resources.map(({ id }) => id)
  // As people have one: what profiles are kept with must not change how a signal ends a program.
  runProgram(['profile', 'add', 'lab', '--url', url], { HOME: home })
}, 90_000)

afterEach(() => {
  for (const screen of screens) screen.close()
  screens = []
})

afterAll(async () => {
  await client?.close()
  orchestrator?.child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

const idOf = (n: number): string => ids[n] ?? ''
const heldNow = async (id: string): Promise<boolean> =>
  (await client.debug()).resources.some(({ resource_id }) => resource_id === id)

/** `astara debug-router` without a terminal; each line of its output is an object. */
function script(id: string, ...words: readonly string[]) {
  const ran = runProgram(['debug-router', '--config-file', ini, '--router-id', id, ...words], { HOME: home })
  const lines = ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line))
  return { ...ran, lines }
}

function screen(id: string, size: { columns?: number; rows?: number } = {}, ...words: readonly string[]): Tmux {
  const tmux = new Tmux(['debug-router', '--config-file', ini, '--router-id', id, ...words], {
    ...size,
    env: { HOME: home },
  })
  screens.push(tmux)
  return tmux
}

describe('astara debug-router --script', () => {
  it('holds the router, steps it, prints a line of JSON for each step, and gives it back', async () => {
    const { status, lines, stderr } = script(idOf(0), '--hold', '--script', 'update; run')
    expect(stderr).toContain('was given back to the orchestrator')
    expect(status).toBe(0)
    const steps = lines.filter(({ type }) => type === 'step')
    expect(steps.map(({ kind, before }) => (kind === 'look' ? kind : (before as { step: string }).step))).toEqual([
      'look',
      'CalcAction',
      'Alive',
      'ConfigureInstance',
    ])
    expect(lines.at(-1)).toMatchObject({ type: 'end', result: 'done', machine: { instance_state: 'configured' } })
    expect(await heldNow(idOf(0))).toBe(false)
    await until(
      () => client.get(idOf(0)),
      ({ instance_state, debug }) => instance_state === 'configured' && debug === null,
    )
  })

  it('does nothing to a router that the orchestrator works on, unless told to hold it', async () => {
    const { status, stderr, stdout } = script(idOf(0), '--script', 'run')
    expect(status).toBe(2)
    expect(stderr).toContain('is not in debug mode')
    expect(stderr).toContain('--hold')
    expect(stdout).toBe('')
    expect(await heldNow(idOf(0))).toBe(false)
  })

  it('leaves a router that was in debug mode before in debug mode', async () => {
    await client.setDebug({ scope: 'resource', id: idOf(1) }, { enabled: true, reason: 'by hand' })
    const { status, stderr } = script(idOf(1), '--script', 'run')
    expect(stderr).toContain('by hand')
    expect(status).toBe(0)
    expect(await heldNow(idOf(1))).toBe(true)
    await client.setDebug({ scope: 'resource', id: idOf(1) }, { enabled: false })
  })

  it('a dry run shows what would be sent, and sends nothing', async () => {
    const before = await client.get(idOf(1))
    const { status, lines } = script(idOf(1), '--dry-run', '--script', 'rebuild; run')
    expect(status).toBe(1)
    const failed = lines.find(({ result }) => result === 'failed')
    expect(failed?.calls).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ method: 'DELETE', result: 'refused', operation: 'deleteServer' }),
      ]),
    )
    expect(lines.at(-1)).toMatchObject({ type: 'end', writes: 0 })
    expect((await client.get(idOf(1))).instances.map(({ id }) => id)).toEqual(before.instances.map(({ id }) => id))
    expect(await heldNow(idOf(1))).toBe(false)
  })

  it('takes a name and the beginning of an id; says what is wrong otherwise', () => {
    expect(script(idOf(2).slice(0, 8), '--dry-run', '--script', 'inspect router').status).toBe(0)
    expect(script('no-such-router', '--dry-run', '--script', 'run').status).toBe(3)
    expect(script('11111111-1111-1111-1111-111111111111', '--dry-run', '--script', 'run').status).toBe(3)
    expect(script(idOf(2), '--script', 'stpe').stderr).toContain('Did you mean step?')
    expect(script(idOf(2), '--script', 'delete').status).toBe(2)
    expect(script(idOf(2)).stderr).toContain('there is no terminal')
  })

  it('without an orchestrator refuses, and goes on with --offline', () => {
    const away = ['--url', 'http://127.0.0.1:1']
    const refused = script(idOf(2), ...away, '--script', 'run')
    expect(refused.status).toBe(5)
    expect(refused.stderr).toContain('--offline')
    expect(script(idOf(2), ...away, '--offline', '--script', 'step').status).toBe(0)
  })
})

describe('astara debug-router on a terminal', () => {
  it('asks, holds, steps by keys, shows calls and configuration, asks again, and gives the terminal and the router back', async () => {
    const id = idOf(3)
    const tmux = screen(id, { columns: 100, rows: 40 })
    await tmux.see('Put it into debug mode, and give it back at the end?')
    tmux.press('y', 'Enter')
    await tmux.see('Ready.')
    expect(await heldNow(id)).toBe(true)
    expect(tmux.state.alternate).toBe(true)
    expect(tmux.screen()).toContain('*CalcAction*')

    tmux.press('s')
    await tmux.see('*Alive*')
    tmux.press('u', 's')
    await tmux.see(':until')
    tmux.type('ConfigureInstance')
    tmux.press('Enter')
    await tmux.see('*ConfigureInstance*')
    tmux.press('n')
    await tmux.see(/configured .*\(1 write\)/)

    tmux.press('Down', 'Down', 'Down', 'Down', 'Down', 'Enter')
    await tmux.see('PUT http://')
    expect(tmux.screen()).toContain('tenant_id')
    tmux.press('Escape')
    await tmux.see('*CalcAction*')
    tmux.press('v', '5')
    await tmux.see('no difference')
    tmux.press('Escape')

    tmux.press('i', 'r')
    await tmux.see('queue rebuild (debugger, forced)')
    tmux.press('r')
    await tmux.see('At rest', 30_000)
    await tmux.see(/#\d+ +Alive/)

    tmux.resize(80, 24)
    await tmux.see((text) => text.split('\n').every((line) => line.length <= 80) && text.includes('*CalcAction*'))

    tmux.press('q')
    await tmux.see('back to the orchestrator?')
    expect(tmux.state).toMatchObject({ alternate: false, cursor: true })
    tmux.press('Enter')
    await tmux.see('EXIT 0')
    expect(tmux.isRaw).toBe(false)
    expect(tmux.screen().replaceAll('\n', '')).toContain('was given back')
    expect(await heldNow(id)).toBe(false)
    await until(
      () => client.get(id),
      ({ instance_state }) => instance_state === 'configured',
    )
  }, 120_000)

  it('pitfall D36: when somebody gives the router back meanwhile, no step is taken', async () => {
    const id = idOf(2)
    const tmux = screen(id, {}, '--hold')
    await tmux.see('Ready.')
    await client.setDebug({ scope: 'resource', id }, { enabled: false })
    tmux.press('s')
    await tmux.see('not in debug mode any more')
    expect(tmux.screen()).not.toContain('#2')
  })

  it('SIGTERM gives the terminal and the router back without asking', async () => {
    const id = idOf(1)
    const tmux = screen(id, {}, '--hold')
    await tmux.see('Ready.')
    expect(await heldNow(id)).toBe(true)
    process.kill(tmux.pid, 'SIGTERM')
    await tmux.see(/EXIT 143/)
    expect(tmux.state).toMatchObject({ alternate: false, cursor: true })
    expect(await heldNow(id)).toBe(false)
  })

  it('a dry run says so, asks nothing, and touches nothing', async () => {
    const tmux = screen(idOf(1), {}, '--dry-run')
    await tmux.see('Ready.')
    expect(tmux.screen()).toContain('DRY RUN')
    tmux.press('i', 'r')
    await tmux.see('rebuild (debugger')
    tmux.press('r')
    await tmux.see('not sent (writes are refused)')
    tmux.press('q')
    await tmux.see('EXIT 0')
    expect((await client.get(idOf(1))).instance_state).toBe('configured')
  })
})

describe('on RabbitMQ', () => {
  it('asks Neutron over the bus as the orchestrator does, and makes a router real on its own', async () => {
    const file = join(home, 'alone.ini')
    const cloud = startProgram(
      [
        'embedded',
        '--port',
        '0',
        '--transport-url',
        inject('amqpUrl'),
        '--routers',
        '1',
        '--tenants',
        '1',
        '--boot-time',
        '200',
        '--orchestrator-ini',
        file,
      ],
      { HOME: home },
    )
    try {
      await cloud.line(/is ready/)
      const routers = await seededRouters(file)
      const ran = runProgram(
        [
          ...['debug-router', '--config-file', file, '--url', 'http://127.0.0.1:1', '--offline'],
          ...['--router-id', routers[0] ?? '', '--script', 'run'],
        ],
        { HOME: home },
      )
      expect(ran.stderr).not.toContain('REST alone')
      expect(ran.status).toBe(0)
      expect(ran.stdout).toContain('"operation":"syncRouters"')
      expect(ran.stdout).toContain('"instance_state":"configured"')
    } finally {
      cloud.child.kill('SIGTERM')
      await cloud.ended
    }
  })
})

/** Ids of the routers of the cloud that a configuration is for. */
async function seededRouters(file: string): Promise<readonly string[]> {
  const { config } = await loadConfig({ files: [file], env: {} })
  const openstack = openStackOf(config, { clock: systemClock, random: systemRandom })
  try {
    return (await openstack.neutron.listRouters()).map(({ id }) => id)
  } finally {
    await openstack.close()
  }
}
