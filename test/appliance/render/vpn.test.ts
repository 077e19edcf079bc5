import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { desiredState } from '../../../src/appliance/apply/index.ts'
import { renderFirewall } from '../../../src/appliance/render/firewall/index.ts'
import { connectionName, renderSwanctl } from '../../../src/appliance/render/vpn/index.ts'
import { type Body, golden, goldenText, modelOf, settings } from '../support/agent.ts'

type Section = { [key: string]: string | Section }

/** Reads strongSwan's language: sections, and values in quotes or to the end of the line. */
function parse(text: string): Section {
  const tokens = text.matchAll(/([\w-]+)\s*\{|([\w-]+)\s*=\s*(?:"([^"\n]*)"|([^\n}"]*))|(\})/g)
  const root: Section = {}
  const stack = [root]
  for (const [, section, key, quoted, plain, end] of tokens) {
    const top = stack.at(-1) ?? root
    if (section !== undefined) {
      const inner: Section = {}
      top[section] = inner
      stack.push(inner)
    } else if (end !== undefined) stack.pop()
    else if (key !== undefined) top[key] = quoted ?? (plain ?? '').trim()
  }
  expect(stack).toHaveLength(1)
  return root
}

const section = (parent: Section | string | undefined, name: string): Section => {
  const found = typeof parent === 'object' ? parent[name] : undefined
  if (typeof found !== 'object') throw new Error(`no section ${name}`)
  return found
}

const only = (parent: Section): Section => section(parent, Object.keys(parent)[0] ?? '')

/** f-vpn with its first connection alone, bent. */
function vpn(bend: (connection: Body, service: Body, body: Body) => void = () => undefined): Body {
  const body = golden('f-vpn')
  const [service] = body.vpn.ipsec
  service.ipsec_connections.splice(1)
  bend(service.ipsec_connections[0], service, body)
  return body
}

const render = (body: Body, mode: 'kernel' | 'userspace' = 'kernel') =>
  renderSwanctl(modelOf(body), mode, 'salt')?.main ?? ''
const connectionOf = (body: Body, mode: 'kernel' | 'userspace' = 'kernel') =>
  only(section(parse(render(body, mode)), 'connections'))
const childrenOf = (body: Body) => Object.values(section(connectionOf(body), 'children')) as Section[]
const warnings = (body: Body): readonly string[] => modelOf(body).warnings

describe('IPsec connections in the language of swanctl', () => {
  it('golden f-vpn: the working form of conn-b, in effect', () => {
    const theirs = section(section(parse(goldenText('modern/f-vpn.swanctl.conf')), 'connections'), 'conn-b')
    const ours = connectionOf(vpn())
    const heads = [
      'version',
      'local_addrs',
      'remote_addrs',
      'proposals',
      'rekey_time',
      'reauth_time',
      'mobike',
      'keyingtries',
    ]
    for (const key of [...heads, 'dpd_delay', 'dpd_timeout', 'local', 'remote'])
      expect(ours[key], key).toEqual(theirs[key])
    const child = section(section(theirs, 'children'), 'conn-b')
    // IKEv1 negotiates one pair of networks at a time: the second of a list was never there.
    expect(childrenOf(vpn()).map(({ remote_ts }) => remote_ts)).toEqual(String(child.remote_ts).split(','))
    for (const part of childrenOf(vpn())) {
      for (const key of ['local_ts', 'esp_proposals', 'life_time', 'mode', 'start_action', 'dpd_action']) {
        expect(part[key], key).toBe(child[key])
      }
      // Rules of scripts die with the next ruleset; ours are part of it.
      expect(part.updown).toBeUndefined()
    }
    const key = section(section(parse(goldenText('modern/f-vpn.swanctl.conf')), 'secrets'), 'ike-conn-b')
    expect(only(section(parse(render(vpn())), 'secrets'))).toEqual({
      ...key,
      secret: `0x${Buffer.from(String(key.secret)).toString('hex')}`,
    })
  })

  it('golden f-vpn: a connection whose ends have no family in common is left out, the other stands', () => {
    const model = modelOf(golden('f-vpn'))
    expect(model.tunnels.map(({ id }) => id)).toEqual(['bfb6da63-0000-4000-8000-eda5601cf74b'])
    expect(model.warnings.join()).toContain('bfb6da63-0000-4000-8000-eda5601cf74c is not set up')
  })

  it('appliance defect 29: an IPv6 peer is met from the IPv6 address', () => {
    const body = vpn((connection) => {
      Object.assign(connection, { peer_address: '2001:db8:99::1', peer_id: '2001:db8:99::1' })
      connection.local_ep_group.endpoints = ['int1v6']
      connection.peer_ep_group.endpoints = ['2001:db8:cc::/48']
    })
    expect(connectionOf(body)).toMatchObject({
      local_addrs: '2001:db8:77::2',
      remote_addrs: '2001:db8:99::1',
      local: { id: '2001:db8:77::2' },
    })
    expect(childrenOf(body)).toMatchObject([{ local_ts: '2001:db8:a::/64', remote_ts: '2001:db8:cc::/48' }])
    const rules = renderFirewall(modelOf(body), 6, settings)
    expect(rules).toContain('-A INPUT -i eth1 -s 2001:db8:99::1 -d 2001:db8:77::2 -p esp -j ACCEPT')
    expect(renderFirewall(modelOf(body), 4, settings)).not.toContain('--dir in')
  })

  it('appliance defect 29: the algorithms of the IPsec policy are its own, and every name is translated', () => {
    const proposals = (ike: object, ipsec: object) => {
      const body = vpn((connection) => {
        Object.assign(connection.ikepolicy, ike)
        Object.assign(connection.ipsecpolicy, ipsec)
      })
      return [connectionOf(body).proposals, childrenOf(body)[0]?.esp_proposals ?? childrenOf(body)[0]?.ah_proposals]
    }
    expect(proposals({}, {})).toEqual(['aes128-sha1-modp1536', 'aes256-sha256-modp2048'])
    expect(
      proposals(
        { encryption_algorithm: '3des', auth_algorithm: 'sha512', pfs: 'group2' },
        { encryption_algorithm: 'aes-192', auth_algorithm: 'sha384', pfs: 'group15' },
      ),
    ).toEqual(['3des-sha512-modp1024', 'aes192-sha384-modp3072'])
    expect(
      proposals(
        { encryption_algorithm: 'aes-256-gcm-16', auth_algorithm: 'sha256', pfs: 'group19' },
        { encryption_algorithm: 'aes-128-gcm-8', pfs: 'group31' },
      ),
    ).toEqual(['aes256gcm16-prfsha256-ecp256', 'aes128gcm8-curve25519'])
    expect(proposals({}, { transform_protocol: 'ah' })[1]).toBe('sha256-modp2048')
  })

  it.each<[string, (connection: Body, service: Body, body: Body) => void, RegExp]>([
    [
      'an algorithm that is not offered',
      (c) => Object.assign(c.ikepolicy, { pfs: 'group99' }),
      /group99 is not offered/,
    ],
    [
      'AH and ESP at once',
      (c) => Object.assign(c.ipsecpolicy, { transform_protocol: 'ah-esp' }),
      /ah-esp is not offered/,
    ],
    ['aggressive mode', (c) => Object.assign(c.ikepolicy, { phase1_negotiation_mode: 'aggressive' }), /aggressive/],
    [
      'an address that is not ours',
      (_, s) => Object.assign(s, { external_v4_ip: '172.16.77.9' }),
      /no external address/,
    ],
    ['no external network', (_c, _s, b) => b.networks.splice(1, 1), /no external address/],
    ['unknown subnets', (c) => Object.assign(c.local_ep_group, { endpoints: ['elsewhere'] }), /no networks/],
    [
      'the management subnet by its id',
      (c) => Object.assign(c.local_ep_group, { endpoints: ['mgt-sub'] }),
      /no networks/,
    ],
    [
      'the external subnet by its id',
      (c) => Object.assign(c.local_ep_group, { endpoints: ['ext4-sub'] }),
      /no networks/,
    ],
    ['the management network', (c) => c.peer_ep_group.endpoints.push('fdca:3ba5:a17a::/48'), /management network/],
    ['everything', (c) => Object.assign(c.peer_ep_group, { endpoints: ['0.0.0.0/0'] }), /overlaps a network/],
    ['our own network', (c) => c.peer_ep_group.endpoints.push('192.168.0.128/25'), /overlaps a network/],
    ['ourselves as the peer', (c) => Object.assign(c, { peer_address: '172.16.77.2' }), /cannot be a peer/],
  ])('%s: the connection is left out with a warning, the router works on', (_name, bend, warning) => {
    const body = vpn(bend)
    expect(modelOf(body).tunnels).toEqual([])
    expect(
      warnings(body)
        .filter((text) => text.startsWith('VPN connection'))
        .join(),
    ).toMatch(warning)
    expect(renderSwanctl(modelOf(body), 'kernel', 'salt')).toBeNull()
  })

  it('appliance defect 29: initiator, admin_state_up, dpd, lifetimes and peer_cidrs have their effect', () => {
    const answering = vpn((c) => Object.assign(c, { initiator: 'response-only' }))
    expect(childrenOf(answering)[0]).toMatchObject({ start_action: 'none', dpd_action: 'clear' })
    expect(modelOf(vpn((c) => Object.assign(c, { admin_state_up: false }))).tunnels).toEqual([])
    expect(modelOf(vpn((_, s) => Object.assign(s, { admin_state_up: false }))).tunnels).toEqual([])
    expect(connectionOf(vpn((c) => Object.assign(c.dpd, { action: 'disabled' }))).dpd_delay).toBe('0s')
    expect(childrenOf(vpn((c) => Object.assign(c.dpd, { action: 'restart-by-peer' })))[0]?.dpd_action).toBe('restart')
    const volume = vpn((c) => Object.assign(c.ipsecpolicy.lifetime, { units: 'kilobytes', value: 1000 }))
    expect(childrenOf(volume)[0]).toMatchObject({ life_bytes: '1024000', rekey_bytes: '921600' })
    const old = vpn((c, s) => {
      Object.assign(c, { local_ep_group: null, peer_ep_group: null, peer_cidrs: ['10.9.0.0/16'] })
      s.subnet_id = 'int1v4'
    })
    expect(childrenOf(old)).toMatchObject([{ local_ts: '192.168.0.0/24', remote_ts: '10.9.0.0/16' }])
  })

  it('IKEv2 negotiates all networks of a family at once', () => {
    const body = vpn((c) => {
      c.ikepolicy.ike_version = 'v2'
      c.local_ep_group.endpoints = ['int1v4', 'int1v6']
      c.peer_ep_group.endpoints.push('2001:db8:cc::/48')
    })
    expect(childrenOf(body)).toMatchObject([
      { local_ts: '192.168.0.0/24', remote_ts: '172.31.155.0/24,172.31.156.0/24' },
      { local_ts: '2001:db8:a::/64', remote_ts: '2001:db8:cc::/48' },
    ])
  })

  it('without a kernel’s policies the tunnel is begun at once and packets go in UDP', () => {
    expect(connectionOf(vpn(), 'userspace')).toMatchObject({
      encap: 'yes',
      children: { net0: { start_action: 'start', close_action: 'start', dpd_action: 'restart' } },
    })
    expect(connectionOf(vpn()).encap).toBeUndefined()
  })

  it('appliance defect 6: whatever a key holds, it is one value and comes out as it went in', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (psk) => {
        const text = render(vpn((c) => Object.assign(c, { psk })))
        const { secret } = only(section(parse(text), 'secrets'))
        expect(Buffer.from(String(secret).slice(2), 'hex')).toEqual(Buffer.from(psk, 'utf8'))
        expect(text.replaceAll(/0x[0-9a-f]*/g, '').split('\n')).toHaveLength(render(vpn()).split('\n').length)
      }),
    )
  })

  it('a connection has another name as soon as anything of it changes, and the name tells nothing of the key', () => {
    const name = (bend?: (connection: Body) => void, salt = 'salt'): string => {
      const [tunnel] = modelOf(vpn(bend)).tunnels
      if (!tunnel) throw new Error('no tunnel')
      return connectionName(tunnel, salt)
    }
    expect(name()).toBe(name())
    const changed = [
      name(),
      name((c) => Object.assign(c, { psk: 'b' })),
      name((c) => Object.assign(c.dpd, { interval: 7 })),
      name(undefined, 'x'),
    ]
    expect(new Set(changed).size).toBe(4)
  })

  it('charon runs where the addresses are, its file is root’s alone, and it stops with the last connection', () => {
    const model = modelOf(vpn())
    const spec = desiredState(model, 'master', settings, 'salt').services.get('charon')
    expect(spec?.files.find(({ path }) => path.endsWith('swanctl.conf'))?.mode).toBe(0o600)
    expect(desiredState(model, 'backup', settings, 'salt').services.get('charon')).toBeNull()
    expect(desiredState(modelOf(golden('a-single')), 'single', settings, 'salt').services.get('charon')).toBeNull()
  })
})

describe('rules around IPsec', () => {
  it('appliance defect 29: what is to be encrypted is not translated', () => {
    const lines = renderFirewall(modelOf(vpn()), 4, settings).split('\n')
    const exempt = lines.indexOf('-A POSTROUTING -m policy --dir out --pol ipsec -j ACCEPT')
    expect(exempt).toBeGreaterThan(-1)
    expect(exempt).toBeLessThan(lines.indexOf('-A POSTROUTING -o eth1 -j PUBLIC'))
  })

  it('doors are open for the peer alone, and only while there is a tunnel; AH only where it is used', () => {
    const rules = renderFirewall(modelOf(vpn()), 4, settings)
    const head = '-A INPUT -i eth1 -s 172.16.77.129 -d 172.16.77.2'
    expect(rules).toContain(`${head} -p udp -m multiport --dports 500,4500 -j ACCEPT`)
    expect(rules).toContain(`${head} -p esp -j ACCEPT`)
    expect(rules).not.toContain('-p ah')
    const ah = vpn((c) => Object.assign(c.ipsecpolicy, { transform_protocol: 'ah' }))
    expect(renderFirewall(modelOf(ah), 4, settings)).toContain(`${head} -p ah -j ACCEPT`)
    const off = renderFirewall(modelOf(vpn((c) => Object.assign(c, { admin_state_up: false }))), 4, settings)
    expect(off).not.toMatch(/500|esp|policy|TCPMSS/)
  })

  it('nothing between the two sides passes in the clear, also if it was established before', () => {
    const lines = renderFirewall(modelOf(vpn()), 4, settings).split('\n')
    const at = (text: string): number => {
      const index = lines.indexOf(text)
      expect(index, text).toBeGreaterThan(-1)
      return index
    }
    const out = '-A VPN -o eth1 -s 192.168.0.0/24 -d 172.31.156.0/24 -m policy --dir out'
    const back = '-A VPN -i eth1 -s 172.31.156.0/24 -d 192.168.0.0/24 -m policy --dir in'
    for (const side of [out, back]) {
      at(`${side} --pol ipsec -j ACCEPT`)
      at(`${side} --pol none -j DROP`)
    }
    expect(at('-A FORWARD -j VPN')).toBeLessThan(at('-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'))
    const user = renderFirewall(modelOf(vpn()), 4, { ...settings, ipsec: 'userspace' })
    expect(user).toContain('-A VPN -o ipsec0 -s 192.168.0.0/24 -d 172.31.155.0/24 -j ACCEPT')
    expect(user).toContain('-A VPN -o eth1 -s 192.168.0.0/24 -d 172.31.155.0/24 -j DROP')
  })

  it('appliance defect 29: TCP is told the size of a connection, both ways and in both families', () => {
    const body = vpn((c) => {
      c.ikepolicy.ike_version = 'v2'
      c.local_ep_group.endpoints = ['int1v4', 'int1v6']
      c.peer_ep_group.endpoints = ['172.31.155.0/24', '2001:db8:cc::/48']
    })
    const clamp = /-s (\S+) -d (\S+) -p tcp .* --set-mss (\d+)/g
    const found = ([4, 6] as const).flatMap((family) =>
      [...renderFirewall(modelOf(body), family, settings).matchAll(clamp)].map(([, from, to, size]) => [
        from,
        to,
        size,
      ]),
    )
    expect(found).toEqual([
      ['192.168.0.0/24', '172.31.155.0/24', '1380'],
      ['172.31.155.0/24', '192.168.0.0/24', '1380'],
      ['2001:db8:a::/64', '2001:db8:cc::/48', '1360'],
      ['2001:db8:cc::/48', '2001:db8:a::/64', '1360'],
    ])
  })
})
