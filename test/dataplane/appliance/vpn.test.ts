import { statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, golden, networkOn } from './support/configs.ts'
import { Lab, pause, until } from './support/lab.ts'
import { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'
import { ECHO_SERVER, get, ping, reaches } from './support/traffic.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const PREFIX = 'fdca:3ba5:a17a:acda'
const A = '172.16.77.2'
const B = '172.16.77.129'
const FIRST = 'bfb6da63-0000-4000-8000-eda5601cf74b'
const SECOND = 'bfb6da63-0000-4000-8000-eda5601cf74c'

/** One end: its addresses, the networks behind it, and the same of the other. */
interface End {
  readonly management: string
  readonly external: string
  readonly inside: string
  readonly peer: string
}

const ENDS: Readonly<Record<'a' | 'b', End>> = {
  a: { management: `${PREFIX}::a`, external: A, inside: '192.168.0', peer: B },
  b: { management: `${PREFIX}::b`, external: B, inside: '172.31.155', peer: A },
}

/** Site to site through real packets: charon makes ESP itself (in UDP), because a test machine's kernel may have none. */
describe.skipIf(reason !== null)('IPsec between two appliances', () => {
  let lab: Lab
  let a: Router
  let b: Router

  /** Golden f-vpn on one of the two machines. */
  function body(node: 'a' | 'b', bend: (connection: Body, service: Body) => void = () => undefined): Body {
    const config = golden('f-vpn')
    const { management, external, inside, peer } = ENDS[node]
    networkOn(config, 'ge0').interface.addresses = [`${management}/64`]
    networkOn(config, 'ge1').interface.addresses = [`${external}/24`]
    const network = networkOn(config, 'ge2')
    network.interface.addresses = [`${inside}.1/24`]
    network.subnets = [{ ...network.subnets[0], cidr: `${inside}.0/24`, gateway_ip: `${inside}.1`, host_routes: [] }]
    const [service] = config.vpn.ipsec
    service.external_v4_ip = external
    const [connection] = service.ipsec_connections
    service.ipsec_connections = [connection]
    connection.peer_address = peer
    connection.peer_id = peer
    connection.peer_ep_group.endpoints = [`${ENDS[node === 'a' ? 'b' : 'a'].inside}.0/24`]
    if (node === 'b') connection.initiator = 'response-only'
    bend(connection, service)
    return config
  }

  /** Security associations of a node: name and number of each that stands. */
  const associations = (node: 'a' | 'b'): string[] => {
    const { stdout } = {
      stdout: lab.in(node, 'swanctl', '--list-sas', '--raw', '--uri', `unix://${lab.path(`${node}-run/charon.vici`)}`),
    }
    return [...stdout.matchAll(/^list-sa event \{(\S+) \{uniqueid=(\d+).*? state=(\w+)/gm)].map(
      ([, name, number, state]) => `${name} ${number} ${state}`,
    )
  }

  /** What crosses the outside while `work` goes on, one line per packet. */
  async function onTheWire(work: () => Promise<unknown>): Promise<string[]> {
    const dump = lab.background('sw', 'tcpdump', '-lnni', 'bre', 'not arp and not icmp6')
    let seen = ''
    dump.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
    })
    await new Promise<void>((resolve) => dump.stderr?.on('data', () => resolve()))
    await work()
    await pause(300)
    const ended = new Promise((resolve) => dump.once('close', resolve))
    dump.kill('SIGTERM')
    await ended
    return seen.split('\n').filter(Boolean)
  }

  const connected = (from: 'ca' | 'cb', to: string): Promise<void> =>
    until('the tunnel', () => reaches(lab, from, to), 20_000)

  beforeAll(async () => {
    lab = new Lab(['brm', 'bre', 'bra', 'brb'])
    for (const space of ['mgt', 'ext', 'a', 'b', 'ca', 'cb']) lab.space(space)
    lab.cable('mgt', 'eth0', 'brm')
    lab.cable('ext', 'eth0', 'bre')
    for (const node of ['a', 'b'] as const) {
      lab.cable(node, 'eth0', 'brm')
      lab.cable(node, 'eth1', 'bre')
      lab.cable(node, 'eth2', `br${node}`)
      lab.cable(`c${node}`, 'eth0', `br${node}`)
      lab.in(node, 'ip', 'link', 'set', 'eth0', 'up')
      lab.in(node, 'ip', 'address', 'add', `${ENDS[node].management}/64`, 'dev', 'eth0', 'nodad')
      lab.in(`c${node}`, 'ip', 'link', 'set', 'eth0', 'up')
      lab.in(`c${node}`, 'ip', 'address', 'add', `${ENDS[node].inside}.9/24`, 'dev', 'eth0')
      lab.in(`c${node}`, 'ip', 'route', 'add', 'default', 'via', `${ENDS[node].inside}.1`)
    }
    for (const space of ['mgt', 'ext']) lab.in(space, 'ip', 'link', 'set', 'eth0', 'up')
    lab.in('mgt', 'ip', 'address', 'add', `${PREFIX}::1/64`, 'dev', 'eth0', 'nodad')
    lab.in('ext', 'ip', 'address', 'add', '172.16.77.1/24', 'dev', 'eth0')
    await lab.program('cb', ECHO_SERVER, '0.0.0.0', '80')
    a = new Router(lab, 'a', ENDS.a.management, 'mgt')
    b = new Router(lab, 'b', ENDS.b.management, 'mgt')
    await Promise.all([a.start(), b.start()])
  })

  afterAll(async () => {
    if (process.env.ASTARA_TEST_LOGS) console.log(`${a?.log}\n=======\n${b?.log}`)
    await a?.stop()
    await b?.stop()
    await lab?.close()
  })

  it('a tunnel comes up: every ping passes, the wire sees ESP and not one packet in the clear', async () => {
    expect(await b.push(body('b'))).toContain('start charon')
    await a.push(body('a'))
    await connected('ca', '172.31.155.9')
    let result = { sent: 0, received: 0 }
    const wire = await onTheWire(async () => {
      result = await ping(lab, 'ca', '172.31.155.9', 10, 0.1)
    })
    expect(result).toEqual({ sent: 10, received: 10 })
    expect(wire.filter((line) => line.includes('UDP-encap: ESP')).length).toBeGreaterThanOrEqual(20)
    expect(wire.filter((line) => /ICMP |192\.168\.0\.|172\.31\.155\./.test(line))).toEqual([])
  })

  it('appliance defect 29: what goes through the tunnel is not translated, what goes elsewhere is', async () => {
    expect(JSON.parse((await get(lab, 'ca', 'http://172.31.155.9/')) ?? '{}').peer).toBe('192.168.0.9')
    const wire = await onTheWire(() => ping(lab, 'ca', '172.16.77.1', 2, 0.2))
    expect(wire.filter((line) => line.includes(`${A} > 172.16.77.1: ICMP`))).toHaveLength(2)
  })

  it('the same push touches neither charon nor its associations', async () => {
    const before = associations('a')
    expect(before).toEqual([expect.stringMatching(new RegExp(`^${FIRST}-\\w+ \\d+ ESTABLISHED$`))])
    expect(await a.push(body('a'))).toEqual([])
    expect(associations('a')).toEqual(before)
  })

  it('appliance defect 3: keys are in no answer and no log, and in files of root alone', async () => {
    const { text } = await a.request('GET', '/v1/system/config')
    expect(text).toContain(FIRST)
    expect(text).not.toMatch(/s3cret|"psk":/)
    const hex = Buffer.from('s3cret-b').toString('hex')
    for (const said of [a.log, b.log]) expect(said).not.toMatch(new RegExp(`s3cret|${hex}`))
    expect(lab.read('a-run/swanctl.conf')).toContain(hex)
    expect(statSync(lab.path('a-run/swanctl.conf')).mode & 0o777).toBe(0o600)
    expect(statSync(lab.path('a-state/configuration.json')).mode & 0o777).toBe(0o600)
  })

  it('a second connection joins, one is taken away: the first loses nothing', async () => {
    const other = (node: 'a' | 'b'): Body =>
      body(node, (connection, service) => {
        const second = structuredClone(connection)
        Object.assign(second, { id: SECOND, psk: 'another', ikepolicy: { ...second.ikepolicy, ike_version: 'v2' } })
        const [from, to] = node === 'a' ? ['192.168.0.0/24', '172.31.156.0/24'] : ['172.31.156.0/24', '192.168.0.0/24']
        second.local_ep_group = { type: 'cidr', endpoints: [from] }
        second.peer_ep_group = { type: 'cidr', endpoints: [to] }
        // Two connections between the same two addresses are told apart by their names.
        second.peer_id = node === 'a' ? B : A
        service.ipsec_connections.push(second)
      })
    const pings = ping(lab, 'ca', '172.31.155.9', 60, 0.1)
    const before = associations('a').filter((line) => line.startsWith(FIRST))
    expect(await b.push(other('b'))).toContain('reload charon')
    expect(await a.push(other('a'))).toContain('reload charon')
    await until('both', () => associations('a').filter((line) => line.endsWith('ESTABLISHED')).length === 2)
    await a.push(body('a'))
    expect(associations('a')).toEqual(before)
    await b.push(body('b'))
    const { sent, received } = await pings
    expect(received).toBe(sent)
  })

  it('without the other end nothing leaves in the clear', async () => {
    const without = body('b')
    without.vpn = {}
    await b.push(without)
    const wire = await onTheWire(() => ping(lab, 'ca', '172.31.155.9', 3, 0.2))
    expect(wire.filter((line) => /ICMP |172\.31\.155\./.test(line))).toEqual([])
    // And nobody gets in by saying that he is of the other side.
    lab.in('ext', 'ip', 'address', 'add', '172.31.155.77/32', 'dev', 'lo')
    lab.in('ext', 'ip', 'route', 'add', '192.168.0.0/24', 'via', A)
    expect((await lab.run('ext', 'ping', '-c1', '-W1', '-I', '172.31.155.77', '192.168.0.9')).code).not.toBe(0)
    // Either end may begin: nobody waits for the other's next attempt.
    await b.push(body('b', (connection) => Object.assign(connection, { initiator: 'bi-directional' })))
    await connected('ca', '172.31.155.9')
  })

  it('another key, no tunnel; the right one again, and there it is', async () => {
    await a.push(body('a', (connection) => Object.assign(connection, { admin_state_up: false })))
    expect(await reaches(lab, 'cb', '192.168.0.9')).toBe(false)
    await a.push(body('a', (connection) => Object.assign(connection, { psk: 'wrong' })))
    await pause(2_000)
    expect(associations('a').filter((line) => line.endsWith('ESTABLISHED'))).toEqual([])
    await a.push(body('a'))
    await connected('ca', '172.31.155.9')
  })

  it.each([
    { version: 'v2', cipher: 'aes-256', auth: 'sha512', pfs: 'group19' },
    { version: 'v2', cipher: 'aes-128-gcm-16', auth: 'sha384', pfs: 'group14' },
    { version: 'v1', cipher: '3des', auth: 'sha1', pfs: 'group2' },
  ])(
    'appliance defect 29: the algorithms of both policies are those that are used ($cipher, $version)',
    async (what) => {
      const bend = (connection: Body): void => {
        const policy = { encryption_algorithm: what.cipher, auth_algorithm: what.auth, pfs: what.pfs }
        Object.assign(connection.ikepolicy, policy, { ike_version: what.version })
        Object.assign(connection.ipsecpolicy, policy)
      }
      await b.push(body('b', bend))
      await a.push(body('a', bend))
      await connected('ca', '172.31.155.9')
      const sas = lab.in('a', 'swanctl', '--list-sas', '--uri', `unix://${lab.path('a-run/charon.vici')}`)
      const [, bits = '', gcm] = /^aes-(\d+)(-gcm)?/.exec(what.cipher) ?? []
      const cipher = what.cipher === '3des' ? '3DES_CBC' : gcm ? `AES_GCM_16-${bits}` : `AES_CBC-${bits}`
      expect(sas.match(new RegExp(cipher, 'g'))?.length).toBeGreaterThanOrEqual(2)
    },
  )

  it.each([
    ['/usr/sbin/charon-systemd', 'userspace', /package charon-systemd/],
    ['/usr/sbin/swanctl', 'userspace', /package strongswan-swanctl/],
    ['/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so', 'userspace', /package libcharon-extra-plugins/],
    ['/usr/lib/ipsec/plugins/libstrongswan-openssl.so', 'kernel', /package libstrongswan-standard-plugins/],
    // Depends on the kernel: one that has ESP takes it, one that has none is told apart before anything is touched.
    ['/usr/sbin/nothing', 'kernel', /^null$|kernel has no ESP/],
    ['/usr/sbin/nothing', 'userspace', /^null$/],
  ])('without %s, in mode %s: the answer matches %s', async (hidden, mode, wanted) => {
    const source = (path: string): string => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)
    const program = lab.write(
      'check.mjs',
      `import { checkWithTool } from ${source('src/appliance/system/daemons.ts')}
       import { renderSwanctl } from ${source('src/appliance/render/vpn/index.ts')}
       import { golden, modelOf } from ${source('test/appliance/support/agent.ts')}
       const { test } = renderSwanctl(modelOf(golden('f-vpn')), '${mode}', 'salt')
       console.log(await checkWithTool('charon', test, { runDir: '${lab.dir}', conntrackdConf: '', ipsec: '${mode}' }))`,
    )
    // Hidden in a mount namespace of its own, which `ip netns exec` makes.
    const hide = `if [ -e ${hidden} ]; then mount -t tmpfs none $(dirname ${hidden}); fi`
    const tool = hidden.startsWith('/usr/sbin/')
      ? `if [ -e ${hidden} ]; then mount --bind /dev/null ${hidden}; fi`
      : hide
    const { stdout, stderr } = await lab.run('ext', 'sh', '-c', `${tool}; exec ${process.execPath} ${program}`)
    expect(stdout.trim(), stderr).toMatch(wanted)
  })

  it('what charon does not take is refused by its checker, with its words', async () => {
    const program = lab.write(
      'refuse.mjs',
      `import { checkWithTool } from ${JSON.stringify(new URL('../../../src/appliance/system/daemons.ts', import.meta.url).href)}
       const text = 'connections { x { proposals = aes9-sha1-modp1024 } }'
       console.log(await checkWithTool('charon', text, { runDir: '${lab.dir}', conntrackdConf: '', ipsec: 'userspace' }))`,
    )
    const { stdout, stderr } = await lab.run('ext', process.execPath, program)
    expect(stdout, stderr).toMatch(/invalid value for: proposals/)
  })

  it('without `vpn` charon ends, its device and doors are gone, and the network is reached no more', async () => {
    const config = body('a')
    delete config.vpn
    expect(await a.push(config)).toContain('stop charon')
    expect(lab.processes('a')).not.toContain('charon-systemd')
    expect(lab.in('a', 'ip', 'link')).not.toContain('ipsec0')
    expect(lab.in('a', 'iptables-save')).not.toMatch(/dports 500|esp|ipsec/)
    expect(await reaches(lab, 'ca', '172.31.155.9')).toBe(false)
    expect(await a.push(config)).toEqual([])
  })
})
