import { describe, expect, it } from 'vitest'
import { ConfigurationRefused, parseConfiguration } from '../../src/appliance/body/index.ts'
import { type Body, golden, networkOn } from './support/agent.ts'

function refusal(body: unknown): { status: number; paths: string[]; text: string } {
  try {
    parseConfiguration(body)
  } catch (error) {
    if (!(error instanceof ConfigurationRefused)) throw error
    return { status: error.status, paths: error.problems.map(({ path }) => path), text: error.message }
  }
  throw new Error('it was accepted')
}

describe('the form of a configuration', () => {
  it.each([
    'a-single',
    'b1-seed-unwrapped',
    'b2-seed-noasn',
    'b3-seed-completed',
    'c-dual',
    'd-ha-master',
    'd-ha-backup',
    'd-ha-nopeers',
    'g-noext',
    'h-labels',
    'i-fip-v6',
    'n-anchor-ok',
    'p-dataplane',
  ])('golden %s is accepted, wrapped and unwrapped', (name) => {
    expect(parseConfiguration({ configuration: golden(name) })).toEqual(parseConfiguration(golden(name)))
  })

  it.each([
    ['n-bad-desc', 422, ['networks[1].interface.description']],
    ['n-bad-nettype', 422, ['networks[1].network_type']],
    ['n-bad-v4conf', 422, ['networks[1].v4_conf_service']],
    ['n-missing-alloc-key', 422, ['networks[2].allocations[0].hostname']],
    ['n-missing-iface', 422, ['networks[1].interface']],
    ['n-missing-netid', 422, ['networks[1].network_id']],
    ['n-anchor-badaction', 422, ['anchors[0].rules[0].action']],
    ['n-svc-not-enabled', 400, ['services.vpnaas']],
    ['n-lb-noid', 422, ['services.loadbalancer.id']],
    // The documentation's ellipsis is no address.
    ['b0-seed-literal', 422, ['networks[1].interface.addresses[0]']],
  ])('golden %s is refused with %i and the place', (name, status, paths) => {
    expect(refusal(golden(name))).toMatchObject({ status, paths })
  })

  it('a load balancer is accepted, null means none, an unknown protocol, algorithm or type is named by its place', () => {
    for (const name of ['e-lb', 'e2-lb-https-tcp', 'e3-lb-nolisteners']) {
      expect(parseConfiguration(golden(name)).services?.loadbalancer?.id).toBe('8ac54799-0000-4000-8000-e5e989592229')
    }
    expect(() => parseConfiguration({ ...golden('a-single'), services: { loadbalancer: null } })).not.toThrow()
    const body = golden('e-lb')
    const [first, second] = body.services.loadbalancer.listeners
    first.protocol = 'TERMINATED_HTTPS'
    first.default_pool.lb_algorithm = 'RANDOM'
    first.default_pool.members[0].weight = 257
    second.default_pool.healthmonitor = { type: 'TCP', delay: 0 }
    second.default_pool.session_persistence = { type: 'x' }
    expect(refusal(body)).toMatchObject({
      status: 422,
      paths: [
        'services.loadbalancer.listeners[0].protocol',
        'services.loadbalancer.listeners[0].default_pool.lb_algorithm',
        'services.loadbalancer.listeners[0].default_pool.members[0].weight',
        'services.loadbalancer.listeners[1].default_pool.healthmonitor.delay',
        'services.loadbalancer.listeners[1].default_pool.session_persistence.type',
      ],
    })
  })

  it('appliance defect 6: nothing that ends in the text of nginx can break out of its line', () => {
    for (const evil of ['a;b', 'a\nb', 'a{', 'a}', 'a b', '$host', 'a#', '"', '../x']) {
      const body = golden('e-lb')
      body.services.loadbalancer.listeners[0].id = evil
      body.services.loadbalancer.listeners[0].default_pool.members[0].address = `192.168.0.194${evil}`
      body.services.loadbalancer.vip_address = evil
      expect(refusal(body).paths, evil).toEqual([
        'services.loadbalancer.vip_address',
        'services.loadbalancer.listeners[0].id',
        'services.loadbalancer.listeners[0].default_pool.members[0].address',
      ])
    }
  })

  it('IPsec connections are accepted; nothing, null and an empty list mean none', () => {
    expect(parseConfiguration(golden('f-vpn')).vpn[0]?.ipsec_connections).toHaveLength(2)
    for (const vpn of [undefined, {}, null, { ipsec: [] }]) {
      expect(parseConfiguration({ ...golden('a-single'), vpn }).vpn).toEqual([])
    }
  })

  it.each<[string, unknown]>([
    ['id', 'a.b'],
    ['id', 'a {\n}'],
    ['peer_id', 'x"\n}'],
    ['peer_id', '%any'],
    ['peer_id', '*@example.org'],
    ['peer_address', 'vpn.example.org'],
    ['psk', ''],
    ['psk', 7],
    ['auth_mode', 'certificate'],
    ['route_mode', 'bgp'],
    ['initiator', 'both'],
    ['mtu', 12],
    ['peer_cidrs[0]', ['10.0.0.0/33']],
    ['dpd.action', { action: 'wait' }],
    ['ikepolicy.ike_version', { ike_version: 'v3' }],
    ['ipsecpolicy.lifetime.value', { lifetime: { units: 'seconds', value: 1 } }],
    ['peer_ep_group.type', { type: 'vlan', endpoints: [] }],
    ['local_ep_group.endpoints[0]', { type: 'subnet', endpoints: ['a\n'] }],
  ])(
    'appliance defect 6: a wrong %s of an IPsec connection (%j) is refused by its place, no key repeated',
    (path, value) => {
      const body = golden('f-vpn')
      const [key = ''] = path.split(/[.[]/)
      body.vpn.ipsec[0].ipsec_connections[0][key] = value
      const { status, paths, text } = refusal(body)
      expect({ status, paths }).toEqual({ status: 422, paths: [`vpn.ipsec[0].ipsec_connections[0].${path}`] })
      expect(text).not.toContain('s3cret')
    },
  )

  it('appliance defect 17: a missing tenant or host name is a 422 that names it, not a crash', () => {
    expect(refusal(golden('n-no-tenant'))).toMatchObject({ status: 422, paths: ['tenant_id'] })
    expect(refusal({ ...golden('a-single'), hostname: undefined })).toMatchObject({ paths: ['hostname'] })
    expect(refusal({ ...golden('a-single'), hostname: '' })).toMatchObject({ paths: ['hostname'] })
  })

  it('pitfall D63: whatever is wrong is a 4xx with every problem named', () => {
    const body = golden('p-dataplane')
    body.floating_ips = [{ floating_ip: 'x', fixed_ip: '1.2.3' }]
    networkOn(body, 'ge2').subnets[0].cidr = 'no'
    networkOn(body, 'ge1').interface.mtu = 'big'
    expect(refusal(body).paths.sort()).toEqual([
      'floating_ips[0].fixed_ip',
      'floating_ips[0].floating_ip',
      'networks[1].interface.mtu',
      'networks[2].subnets[0].cidr',
    ])
  })

  it.each([[[]], [null], ['text'], [5], [{ configuration: [] }], [{ configuration: null }]])('%j is a 400', (body) => {
    expect(refusal(body).status).toBe(400)
  })

  it('appliance defect 18: no asn is the usual one, and the router part counts all the same', () => {
    const { asn, networks } = parseConfiguration(golden('b2-seed-noasn'))
    expect(asn).toBe(64512)
    expect(networks).toHaveLength(3)
  })

  it('takes allocations under both their names', () => {
    const body = golden('p-dataplane')
    const network = networkOn(body, 'ge2')
    network.address_allocations = network.allocations
    delete network.allocations
    expect(parseConfiguration(body).networks[2]?.allocations).toHaveLength(2)
    expect(parseConfiguration(golden('b3-seed-completed')).networks[2]?.allocations).toHaveLength(1)
  })

  it('takes static routes as pairs and as objects', () => {
    const route = { destination: { text: '10.99.0.0/16' }, next_hop: { text: '192.168.0.77' } }
    expect(parseConfiguration(golden('m-static-routes-dicts')).static_routes).toMatchObject([route])
    const pairs = { ...golden('a-single'), static_routes: [['10.99.0.0/16', '192.168.0.77']] }
    expect(parseConfiguration(pairs).static_routes).toMatchObject([route])
  })

  const nasty = ['x\ny', 'a{b', 'a;b', 'a"b', "a'b", 'a b', 'a\\b', '$(id)', '../../etc', '-j ACCEPT', '\u0000', 'é']

  /** Each text that ends in a file or a command, and how to put something into it. */
  const fields: [string, (body: Body, text: string) => void][] = [
    ['tenant_id', (body, text) => Object.assign(body, { tenant_id: text })],
    ['hostname', (body, text) => Object.assign(body, { hostname: text })],
    ['network_id', (body, text) => Object.assign(body.networks[2], { network_id: text })],
    ['ifname', (body, text) => Object.assign(body.networks[2].interface, { ifname: text })],
    ['interface address', (body, text) => Object.assign(body.networks[2].interface, { addresses: [text] })],
    ['lladdr', (body, text) => Object.assign(body.networks[2].interface, { lladdr: text })],
    ['subnet id', (body, text) => Object.assign(body.networks[2].subnets[0], { id: text })],
    ['cidr', (body, text) => Object.assign(body.networks[2].subnets[0], { cidr: text })],
    ['gateway', (body, text) => Object.assign(body.networks[2].subnets[0], { gateway_ip: text })],
    ['name server', (body, text) => Object.assign(body.networks[2].subnets[0], { dns_nameservers: [text] })],
    [
      'route',
      (body, text) =>
        Object.assign(body.networks[2].subnets[0], { host_routes: [{ destination: text, nexthop: text }] }),
    ],
    ['mac', (body, text) => Object.assign(body.networks[2].allocations[0], { mac_address: text })],
    ['allocation host name', (body, text) => Object.assign(body.networks[2].allocations[0], { hostname: text })],
    ['floating ip', (body, text) => Object.assign(body.floating_ips[0], { floating_ip: text })],
    ['label', (body, text) => Object.assign(body, { labels: { [text]: ['10.0.0.0/8'] } })],
    ['label network', (body, text) => Object.assign(body, { labels: { a: [text] } })],
    ['peer', (body, text) => Object.assign(body, { ha_resource: true, ha_config: { peers: [text], priority: 1 } })],
    ['gateway of all', (body, text) => Object.assign(body, { default_v4_gateway: text })],
    ['orchestrator', (body, text) => Object.assign(body.orchestrator, { address: text })],
    [
      'anchor source',
      (body, text) => Object.assign(body, { anchors: [{ name: 'a', rules: [{ action: 'pass', source: text }] }] }),
    ],
  ]

  it.each(fields)('appliance defect 6: nothing can be smuggled into %s', (_name, put) => {
    for (const text of nasty) {
      const body = golden('p-dataplane')
      put(body, text)
      expect(refusal(body).status, text).toBe(422)
    }
  })

  it('a tenant may write anything into a port’s device_id: it is no reason to refuse, and never rendered', () => {
    const body = golden('p-dataplane')
    networkOn(body, 'ge2').allocations[0].device_id = 'x\ndhcp-script=/bin/sh'
    expect(() => parseConfiguration(body)).not.toThrow()
  })
})
