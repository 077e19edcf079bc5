import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CommandFailed, commandLine, must, run } from '../../../src/appliance/system/commands.ts'
import { missingPackage } from '../../../src/appliance/system/daemons.ts'
import { diskFiles, removeDrafts } from '../../../src/appliance/system/files.ts'
import {
  canonicalRules,
  parseLinks,
  parseNeighbours,
  parseNft,
  parseRoutes,
} from '../../../src/appliance/system/ip-json.ts'

// The data plane tests install iproute2; where they do not run, a machine may be without it.
const hasIp = ['/usr/sbin/ip', '/usr/bin/ip', '/sbin/ip', '/bin/ip'].some((path) => existsSync(path))

describe('running tools', () => {
  it('appliance defect 5: only tools of the list, by their absolute path, without a shell', async () => {
    const { path } = commandLine('hostname', [])
    expect(path.startsWith('/')).toBe(true)
    const result = await run('hostname', ['$(id)', ';id'])
    expect(`${result.stdout}${result.stderr}`).not.toContain('uid=')
  })

  it('appliance defect 6: arguments with control characters are refused', () => {
    for (const bad of ['a\nb', 'a\u0000b', '\u001b[2J']) expect(() => commandLine('ip', [bad])).toThrow(CommandFailed)
  })

  it.skipIf(!hasIp)('a tool that does not end is ended (needs iproute2)', async () => {
    await expect(run('hostname', ['-F', '/dev/stdin'], { input: '', timeoutMs: 5_000 })).resolves.toBeDefined()
    const startedAt = performance.now()
    // Nobody writes to standard input, so this would wait for ever.
    await expect(run('ip', ['monitor'], { timeoutMs: 200 })).rejects.toThrow(/limit 200 ms/)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  it.skipIf(!hasIp)('a failure carries what the tool said (needs iproute2)', async () => {
    await expect(must('ip', ['no-such-object'])).rejects.toThrow(/ip: exit \d+: .*no-such-object/)
  })
})

describe('files', () => {
  const dir = mkdtempSync(join(tmpdir(), 'apl-files-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('appliance defect 4: are written whole, with their mode, in their own folder, leaving nothing behind', async () => {
    const path = join(dir, 'inner', 'file')
    await diskFiles.write(path, 'one', 0o600)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await diskFiles.write(path, 'two', 0o600)
    expect(await diskFiles.read(path)).toBe('two')
    expect(readdirSync(join(dir, 'inner'))).toEqual(['file'])
    expect(await diskFiles.read(join(dir, 'none'))).toBeNull()
  })

  it('drafts of an agent that was killed are removed, and nothing else', async () => {
    const folder = join(dir, 'left')
    await diskFiles.write(join(folder, 'configuration.json'), 'kept', 0o600)
    await diskFiles.draft(join(folder, 'configuration.json'), 'with keys', 0o600)
    await diskFiles.write(join(folder, 'some.new'), 'kept', 0o600)
    expect(readdirSync(folder)).toHaveLength(3)
    await removeDrafts(folder)
    expect(readdirSync(folder).sort()).toEqual(['configuration.json', 'some.new'])
    rmSync(folder, { recursive: true })
  })

  it('a failed write leaves the old text and no draft', async () => {
    const path = join(dir, 'folder')
    await diskFiles.write(join(path, 'x'), 'kept', 0o644)
    await expect(diskFiles.write(path, 'text', 0o644)).rejects.toThrow()
    expect(readdirSync(dir).sort()).toEqual(['folder', 'inner'])
    chmodSync(dir, 0o755)
  })
})

describe('daemons that are not installed', () => {
  it.each([
    ['dnsmasq', 'dnsmasq-base'],
    ['bird', 'bird2'],
    ['keepalived', 'keepalived'],
    ['conntrackd', 'conntrackd'],
    ['nginx', 'nginx-light'],
  ] as const)('%s is named with its package', (name, found) => {
    expect(missingPackage(name, '', () => null)).toBe(`it is not installed (package ${found})`)
    expect(missingPackage(name, '', (tool) => `/usr/sbin/${tool}`)).toBeNull()
  })
})

describe('what tools print', () => {
  it('appliance defect 23: links of any name; veth ends count, bridges’ members and tunnels do not', () => {
    const links = parseLinks(
      JSON.stringify([
        { ifname: 'lo', flags: ['UP'], mtu: 65536, link_type: 'loopback', address: '00:00:00:00:00:00', addr_info: [] },
        {
          ifname: 'eth0',
          link: 'eth0',
          link_index: 5,
          flags: ['UP'],
          mtu: 1500,
          link_type: 'ether',
          address: 'FA:16:3E:00:00:01',
          linkinfo: { info_kind: 'veth' },
          addr_info: [
            { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
            { family: 'inet', local: '10.0.0.1', prefixlen: 24 },
          ],
        },
        { ifname: 'enp0s3', flags: [], mtu: 1500, link_type: 'ether', address: 'fa:16:3e:00:00:02', addr_info: [{}] },
        {
          ifname: 'tap0',
          flags: [],
          mtu: 1500,
          link_type: 'ether',
          address: 'fa:16:3e:00:00:03',
          linkinfo: { info_kind: 'tun' },
        },
        {
          ifname: 'p1',
          flags: [],
          mtu: 1500,
          link_type: 'ether',
          address: 'fa:16:3e:00:00:04',
          master: 'br0',
          linkinfo: { info_kind: 'veth' },
        },
        {},
      ]),
    )
    expect(links.filter(({ nic }) => nic).map(({ device, mac }) => [device, mac])).toEqual([
      ['eth0', 'fa:16:3e:00:00:01'],
      ['enp0s3', 'fa:16:3e:00:00:02'],
    ])
    expect(links[1]?.addresses).toEqual([
      { text: 'fe80::1/64', family: 6, linkLocal: true, duplicate: false },
      { text: '10.0.0.1/24', family: 4, linkLocal: false, duplicate: false },
    ])
  })

  it('nothing at all is an empty list', () => {
    expect([parseLinks(''), parseRoutes('\n', 4), parseNeighbours('')]).toEqual([[], [], []])
  })

  it('routes through a gateway, default written as a network', () => {
    const text = JSON.stringify([
      { dst: 'default', gateway: '172.16.77.1', dev: 'eth1', protocol: '97', flags: [] },
      { dst: '10.0.0.0/24', dev: 'eth2', protocol: 'kernel', scope: 'link', flags: [] },
      { dst: '10.50.0.0/16', gateway: '10.0.0.9', dev: 'eth2', protocol: '97', flags: ['onlink'] },
    ])
    expect(parseRoutes(text, 4)).toEqual([
      { destination: '0.0.0.0/0', gateway: '172.16.77.1', device: 'eth1', protocol: '97', onlink: false },
      { destination: '10.50.0.0/16', gateway: '10.0.0.9', device: 'eth2', protocol: '97', onlink: true },
    ])
  })

  it('rules without their counters', () => {
    expect(
      canonicalRules('# Generated\n*filter\n:INPUT DROP [12:3456]\n-A INPUT -j ACCEPT\nCOMMIT\n# Completed\n'),
    ).toBe('*filter\n:INPUT DROP\n-A INPUT -j ACCEPT\nCOMMIT')
  })

  it('counters', () => {
    const text =
      '{"nftables": [{"metainfo": {}}, {"counter": {"family": "ip", "name": "a", "table": "t", "handle": 1, "packets": 3, "bytes": 252}}, {"rule": {"chain": "c"}}]}'
    expect(parseNft(text)).toEqual({ counters: new Map([['a', { packets: 3, bytes: 252 }]]), rules: 1 })
  })
})
