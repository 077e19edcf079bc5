import { describe, expect, it } from 'vitest'
import { renderFirewall } from '../../../src/appliance/render/firewall/index.ts'
import {
  type Body,
  golden,
  goldenMachine,
  goldenText,
  MANAGEMENT_ADDRESS,
  modelOf,
  networkOn,
  settings,
} from '../support/agent.ts'
import { type Packet, Ruleset } from '../support/rules.ts'

const rules = (body: Body, family: 4 | 6 = 4, machine = goldenMachine()): Ruleset =>
  new Ruleset(renderFirewall(modelOf(body, machine), family, settings))

const text = (body: Body, family: 4 | 6 = 4): string => renderFirewall(modelOf(body), family, settings)

const INSIDE = ['eth2', 'eth3'] as const

describe('a source in the management network', () => {
  const ours = rules(golden('p-dataplane'), 6)
  const fate = (device: string, from: string) => ours.decide('raw', 'PREROUTING', { in: device, from })?.target

  it('counts only where that network is: answers to it would go there', () => {
    const orchestrator = 'fdca:3ba5:a17a:acda::1'
    for (const device of ['eth1', 'eth2']) expect(fate(device, orchestrator)).toBe('DROP')
    for (const device of ['eth0', 'lo']) expect(fate(device, orchestrator)).toBe('ACCEPT')
    for (const from of ['::', 'fe80::1', '2001:db8:a::7']) expect(fate('eth2', from)).toBe('ACCEPT')
  })
})

describe('firewall against the working rules of p-dataplane', () => {
  const ours = rules(golden('p-dataplane'))
  const theirs = new Ruleset(goldenText('modern/p-dataplane.iptables.v4'))
  const ours6 = rules(golden('p-dataplane'), 6)
  const theirs6 = new Ruleset(goldenText('modern/p-dataplane.iptables.v6'))

  const input: Packet[] = [
    { in: 'lo', to: '127.0.0.1' },
    { in: 'eth2', to: '192.168.0.1', protocol: 'icmp' },
    { in: 'eth1', to: '172.16.77.2', protocol: 'icmp' },
    { in: 'eth2', to: '255.255.255.255', protocol: 'udp', port: 67 },
    { in: 'eth2', to: '192.168.0.1', protocol: 'udp', port: 53 },
    { in: 'eth2', to: '192.168.0.1', protocol: 'tcp', port: 53 },
    { in: 'eth2', to: '192.168.0.1', protocol: 'tcp', port: 9602 },
    { in: 'eth2', to: '172.16.77.2', protocol: 'tcp', port: 9602 },
    { in: 'eth1', to: '172.16.77.2', protocol: 'tcp', port: 9602 },
    { in: 'eth1', to: '172.16.77.2', protocol: 'tcp', port: 22 },
    { in: 'eth1', to: '172.16.77.2', protocol: 'tcp', port: 5000 },
    { in: 'eth2', to: '192.168.0.1', protocol: 'tcp', port: 22 },
    { in: 'eth2', to: '192.168.0.1', protocol: 'tcp', port: 5000 },
    { in: 'eth1', to: '172.16.77.2', protocol: 'udp', port: 53 },
    { in: 'eth1', to: '172.16.77.2', protocol: 'tcp', port: 4711, state: 'ESTABLISHED' },
    { in: 'eth2', to: '192.168.0.1', protocol: 'tcp', port: 4711, state: 'ESTABLISHED' },
  ]

  it.each(input)('IPv4 to the router: %j', (packet) => {
    const full = { from: packet.in === 'eth2' ? '192.168.0.3' : '172.16.77.9', ...packet }
    expect(ours.accepts(full)).toBe(theirs.accepts(full))
  })

  it.each<Packet>([
    { in: 'eth0', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 5000 },
    { in: 'eth0', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 22 },
    { in: 'eth0', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 80 },
    { in: 'eth2', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 5000 },
    { in: 'eth2', to: MANAGEMENT_ADDRESS, protocol: 'ipv6-icmp' },
    { in: 'eth1', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 22, state: 'ESTABLISHED' },
    { in: 'eth2', to: '2001:db8:a::1', protocol: 'tcp', port: 5000 },
    { in: 'eth2', to: '2001:db8:a::1', protocol: 'ipv6-icmp' },
    { in: 'eth2', to: 'ff02::1:2', protocol: 'udp', port: 547 },
    { in: 'eth2', to: '2001:db8:a::1', protocol: 'udp', port: 546 },
    { in: 'eth1', to: '2001:db8:77::2', protocol: 'udp', port: 547 },
  ])('IPv6 to the router: %j', (packet) => {
    const full = { from: '2001:db8::9', ...packet }
    expect(ours6.accepts(full)).toBe(theirs6.accepts(full))
  })

  it.each<Packet>([
    { in: 'eth2', out: 'eth1', from: '192.168.0.3', to: '8.8.8.8' },
    { in: 'eth1', out: 'eth2', from: '8.8.8.8', to: '192.168.0.3', state: 'ESTABLISHED' },
    { in: 'eth1', out: 'eth2', from: '8.8.8.8', to: '192.168.0.2', originally: '172.16.77.50' },
    { in: 'eth2', out: 'eth2', from: '192.168.0.3', to: '192.168.0.2', originally: '172.16.77.50' },
    { in: 'eth2', out: 'eth0', from: '192.168.0.3', to: '10.0.0.1' },
    { in: 'eth0', out: 'eth2', from: '10.0.0.1', to: '192.168.0.3' },
    { in: 'eth0', out: 'eth1', from: '10.0.0.1', to: '8.8.8.8', state: 'ESTABLISHED' },
  ])('through the router: %j', (packet) => {
    expect(ours.forwards(packet)).toBe(theirs.forwards(packet))
  })

  it.each<Packet>([
    { in: 'eth1', from: '8.8.8.8', to: '172.16.77.50' },
    { in: 'eth2', from: '192.168.0.3', to: '172.16.77.50' },
    { in: 'eth2', from: '192.168.0.3', to: '169.254.169.254', protocol: 'tcp', port: 80 },
    { in: 'eth1', from: '8.8.8.8', to: '169.254.169.254', protocol: 'tcp', port: 80 },
    { in: 'eth2', from: '192.168.0.3', to: '169.254.169.254', protocol: 'tcp', port: 81 },
    { in: 'eth1', from: '8.8.8.8', to: '172.16.77.51' },
  ])('destination of %j', (packet) => {
    expect(ours.destination(packet)).toBe(theirs.destination(packet))
  })

  it.each<[Packet, string | null]>([
    [{ out: 'eth1', from: '192.168.0.2', to: '8.8.8.8' }, '172.16.77.50'],
    [{ out: 'eth1', from: '192.168.0.3', to: '8.8.8.8' }, '172.16.77.2'],
    // From behind a machine of the tenant: what the original left to MASQUERADE.
    [{ out: 'eth1', from: '10.50.0.7', to: '8.8.8.8' }, '172.16.77.2'],
    [{ out: 'eth2', from: '192.168.0.3', to: '192.168.0.2', originally: '172.16.77.50' }, '172.16.77.2'],
    [{ out: 'eth2', from: '192.168.0.2', to: '192.168.0.2', originally: '172.16.77.50' }, '172.16.77.50'],
    [{ out: 'eth2', from: '8.8.8.8', to: '192.168.0.2', originally: '172.16.77.50' }, null],
    [{ out: 'eth2', from: '10.20.0.2', to: '192.168.0.2' }, null],
  ])('source of %j is %s', (packet, source) => {
    expect(ours.source(packet)).toBe(source)
    const marked = {
      ...packet,
      mark: packet.from === '8.8.8.8' || (packet.originally === undefined && packet.out === 'eth2'),
    }
    const expected = theirs.source(marked)
    expect(expected === 'MASQUERADE' ? '172.16.77.2' : expected).toBe(source)
  })
})

describe('firewall', () => {
  it.each(['a-single', 'c-dual', 'g-noext', 'h-labels', 'i-fip-v6', 'b3-seed-completed', 'd-ha-master', 'n-anchor-ok'])(
    'appliance defects 1, 2 and 10: with %s nobody but management reaches management, and what is not named is dropped',
    (name) => {
      for (const family of [4, 6] as const) {
        const ours = rules(golden(name), family)
        for (const from of ['eth1', ...INSIDE, 'eth9']) {
          for (const port of [22, 5000, 9697]) {
            expect(ours.accepts({ in: from, to: MANAGEMENT_ADDRESS, protocol: 'tcp', port })).toBe(false)
          }
          expect(ours.accepts({ in: from, to: MANAGEMENT_ADDRESS, protocol: 'ipv6-icmp' })).toBe(false)
          expect(ours.forwards({ in: from, out: 'eth0' })).toBe(false)
          expect(ours.forwards({ in: from, out: 'eth0', state: 'ESTABLISHED' })).toBe(false)
          expect(ours.forwards({ in: 'eth0', out: from })).toBe(false)
        }
        expect(ours.forwards({ in: 'eth9', out: 'eth1' })).toBe(false)
      }
      const v6 = rules(golden(name), 6)
      expect(v6.accepts({ in: 'eth0', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 5000 })).toBe(true)
    },
  )

  it('both families drop what is not named, in INPUT and in FORWARD, also without any configuration', () => {
    for (const family of [4, 6] as const) {
      const bare = text({ networks: [] }, family)
      expect(bare).toContain(':INPUT DROP')
      expect(bare).toContain(':FORWARD DROP')
      expect(rules({ networks: [] }, family).forwards({ in: 'eth2', out: 'eth1' })).toBe(false)
    }
    expect(
      rules({ networks: [] }, 6).accepts({ in: 'eth0', to: MANAGEMENT_ADDRESS, protocol: 'tcp', port: 5000 }),
    ).toBe(true)
  })

  it('appliance defect 22: a management network with IPv4 only is open there and gives a whole IPv6 ruleset', () => {
    const body = golden('a-single')
    networkOn(body, 'ge0').interface.addresses = ['10.9.0.2/24']
    networkOn(body, 'ge0').subnets = []
    const machine = goldenMachine('10.9.0.2/24')
    const v4 = rules(body, 4, machine)
    expect(v4.accepts({ in: 'eth0', to: '10.9.0.2', protocol: 'tcp', port: 5000 })).toBe(true)
    expect(v4.accepts({ in: 'eth2', to: '10.9.0.2', protocol: 'tcp', port: 5000 })).toBe(false)
    expect(renderFirewall(modelOf(body, machine), 6, settings)).not.toMatch(/null|undefined|None/)
  })

  it('appliance defect 22: an external network with IPv6 only has no IPv4 translation', () => {
    const body = golden('p-dataplane')
    body.floating_ips = []
    body.default_v4_gateway = ''
    networkOn(body, 'ge1').interface.addresses = ['2001:db8:77::2/64']
    expect(rules(body).source({ out: 'eth1', from: '192.168.0.3', to: '8.8.8.8' })).toBeNull()
    expect(rules(body).forwards({ in: 'eth2', out: 'eth1', from: '192.168.0.3', to: '8.8.8.8' })).toBe(false)
    expect(rules(body, 6).forwards({ in: 'eth2', out: 'eth1', from: '2001:db8:a::3', to: '2001:db8::1' })).toBe(true)
    expect(text(body)).not.toMatch(/null|undefined|None/)
  })

  it('appliance defect 22: IPv6 floating IPs stand in the IPv6 rules, and nowhere else', () => {
    const body = golden('i-fip-v6')
    expect(text(body)).not.toContain('2001:db8')
    const v6 = rules(body, 6)
    expect(v6.destination({ in: 'eth1', to: '2001:db8:77::50' })).toBe('2001:db8:a::2')
    expect(v6.source({ out: 'eth1', from: '2001:db8:a::2' })).toBe('2001:db8:77::50')
    expect(v6.source({ out: 'eth1', from: '2001:db8:a::3' })).toBeNull()
    const hairpin = { out: 'eth2', from: '2001:db8:a::3', to: '2001:db8:a::2', originally: '2001:db8:77::50' }
    expect(v6.source(hairpin)).toBe('2001:db8:77::2')
  })

  it('appliance defect 24: an isolated network gets DHCP and metadata, and is not routed', () => {
    const body = golden('p-dataplane')
    networkOn(body, 'ge2').network_type = 'isolated'
    const ours = rules(body)
    expect(ours.accepts({ in: 'eth2', to: '255.255.255.255', protocol: 'udp', port: 67 })).toBe(true)
    expect(ours.accepts({ in: 'eth2', to: '192.168.0.1', protocol: 'tcp', port: 9602 })).toBe(true)
    expect(ours.destination({ in: 'eth2', to: '169.254.169.254', protocol: 'tcp', port: 80 })).toBe('192.168.0.1:9602')
    expect(ours.forwards({ in: 'eth2', out: 'eth1' })).toBe(false)
    expect(ours.forwards({ in: 'eth1', out: 'eth2', originally: '172.16.77.50' })).toBe(false)
  })

  it('networks of one router reach each other, and the outside reaches them only through floating IPs', () => {
    const ours = rules(golden('c-dual'))
    expect(ours.forwards({ in: 'eth2', out: 'eth3' })).toBe(true)
    expect(ours.forwards({ in: 'eth3', out: 'eth2' })).toBe(true)
    expect(ours.forwards({ in: 'eth1', out: 'eth3', to: '10.20.0.2' })).toBe(false)
    expect(ours.forwards({ in: 'eth1', out: 'eth3', to: '10.20.0.2', originally: '172.16.77.51' })).toBe(true)
    const six = rules(golden('c-dual'), 6)
    expect(six.forwards({ in: 'eth1', out: 'eth3', to: '2001:db8:b::2' })).toBe(true)
  })

  it('a pair hears only its peers', () => {
    const ours = rules(golden('d-ha-master'), 6)
    const peer = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b1'
    expect(ours.accepts({ in: 'eth0', from: peer, to: MANAGEMENT_ADDRESS, protocol: 'vrrp' })).toBe(true)
    expect(ours.accepts({ in: 'eth0', from: peer, to: MANAGEMENT_ADDRESS, protocol: 'udp', port: 3780 })).toBe(true)
    expect(ours.accepts({ in: 'eth0', from: 'fdca::9', to: MANAGEMENT_ADDRESS, protocol: 'vrrp' })).toBe(false)
    expect(ours.accepts({ in: 'eth2', from: peer, to: '2001:db8:a::1', protocol: 'vrrp' })).toBe(false)
  })

  it('appliance defect 31: provider rules are rules', () => {
    const body = golden('n-anchor-ok')
    body.anchors[0].rules.push(
      { action: 'block', interface: 'ge2', destination: '203.0.113.0/24' },
      {
        action: 'pass',
        interface: 'ge1',
        protocol: 'tcp',
        destination_port: 8022,
        redirect: '192.168.0.2',
        redirect_port: 22,
      },
    )
    const ours = rules(body)
    expect(ours.forwards({ in: 'eth2', out: 'eth1', from: '192.168.0.2', to: '203.0.113.9' })).toBe(false)
    expect(
      ours.forwards({ in: 'eth2', out: 'eth1', from: '192.168.0.2', to: '203.0.113.9', state: 'ESTABLISHED' }),
    ).toBe(false)
    expect(ours.destination({ in: 'eth1', to: '172.16.77.2', protocol: 'tcp', port: 8022 })).toBe('192.168.0.2:22')
    expect(ours.forwards({ in: 'eth1', out: 'eth2', to: '192.168.0.2', protocol: 'tcp', port: 22 })).toBe(true)
    // Not even a provider rule opens the management network.
    expect(ours.forwards({ in: 'eth2', out: 'eth0', from: '10.1.1.1', protocol: 'tcp', port: 22 })).toBe(false)
  })

  it('appliance defect 23: kernel names are used as they are', () => {
    const names = new Map([
      ['ge0', 'ens3'],
      ['ge1', 'enp0s4'],
      ['ge2', 'eth10'],
    ])
    const machine = {
      ...goldenMachine(),
      devices: names,
      serving: { device: 'ens3', addresses: goldenMachine().serving?.addresses ?? [] },
    }
    const ours = rules(golden('p-dataplane'), 4, machine)
    expect(ours.forwards({ in: 'eth10', out: 'enp0s4', from: '192.168.0.3' })).toBe(true)
    expect(ours.forwards({ in: 'eth10', out: 'ens3' })).toBe(false)
  })
})

describe('a gateway with addresses in several subnets', () => {
  it('translates to the one that the default gateway is next to, not to the lowest', () => {
    const body: Body = structuredClone(golden('p-dataplane'))
    const external = body.networks.find((network: Body) => network.network_type === 'external')
    external.interface.addresses.unshift('10.9.0.7/24')
    external.subnets.unshift({ ...external.subnets[0], id: 'ext-low', cidr: '10.9.0.0/24', gateway_ip: '10.9.0.1' })
    expect(text(body)).toContain('-A PUBLIC -j SNAT --to-source 172.16.77.2\n')
    expect(text({ ...body, default_v4_gateway: '10.9.0.1' })).toContain('-A PUBLIC -j SNAT --to-source 10.9.0.7\n')
  })
})

describe('a gateway that does not translate (enable_snat false)', () => {
  const body = (): Body => ({ ...golden('p-dataplane'), enable_snat: false })
  const nat = (): string => text(body())

  it('lends nobody the router’s own address; floating IPs stay, and so does the way back of a hairpin', () => {
    expect(text(golden('p-dataplane'))).toContain('-A PUBLIC -j SNAT --to-source 172.16.77.2\n')
    expect(nat()).not.toContain('-A PUBLIC -j SNAT')
    expect(nat()).toMatch(/-A PUBLIC -s \S+ -j SNAT --to-source/)
    expect(nat()).toContain('-A HAIRPIN -m conntrack --ctstate DNAT -j SNAT --to-source 172.16.77.2\n')
  })

  it('lets the outside reach machines by their own addresses, as it does for IPv6', () => {
    const packet: Packet = { in: 'eth1', out: 'eth2', from: '172.16.77.9', to: '192.168.0.3', protocol: 'icmp' }
    expect(rules(golden('p-dataplane')).forwards(packet)).toBe(false)
    expect(rules(body()).forwards(packet)).toBe(true)
  })
})
