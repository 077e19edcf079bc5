import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { uplinkName } from '../../../src/embedded/dataplane/names.ts'
import { lives, runProgram } from '../../support/program.ts'
import { makeRouter, SystemUnderTest } from './support/cloud.ts'
import { reasonToSkip } from './support/skip.ts'

const reason = reasonToSkip()

/** What is there of the data plane of a process: namespaces, devices, files, and the processes in its namespaces. */
function traces(pid: number): readonly string[] {
  const spaces = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout.split('\n')
  return [
    ...spaces.filter((line) => line.startsWith(`astara-${pid}-`)),
    ...readdirSync('/sys/class/net').filter((name) => name === uplinkName(pid, 'm') || name === uplinkName(pid, 'x')),
    ...(existsSync(`/run/astara-dataplane/${pid}`) ? ['files'] : []),
    ...(existsSync('/etc/netns') ? readdirSync('/etc/netns').filter((name) => name.startsWith(`astara-${pid}-`)) : []),
  ]
}

function processesIn(pid: number): readonly number[] {
  return traces(pid)
    .filter((name) => name.startsWith(`astara-${pid}-`))
    .flatMap((name) =>
      spawnSync('ip', ['netns', 'pids', name.split(' ')[0] ?? ''], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(Boolean),
    )
    .map(Number)
}

/** Whether a process still does something: one that waits to be buried does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe.skipIf(reason !== null)('what a data plane leaves behind', () => {
  const systems: SystemUnderTest[] = []
  const start = async (): Promise<SystemUnderTest> => {
    const system = new SystemUnderTest()
    systems.push(system)
    await system.ready()
    return system
  }
  const withRouter = async (): Promise<SystemUnderTest> => {
    const system = await start()
    const { id, networkId } = await makeRouter(await system.as('tenant-1'), 'r', { cidr: '10.70.0.0/24' })
    await system.configured(id)
    await system.host(networkId, 'h')
    return system
  }

  afterEach(async () => {
    for (const system of systems.splice(0)) if (lives(system.pid)) await system.stop('SIGINT')
  })

  it('nothing after Ctrl-C', async () => {
    const system = await withRouter()
    const processes = processesIn(system.pid)
    // An agent with dnsmasq and bird, and a DHCP client, at least.
    expect(processes.length).toBeGreaterThanOrEqual(4)
    expect(await system.stop('SIGINT')).toBe(0)
    expect(traces(system.pid)).toEqual([])
    expect(processes.filter(runs)).toEqual([])
  })

  it('after kill -9 the next start removes it, and leaves a living one alone', async () => {
    const victim = await withRouter()
    const living = await start()
    const processes = processesIn(victim.pid)
    await victim.stop('SIGKILL')
    expect(traces(victim.pid).length).toBeGreaterThanOrEqual(6)
    expect(processes.filter(runs).length).toBeGreaterThanOrEqual(4)
    const kept = traces(living.pid)

    const next = await start()
    expect(traces(victim.pid)).toEqual([])
    expect(processes.filter(runs)).toEqual([])
    expect(traces(living.pid)).toEqual(kept)
    expect((await living.control.list()).hosts).toEqual([])

    // Two at a time have ranges of their own, and commands must say which is meant.
    const ambiguous = runProgram(['embedded', 'host', 'list'])
    expect(ambiguous).toMatchObject({ status: 2 })
    expect(ambiguous.stderr).toContain('several embedded clouds')
    expect(runProgram(['embedded', 'host', 'list', '--url', next.keystone])).toMatchObject({ status: 0 })
    await living.stop()
    await next.stop()
    expect([...traces(living.pid), ...traces(next.pid)]).toEqual([])
  })

  it('astara embedded host: adds, lists, enters and removes, with exit codes', async () => {
    const system = await start()
    const { id } = await makeRouter(await system.as('tenant-1'), 'r', { cidr: '10.71.0.0/24' })
    await system.configured(id)
    const host = (...args: readonly string[]): ReturnType<typeof runProgram> =>
      runProgram(['embedded', 'host', ...args], { ASTARA_EMBEDDED_URL: system.keystone })
    expect(host('add', '--network', 'net-r', '--name', 'x1')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/Host x1 is on net-r with 10\.71\.0\.\d+/),
    })
    expect(host('list')).toMatchObject({ status: 0, stdout: expect.stringMatching(/x1 +net-r +10\.71\.0\./) })
    expect(host('exec', 'x1', '--', 'ping', '-c', '1', '-W', '2', '10.71.0.1')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 received'),
    })
    expect(host('exec', 'x1', '--', 'sh', '-c', 'exit 7')).toMatchObject({ status: 7 })
    expect(host('exec', 'internet', '--', 'ip', '-br', 'address').stdout).toContain('8.8.8.8/32')
    expect(host('exec', 'nobody', '--', 'true')).toMatchObject({ status: 3, stderr: expect.stringContaining('x1') })
    expect(host('exec', 'x1')).toMatchObject({ status: 2 })
    expect(host('add', '--network', 'net-r', '--name', 'x1')).toMatchObject({ status: 2 })
    expect(host('add', '--network', 'nowhere')).toMatchObject({ status: 3 })
    expect(host('add', '--network', 'net-r', '--name', '../x')).toMatchObject({ status: 2 })
    expect(host('remove', 'x1')).toMatchObject({ status: 0 })
    expect(host('remove', 'x1')).toMatchObject({ status: 3 })
    const outside = JSON.parse(host('add', '--network', 'public', '--name', 'outside', '--json').stdout)
    expect(outside.host).toMatchObject({ dhcp: false, lease: null })
    expect(host('exec', 'outside', '--', 'ping', '-c', '1', '-W', '2', '8.8.8.8').status).toBe(0)
    await system.stop()
    expect(runProgram(['embedded', 'host', 'list', '--url', system.keystone])).toMatchObject({ status: 5 })
  })
})
