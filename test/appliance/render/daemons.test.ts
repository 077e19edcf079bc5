import { describe, expect, it } from 'vitest'
import { parseIp } from '../../../src/appliance/net/ip.ts'
import { counterName, renderAccounting } from '../../../src/appliance/render/accounting.ts'
import { renderBird } from '../../../src/appliance/render/bird.ts'
import { renderConntrackd } from '../../../src/appliance/render/conntrackd.ts'
import { renderHosts } from '../../../src/appliance/render/hosts.ts'
import { haLinkLocal, renderKeepalived } from '../../../src/appliance/render/keepalived.ts'
import { renderMetadata } from '../../../src/appliance/render/metadata.ts'
import { type Body, golden, goldenText, modelOf, networkOn } from '../support/agent.ts'

const bird = (body: Body): string => renderBird(modelOf(body)) ?? ''

/** The statements of the block that `head` opens, each on its own, brackets kept. */
function block(text: string, head: string): string[] {
  const from = text.indexOf('{', text.indexOf(head)) + 1
  let depth = 1
  let end = from
  for (; depth > 0 && end < text.length; end += 1) {
    if (text[end] === '{') depth += 1
    if (text[end] === '}') depth -= 1
  }
  const inside = text.slice(from, end - 1).replaceAll(/\s+/g, ' ')
  const statements: string[] = []
  let current = ''
  let level = 0
  for (const char of inside) {
    if (char === '{') level += 1
    if (char === '}') level -= 1
    if (char === ';' && level === 0) {
      statements.push(current.trim())
      current = ''
    } else current += char
  }
  return statements.map((statement) => statement.replaceAll(/\{ \}/g, '{}').replaceAll(/ +/g, ' '))
}

describe('bird', () => {
  const theirs = goldenText('modern/c-dual.bird2.conf')
  const ours = bird(golden('c-dual'))

  it.each(['interface "eth2"', 'interface "eth3"'])('advertises on %s what the working file does', (head) => {
    const added = ['link mtu 1450', 'other config yes']
    const radv = (text: string): string => text.slice(text.indexOf('protocol radv'))
    const mine = block(radv(ours), head).filter((statement) => !added.includes(statement))
    expect(mine.sort()).toEqual(block(radv(theirs), head).sort())
  })

  it('speaks BGP as the working file does', () => {
    const relevant = (statement: string): boolean => /local as|neighbor|rr client|^ipv6/.test(statement)
    expect(block(ours, 'protocol bgp').filter(relevant)).toEqual(block(theirs, 'protocol bgp').filter(relevant))
    expect(block(ours, 'filter bgp_out')).toEqual(block(theirs, 'filter bgp_out'))
    expect(ours).toContain('router id 172.16.77.2;')
  })

  it('a route reflector client only inside one AS: else bird refuses the whole file', () => {
    expect(bird({ ...golden('c-dual'), neighbor_asn: 64513 })).not.toContain('rr client')
  })

  it('appliance defect 20: a DHCPv6 subnet says managed, a SLAAC subnet does not', () => {
    expect(block(ours, 'interface "eth2"')).toContain('managed yes')
    expect(block(ours, 'interface "eth3"')).not.toContain('managed yes')
  })

  it('a stateless DHCPv6 subnet: machines make their addresses, and ask DHCP for the rest', () => {
    const body = golden('c-dual')
    const subnet = networkOn(body, 'ge2').subnets.find((one: Body) => one.cidr.includes(':'))
    subnet.ipv6_ra_mode = 'dhcpv6-stateless'
    const said = block(bird(body), 'interface "eth2"')
    expect(said).toContain('other config yes')
    expect(said).not.toContain('managed yes')
    expect(said.join(' ')).not.toContain('autonomous off')
  })

  it('IPv4 only: nothing to advertise, no daemon', () => {
    expect(renderBird(modelOf(golden('a-single')))).toBeNull()
  })

  it('without an external network it advertises all the same, under an id of its own', () => {
    const body = golden('c-dual')
    body.networks = body.networks.filter((network: Body) => network.network_type !== 'external')
    body.floating_ips = []
    body.default_v4_gateway = ''
    expect(bird(body)).not.toContain('bgp')
    expect(bird(body)).toMatch(/router id 0\.0\.\d+\.\d+;/)
  })
})

describe('keepalived', () => {
  const ours = renderKeepalived(modelOf(golden('d-ha-master'))) ?? ''
  const theirs = goldenText('modern/d-ha.keepalived.conf')
  const inside = (text: string, name: string): string[] =>
    (new RegExp(`\\b${name} \\{([^}]*)\\}`).exec(text)?.[1] ?? '')
      .split('\n')
      .map((line) =>
        line
          .trim()
          .replace(' preferred_lft forever', '')
          .replace(/^default via/, '0.0.0.0/0 via'),
      )
      .filter(Boolean)

  it('moves the addresses of the working file, and the routers’ shared link-local ones', () => {
    const mine = inside(ours, 'virtual_ipaddress_excluded')
    expect(mine.filter((line) => !line.startsWith('fe80')).sort()).toEqual(
      inside(theirs, 'virtual_ipaddress_excluded').sort(),
    )
    expect(mine.filter((line) => line.startsWith('fe80'))).toHaveLength(1)
  })

  it('appliance defect 27 and pitfall D64: moves the routes of the working file, host routes included', () => {
    expect(inside(ours, 'virtual_routes').sort()).toEqual(inside(theirs, 'virtual_routes').sort())
  })

  it('pitfall D64: a dead uplink is noticed', () => {
    expect(inside(ours, 'track_interface')).toEqual(['eth1', 'eth2'])
  })

  it('appliance defect 27: one instance, one number, whatever the order of the networks', () => {
    const body = golden('d-ha-master')
    body.networks.reverse()
    const ids = (text: string): string[] => text.match(/virtual_router_id \d+/g) ?? []
    expect(ids(renderKeepalived(modelOf(body)) ?? '')).toEqual(['virtual_router_id 1'])
    expect(ids(ours)).toEqual(['virtual_router_id 1'])
  })

  it('appliance defect 27: without a peer it never speaks by multicast', () => {
    const alone = renderKeepalived(modelOf(golden('d-ha-nopeers'))) ?? ''
    expect(inside(alone, 'unicast_peer')).toEqual(['100::1'])
  })

  it('the family of the peers decides, not that of the addresses that move', () => {
    const body = golden('d-ha-master')
    networkOn(body, 'ge0').interface.addresses.push('10.9.0.2/24')
    body.ha_config.peers = ['10.9.0.3']
    const text = renderKeepalived(modelOf(body)) ?? ''
    expect(text).toContain('unicast_src_ip 10.9.0.2')
    expect(inside(text, 'virtual_ipaddress')).toEqual(['169.254.122.122/32 dev lo'])
  })

  it('not one of a pair: no keepalived, no conntrackd', () => {
    expect(renderKeepalived(modelOf(golden('c-dual')))).toBeNull()
    expect(renderConntrackd(modelOf(golden('c-dual')), { lock: '/l', socket: '/s' })).toBeNull()
  })

  it('link-local addresses of a pair are written as the kernel writes them', () => {
    const network = modelOf(golden('d-ha-master')).networks[2]
    if (!network) throw new Error('no network')
    for (let i = 0; i < 500; i += 1) {
      const address = haLinkLocal({ ...network, id: `network-${i}` })
      expect(parseIp(address)?.text).toBe(address)
    }
  })
})

describe('conntrackd', () => {
  it('appliance defect 27: shares more than TCP, with the peer, and nothing of the management network', () => {
    const text = renderConntrackd(modelOf(golden('d-ha-master')), { lock: '/run/lock', socket: '/run/sock' }) ?? ''
    expect(text).toMatch(/Protocol Accept \{ TCP UDP ICMP/)
    expect(text).toContain('IPv6_Destination_Address fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b1')
    expect(text).toContain('Interface eth0')
    expect(text).not.toContain('Backlog')
  })

  it('appliance defect 27: the first node of a pair has nobody to share with', () => {
    expect(renderConntrackd(modelOf(golden('d-ha-nopeers')), { lock: '/l', socket: '/s' })).toBeNull()
  })
})

describe('hosts', () => {
  it.each(['a-single', 'b3-seed-completed', 'c-dual'])('golden %s', (name) => {
    const management = networkOn(golden(name), 'ge0').interface.addresses[0]
    const ours = renderHosts(modelOf(golden(name), { devices: modelDevices, serving: null }))
    expect(management).toBeDefined()
    expect(ours?.trimEnd()).toBe(goldenText(`${name}.hosts`).trimEnd())
  })
})
const modelDevices = new Map(Array.from({ length: 10 }, (_, n) => [`ge${n}`, `eth${n}`]))

describe('metadata', () => {
  it.each(['a-single', 'c-dual', 'p-dataplane'])('golden %s: the same machines behind the same ports', (name) => {
    const ours = renderMetadata(modelOf(golden(name)))
    const theirs = JSON.parse(goldenText(`${name}.metadata.json`))
    expect(ours.tenant_id).toBe(theirs.tenant_id)
    expect(ours.orchestrator).toEqual({
      address: theirs.orchestrator_metadata_address,
      port: theirs.orchestrator_metadata_port,
    })
    expect(
      Object.fromEntries(
        ours.listeners.map(({ network_id, port, instances }) => [
          network_id,
          { listen_port: port, ip_instance_map: instances },
        ]),
      ),
    ).toEqual(theirs.networks)
  })

  it('golden b3-seed-completed differs on purpose: the documented address_allocations count', () => {
    const [listener] = renderMetadata(modelOf(golden('b3-seed-completed'))).listeners
    expect(listener?.instances).toMatchObject({ '10.10.10.1': '7c400585-1743-42ca-a2a3-6b30dd34f83b' })
  })

  it('appliance defect 26: listens on the network’s own address, and only instances are known', () => {
    const body = golden('a-single')
    networkOn(body, 'ge2').allocations[1].device_id = 'dhcp-of-somebody\nX-Evil: 1'
    const [listener] = renderMetadata(modelOf(body)).listeners
    expect(listener?.address).toBe('192.168.0.1')
    expect(Object.keys(listener?.instances ?? {})).toEqual(['192.168.0.2'])
  })
})

describe('accounting', () => {
  const model = modelOf(golden('h-labels'))

  it('adds what is missing, removes what is obsolete, keeps the rest with its numbers', () => {
    const kept = counterName('ext', 'in')
    const script = renderAccounting(model, new Set([kept, 'l0_old'])) ?? ''
    expect(script).not.toContain('delete table')
    expect(script).toContain('delete counter inet astara_labels l0_old')
    expect(script).not.toContain(`delete counter inet astara_labels ${kept}`)
    expect(script.match(/^add rule /gm)).toHaveLength(6)
  })

  it('removes the table when nothing is counted any more', () => {
    const none = modelOf(golden('a-single'))
    expect(renderAccounting(none, null)).toBeNull()
    expect(renderAccounting(none, new Set())).toBe('delete table inet astara_labels\n')
  })
})
