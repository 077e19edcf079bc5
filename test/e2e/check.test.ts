import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { CheckReport } from '../../src/contract/index.ts'
import { type Program, runProgram, startProgram } from '../support/program.ts'

let home: string
let cloud: Program

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'astara-check-'))
  cloud = startProgram([
    ...['embedded', '--port', '0', '--transport-url', inject('amqpUrl'), '--routers', '0', '--tenants', '1'],
    ...['--clouds-yaml', join(home, 'clouds.yaml'), '--orchestrator-ini', join(home, 'orchestrator.ini')],
  ])
  await cloud.line(/is ready/)
})
afterAll(async () => {
  cloud?.child.kill('SIGINT')
  await cloud?.ended
  rmSync(home, { recursive: true, force: true })
})

const environment = (): Record<string, string> => ({
  OS_DEFAULT__HOST: 'embedded',
  OS_DEFAULT__API_PORT: '0',
  OS_DATABASE__CONNECTION: `sqlite:///${join(home, 'astara.sqlite')}`,
})
const check = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runProgram(['check', '--config-file', join(home, 'orchestrator.ini'), ...args], { ...environment(), ...env })

describe('astara check', () => {
  it('says of everything how it is, and ends with 0 when nothing failed', () => {
    const { status, stdout, stderr } = check()
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^ok {7}credentials +astara at http:\/\/127\.0\.0\.1:\d+\/v3, project \w+$/),
      ...Array.from({ length: 18 }, () => expect.stringMatching(/^ok {7}\w/)),
      expect.stringMatching(/^ok {7}management_address +127\.\S+ is this machine's own$/),
      expect.stringMatching(/^ok {7}api_port/),
      expect.stringMatching(/^ok {7}metadata +switched off/),
      expect.stringMatching(/^ok {7}database/),
      'All is well.',
      '',
    ])
    expect(status).toBe(0)
  })

  it('ends with 1 when something did, and says what to do', () => {
    const { status, stdout } = check([], { OS_ROUTER__INSTANCE_FLAVOR: 'm1.none' })
    expect(stdout).toMatch(/^failed {3}flavor +Nova has no flavor "m1\.none"$/m)
    expect(stdout).toMatch(
      /^ +→ Set \[router\] instance_flavor to the id or name of one: openstack flavor list --all$/m,
    )
    expect(stdout).toMatch(/^1 failed, 0 warnings\.$/m)
    expect(status).toBe(1)
  })

  it('looks at all else without a bus, as from the file of an embedded cloud that keeps its bus to itself', () => {
    const { status, stdout } = check([], { OS_DEFAULT__TRANSPORT_URL: '' })
    expect(stdout).toMatch(/^ok {7}neutron/m)
    expect(stdout).toMatch(/^failed {3}bus +\[DEFAULT\] transport_url is not set: where the message bus is$/m)
    expect(stdout).toMatch(/^ +→ An embedded cloud has a bus for others when started with --transport-url\.$/m)
    expect(stdout).toMatch(/^1 failed, 0 warnings\.$/m)
    expect(status).toBe(1)
  })

  it('shows neither the password nor that of the bus', () => {
    const transport = 'rabbit://someone:s3cret-bus@127.0.0.1:1/'
    const { status, stdout, stderr } = check([], {
      OS_KEYSTONE_AUTHTOKEN__PASSWORD: 's3cret-wrong',
      OS_DEFAULT__TRANSPORT_URL: transport,
    })
    expect(status).toBe(1)
    expect(stdout).toMatch(/^failed {3}credentials/m)
    expect(stdout).toMatch(/^skipped {2}l2_agent/m)
    expect(stdout).toMatch(/^failed {3}bus +127\.0\.0\.1:1: connect ECONNREFUSED/m)
    expect(stdout + stderr).not.toContain('s3cret')
  })

  it('--json prints the same, for a program', () => {
    const { status, stdout } = check(['--json'])
    const report = JSON.parse(stdout) as CheckReport
    expect(report).toMatchObject({ ok: true, failed: 0, warnings: 0 })
    expect(report.lines.find((line) => line.check === 'bus_exchange')).toEqual({
      check: 'bus_exchange',
      status: 'ok',
      found: "Neutron's exchange neutron is there",
      advice: [],
    })
    expect(status).toBe(0)
  })

  it('colours when asked to', () => {
    const { stdout } = check(['--color', 'always'], { OS_DEFAULT__METADATA_PROXY: 'true' })
    expect(stdout).toContain('\u001b[32mok     \u001b[39m')
    expect(stdout).toContain('\u001b[33mwarning\u001b[39m')
  })

  it('ends with 2 when the configuration cannot be used', () => {
    const { status, stderr, stdout } = check([], { OS_DEFAULT__MANAGEMENT_PREFIX: 'nonsense' })
    expect(stdout).toBe('')
    expect(stderr).toContain('management_prefix')
    expect(status).toBe(2)
  })

  it('a starting orchestrator logs what is amiss in OpenStack, and starts all the same', async () => {
    const program = startProgram(['run', '--config-file', join(home, 'orchestrator.ini')], {
      ...environment(),
      OS_DEFAULT__NUM_WORKER_PROCESSES: '1',
      OS_ROUTER__INSTANCE_FLAVOR: 'm1.none',
    })
    await program.line(/orchestrator started/)
    const line = await program.line(/ERROR .*check: Nova has no flavor "m1\.none"/)
    expect(line).toContain('openstack flavor list')
    program.child.kill('SIGINT')
    expect(await program.ended).toBe(0)
  })
})
