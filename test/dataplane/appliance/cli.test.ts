import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { golden } from './support/configs.ts'
import { type Ended, Lab, until } from './support/lab.ts'
import { announceSkip, prepareTools } from './support/tools.ts'
import { ECHO_SERVER } from './support/traffic.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const ADDRESS = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0'

/** The commands themselves, as a person or an init system runs them. */
describe.skipIf(reason !== null)('astara appliance', () => {
  let lab: Lab
  const source = (command: string): string => `
    const { default: Command } = await import('${ROOT}src/commands/appliance/${command}.ts')
    try { await Command.run(process.argv.slice(1), '${ROOT}package.json') } catch (error) { console.error(error.message); process.exitCode = 1 }`
  const astara = (space: string, command: string, ...args: string[]): Promise<Ended> =>
    lab.run(space, process.execPath, '--input-type=module', '-e', source(command), '--', ...args)
  const place = (): string[] => [
    '--supervise',
    '--no-identity',
    '--state-dir',
    lab.path('state'),
    '--run-dir',
    lab.path('run'),
  ]

  beforeAll(() => {
    lab = new Lab(['brm'])
    for (const space of ['mgt', 'rtr']) lab.space(space)
    lab.cable('mgt', 'eth0', 'brm')
    lab.cable('rtr', 'eth1', 'brm')
    lab.cable('rtr', 'eth0', 'brm', 'fa:16:3e:00:00:77')
    lab.cable('rtr', 'eth2', 'brm')
    lab.in('mgt', 'ip', 'link', 'set', 'eth0', 'up')
    lab.in('mgt', 'ip', 'address', 'add', 'fdca:3ba5:a17a:acda::1/64', 'dev', 'eth0', 'nodad')
  })
  afterAll(() => lab?.close())

  it('configure-management prepares the NIC with the MAC, and fails loudly without one', async () => {
    const files = ['--sshd-config', '', '--environment-file', lab.path('environment')]
    const none = await astara('rtr', 'configure-management', 'fa:16:3e:00:00:99', `${ADDRESS}/64`, ...files)
    expect(none.code).not.toBe(0)
    expect(none.stderr).toContain('no interface has the address')
    const done = await astara('rtr', 'configure-management', 'FA:16:3E:00:00:77', `${ADDRESS}/64`, ...files)
    expect(done.code, done.stderr).toBe(0)
    expect(lab.in('rtr', 'ip', 'address', 'show', 'eth0')).toContain(`${ADDRESS}/64`)
    expect(lab.read('environment')).toBe(`ASTARA_APPLIANCE_LISTEN=${ADDRESS}\n`)
  })

  it('plan shows what would change, and changes nothing', async () => {
    const file = lab.write('plan.json', JSON.stringify(golden('p-dataplane')))
    const before = lab.in('rtr', 'ip', 'address') + lab.in('rtr', 'iptables-save')
    const { stdout, code, stderr } = await astara('rtr', 'plan', file, '--listen', ADDRESS, ...place())
    expect(code, stderr).toBe(0)
    const lines = stdout.split('\n')
    expect(lines.indexOf('firewall.v4: replace the IPv4 rules (they are not as they were left)')).toBeGreaterThan(-1)
    expect(lines).toContain('addresses: + 172.16.77.50/32 on eth1')
    expect(lines).toContain('dnsmasq: start dnsmasq')
    expect(lab.in('rtr', 'ip', 'address') + lab.in('rtr', 'iptables-save')).toBe(before)
  })

  it('plan names what is wrong', async () => {
    const file = lab.write('bad.json', JSON.stringify({ ...golden('p-dataplane'), asn: 'x' }))
    const { stderr, code } = await astara('rtr', 'plan', file, '--listen', ADDRESS, ...place())
    expect(code).not.toBe(0)
    expect(stderr).toContain('asn:')
  })

  it('serve refuses an address that is not here', async () => {
    const { stderr, code } = await astara('rtr', 'serve', '--listen', '127.0.0.1', ...place())
    expect(code).not.toBe(0)
    expect(stderr).toContain('not on a network interface')
    expect(lab.in('rtr', 'iptables-save')).toBe('')
  })

  it('serve serves, ends cleanly on SIGTERM, and leaves nothing running', async () => {
    await lab.program('mgt', ECHO_SERVER, '::', '9697')
    const agent = lab.background(
      'rtr',
      process.execPath,
      '--input-type=module',
      '-e',
      source('serve'),
      '--',
      '--listen',
      ADDRESS,
      ...place(),
    )
    await until(
      'the API',
      async () => (await lab.run('mgt', 'curl', '-gsf', '-m', '2', `http://[${ADDRESS}]:5000/v1/base`)).code === 0,
      30_000,
    )
    const push = await lab.run(
      'mgt',
      'curl',
      '-gsS',
      '-X',
      'PUT',
      '-H',
      'content-type: application/json',
      '--data-binary',
      `@${lab.path('plan.json')}`,
      `http://[${ADDRESS}]:5000/v1/system/config`,
    )
    expect(JSON.parse(push.stdout).changes.length).toBeGreaterThan(10)
    expect(lab.processes('rtr')).toEqual(expect.arrayContaining(['dnsmasq', 'bird']))
    const ended = new Promise((resolve) => agent.once('exit', resolve))
    agent.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(lab.processes('rtr')).toEqual([])
  })

  it('metadata-proxy as a process of its own follows the agent’s file', async () => {
    lab.in('rtr', 'ip', 'address', 'add', '192.168.7.1/32', 'dev', 'lo')
    const config = (instance: string): string =>
      lab.write(
        'metadata.json',
        JSON.stringify({
          tenant_id: 't',
          orchestrator: { address: 'fdca:3ba5:a17a:acda::1', port: 9697 },
          listeners: [{ network_id: 'n', address: '192.168.7.1', port: 9602, instances: { '192.168.7.1': instance } }],
        }),
      )
    const file = config('one')
    lab.background(
      'rtr',
      process.execPath,
      '--input-type=module',
      '-e',
      source('metadata-proxy'),
      '--',
      '--config',
      file,
    )
    const asked = async (): Promise<string> =>
      (await lab.run('rtr', 'curl', '-s', '-m', '2', 'http://192.168.7.1:9602/')).stdout
    await until('first', async () => (await asked()).includes('"x-instance-id":"one"'))
    config('two')
    await until('second', async () => (await asked()).includes('"x-instance-id":"two"'))
  })
})
