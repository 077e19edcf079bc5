import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, golden, networkOn } from './support/configs.ts'
import { Lab, pause, unlessStarved, until } from './support/lab.ts'
import { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'
import { dhcp, ECHO_SERVER, ping, reaches, readStream, STREAM_SERVER } from './support/traffic.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const FIRST = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0'
const SECOND = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b1'

/** Two appliances that are one router. */
describe.skipIf(reason !== null)('a pair of appliances', () => {
  let lab: Lab
  let first: Router
  let second: Router

  const body = (node: 'a' | 'b', peers?: string[]): Body => {
    const config = golden(node === 'a' ? 'd-ha-master' : 'd-ha-backup')
    networkOn(config, 'ge2').subnets[1].dhcp_enabled = false
    if (peers) config.ha_config.peers = peers
    return config
  }
  const holds = (node: string): boolean => lab.in(node, 'ip', 'address', 'show', 'eth1').includes('172.16.77.2/24')
  const daemons = (node: string): string[] => lab.processes(node)

  beforeAll(async () => {
    lab = new Lab(['brm', 'bre', 'bra'])
    for (const space of ['mgt', 'a', 'b', 'ext', 'c1']) lab.space(space)
    lab.cable('mgt', 'eth0', 'brm')
    for (const node of ['a', 'b']) {
      lab.cable(node, 'eth0', 'brm')
      lab.cable(node, 'eth1', 'bre')
      lab.cable(node, 'eth2', 'bra')
      lab.in(node, 'ip', 'link', 'set', 'eth0', 'up')
    }
    lab.cable('ext', 'eth0', 'bre')
    lab.cable('c1', 'eth0', 'bra', 'fa:16:3e:00:00:02')
    for (const space of ['mgt', 'ext', 'c1']) {
      lab.in(space, 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=0')
      lab.in(space, 'ip', 'link', 'set', 'eth0', 'up')
    }
    lab.in('mgt', 'ip', 'address', 'add', 'fdca:3ba5:a17a:acda::1/64', 'dev', 'eth0', 'nodad')
    lab.in('a', 'ip', 'address', 'add', `${FIRST}/64`, 'dev', 'eth0', 'nodad')
    lab.in('b', 'ip', 'address', 'add', `${SECOND}/64`, 'dev', 'eth0', 'nodad')
    lab.in('ext', 'ip', 'address', 'add', '172.16.77.1/24', 'dev', 'eth0')
    lab.in('ext', 'ip', 'address', 'add', '8.8.8.8/32', 'dev', 'lo')
    lab.in('ext', 'ip', 'address', 'add', '2001:db8:77::1/64', 'dev', 'eth0', 'nodad')
    lab.in('ext', 'ip', 'route', 'add', '2001:db8:a::/64', 'via', '2001:db8:77::2')
    lab.in('c1', 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_ra=2')
    await Promise.all([
      lab.program('ext', STREAM_SERVER, '8.8.8.8', '8001'),
      lab.program('ext', STREAM_SERVER, '2001:db8:77::1', '8001'),
      lab.program('mgt', ECHO_SERVER, '::', '9697'),
    ])
    first = new Router(lab, 'a', FIRST, 'mgt')
    second = new Router(lab, 'b', SECOND, 'mgt')
    await Promise.all([first.start(), second.start()])
  })

  afterAll(async () => {
    if (process.env.ASTARA_TEST_LOGS) console.log(`${first?.log}\n=======\n${second?.log}`)
    await first?.stop()
    await second?.stop()
    await lab?.close()
  })

  it('appliance defect 27: the first node of a pair works alone', async () => {
    await first.push(body('a', []))
    await until('the first node serves', () => holds('a'))
    await until('DHCP', () => daemons('a').includes('dnsmasq'))
    expect((await dhcp(lab, 'c1'))?.ip).toBe('192.168.0.2')
    expect(await reaches(lab, 'c1', '8.8.8.8')).toBe(true)
  })

  it('the second joins without disturbing the first, and serves nobody', async () => {
    await unlessStarved(async () => {
      const alone = { ...body('b'), networks: body('b').networks.slice(0, 1), ha_resource: false, floating_ips: [] }
      await second.push(alone)
      await first.push(body('a', []))
      await until('the first has it', () => holds('a') && !holds('b'))
      const pings = ping(lab, 'c1', '8.8.8.8', 60, 0.05)
      await first.push(body('a'))
      await second.push(body('b'))
      const { sent, received } = await pings
      expect(received).toBe(sent)
      expect(holds('a')).toBe(true)
      expect(holds('b')).toBe(false)
    })
    expect(daemons('b')).not.toContain('dnsmasq')
    expect(daemons('b')).not.toContain('bird')
    expect(daemons('b')).toContain('conntrackd')
    expect(await second.push(body('b'))).toEqual([])
    expect(await first.push(body('a'))).toEqual([])
  })

  it('only the master advertises itself, from an address of the pair', async () => {
    let seen = ''
    await until('advertisement', async () => {
      seen = (await lab.run('c1', 'rdisc6', '-m', '-w', '1500', 'eth0')).stdout
      return seen.includes('2001:db8:a::/64')
    })
    const senders = [...seen.matchAll(/^ from (\S+)$/gm)].map((match) => match[1])
    expect(new Set(senders).size).toBe(1)
    expect(senders[0]).toMatch(/^fe80::a57a:/)
  })

  it('metadata is answered by the master', async () => {
    await until('metadata', async () => {
      const { stdout } = await lab.run('c1', 'curl', '-s', '-m', '2', 'http://169.254.169.254/latest')
      return stdout.includes('11111111-aaaa-4000-8000-000000000002')
    })
  })

  it('appliance defect 27: removing a floating IP removes it from the pair', async () => {
    const without = (node: 'a' | 'b'): Body => ({ ...body(node), floating_ips: [] })
    await unlessStarved(async () => {
      await first.push(body('a'))
      await second.push(body('b'))
      await until('there', () => lab.in('a', 'ip', 'address', 'show', 'eth1').includes('172.16.77.50'))
      await first.push(without('a'))
      await second.push(without('b'))
      await until('gone', () => !lab.in('a', 'ip', 'address', 'show', 'eth1').includes('172.16.77.50'))
      expect(holds('a')).toBe(true)
    })
    await first.push(body('a'))
    await second.push(body('b'))
    await until('back', () => lab.in('a', 'ip', 'address', 'show', 'eth1').includes('172.16.77.50'))
  })

  it.each(['the parent', 'all of it'])(
    'keepalived killed (%s): one node holds the addresses, never two for long',
    async (what) => {
      const holder = (): string[] => ['a', 'b'].filter(holds)
      await until('one holder', () => holder().length === 1)
      const [victim = 'a'] = holder()
      const pids = lab
        .ip('netns', 'pids', lab.name(victim))
        .split('\n')
        .filter((pid) => pid !== '' && lab.commandOf(pid) === 'keepalived')
      expect(pids.length).toBe(2)
      const parent = String(Math.min(...pids.map(Number)))
      lab.in(victim, 'kill', '-9', ...(what === 'the parent' ? [parent] : pids))
      await pause(3_000)
      await until('one holder again', () => holder().length === 1)
      expect(lab.processes(victim).filter((name) => name === 'keepalived')).toHaveLength(2)
      await until('the outside', () => reaches(lab, 'c1', '8.8.8.8'))
      // The better one has it in the end, so that the next test begins as this one did.
      await until('the first has it', () => holds('a') && !holds('b'))
      await until('a serves', () => daemons('a').includes('dnsmasq') && !daemons('b').includes('dnsmasq'))
    },
  )

  it('leaving and joining the pair again as its master leaves one holder and a working router', async () => {
    await until('a is master', () => holds('a'))
    await first.push({ ...body('a'), ha_resource: false })
    expect(holds('a')).toBe(true)
    expect(daemons('a')).not.toContain('keepalived')
    // Alone in the belief that it is one of a pair, the other took over: this is what the orchestrator avoids by telling both.
    await second.push({ ...body('b'), networks: body('b').networks.slice(0, 1), ha_resource: false, floating_ips: [] })
    expect(holds('b')).toBe(false)
    await until('the outside', () => reaches(lab, 'c1', '8.8.8.8'))
    await first.push(body('a'))
    await second.push(body('b'))
    await until('the pair is back', () => holds('a') && !holds('b'))
    await until('a serves', () => daemons('a').includes('dnsmasq') && !daemons('b').includes('dnsmasq'))
    await until('the outside again', () => reaches(lab, 'c1', '8.8.8.8'))
  })

  it('when the master is killed, traffic goes on within 4 s, an established stream included', async () => {
    await until('SLAAC', () => lab.in('c1', 'ip', '-6', 'address', 'show').includes('2001:db8:a:'))
    const stream = readStream(lab, 'c1', '8.8.8.8', 8001, 9_000)
    const stream6 = readStream(lab, 'c1', '2001:db8:77::1', 8001, 9_000)
    await pause(2_000)
    // As when the machine dies: all its processes at once, then its cables.
    lab.in(
      'a',
      'sh',
      '-c',
      `kill -9 $(ip netns pids ${lab.name('a')} | grep -v "^$$$") 2>/dev/null; for n in eth0 eth1 eth2; do ip link set $n down; done; true`,
    )
    const [four, six] = await Promise.all([stream, stream6])
    console.log(`fail-over: IPv4 silent for ${four.gap} ms, IPv6 for ${six.gap} ms`)
    expect(four).toMatchObject({ closed: false, orderly: true })
    expect(four.gap).toBeLessThan(4_000)
    expect(four.lines).toBeGreaterThan(300)
    expect(six).toMatchObject({ closed: false, orderly: true })
    expect(six.gap).toBeLessThan(4_000)
    expect(holds('b')).toBe(true)
    await until('DHCP on the second', async () => (await dhcp(lab, 'c1'))?.ip === '192.168.0.2')
  })
})
