import { describe, expect, it } from 'vitest'
import { ConfigurationRefused } from '../../../src/appliance/body/index.ts'
import type { Machine } from '../../../src/appliance/model/index.ts'
import { type Body, golden, goldenMachine, modelOf, networkOn } from '../support/agent.ts'

function problems(body: Body, machine: Machine = goldenMachine()): string[] {
  try {
    modelOf(body, machine)
  } catch (error) {
    if (!(error instanceof ConfigurationRefused)) throw error
    expect(error.status).toBe(422)
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

const bent = (bend: (body: Body) => void, name = 'c-dual'): Body => {
  const body = golden(name)
  bend(body)
  return body
}

describe('what a configuration means on this machine', () => {
  it.each<[string, Body, string]>([
    [
      'an interface that is not there',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { ifname: 'ge77' })),
      'networks[3].interface.ifname: ge77 does not exist on this appliance',
    ],
    [
      'an interface twice',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { ifname: 'ge2' })),
      'networks[3].interface.ifname: ge2 is already used by networks[2]',
    ],
    [
      'a network twice',
      bent((b) => Object.assign(b.networks[3], { network_id: b.networks[2].network_id })),
      'networks[3].network_id:',
    ],
    [
      'an address twice',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { addresses: ['192.168.0.1/24'] })),
      'networks[3].interface.addresses[0]: 192.168.0.1 is also on ge2',
    ],
    [
      'overlapping networks',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { addresses: ['192.168.0.77/16'] })),
      '192.168.0.0/16 overlaps 192.168.0.0/24 of ge2',
    ],
    [
      'a tenant network over the management network',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { addresses: ['fdca:3ba5:a17a:acda::77/64'] })),
      'overlaps fdca:3ba5:a17a:acda::/64 of ge0',
    ],
    [
      'two external networks',
      bent((b) => Object.assign(networkOn(b, 'ge3'), { network_type: 'external' })),
      'networks[3].network_type: there is already a network of type external',
    ],
    [
      'a tenant network on the API’s own NIC',
      bent((b) => Object.assign(networkOn(b, 'ge0'), { network_type: 'internal' })),
      'networks[0].interface.ifname: ge0 carries the address of this API',
    ],
    [
      'a floating pair of two families',
      bent((b) => b.floating_ips.push({ floating_ip: '172.16.77.60', fixed_ip: '2001:db8:a::2' })),
      'floating_ips[2]: 172.16.77.60 and 2001:db8:a::2 are of different families',
    ],
    [
      'a floating IP twice',
      bent((b) => b.floating_ips.push(b.floating_ips[0])),
      'floating_ips[2].floating_ip: 172.16.77.50 is given twice',
    ],
    [
      'a floating IP that is the router’s own',
      bent((b) => b.floating_ips.push({ floating_ip: '172.16.77.2', fixed_ip: '10.20.0.9' })),
      "the router's own address",
    ],
    [
      'a floating IP inside',
      bent((b) => b.floating_ips.push({ floating_ip: '192.168.0.9', fixed_ip: '10.20.0.9' })),
      'is not an outside address',
    ],
    [
      'a broadcast address',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { addresses: ['255.255.255.255/32'] })),
      'cannot be an interface address',
    ],
    [
      'a gateway of the other family',
      bent((b) => Object.assign(networkOn(b, 'ge3').subnets[0], { gateway_ip: '2001:db8::1' })),
      'networks[3].subnets[0].gateway_ip:',
    ],
    [
      'an allocation of nothing',
      bent((b) => Object.assign(networkOn(b, 'ge3').allocations[0], { ip_addresses: { 'no.such': true } })),
      'networks[3].allocations[0].ip_addresses["no.such"]:',
    ],
    [
      'an MTU too small for IPv6',
      bent((b) => Object.assign(networkOn(b, 'ge3').interface, { mtu: 1200 })),
      'networks[3].interface.mtu: IPv6 needs',
    ],
    [
      'a peer that is itself',
      bent((b) => Object.assign(b.ha_config, { peers: ['fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0'] }), 'd-ha-master'),
      'ha_config.peers[0]: a peer cannot be this appliance itself',
    ],
    [
      'peers of two families',
      bent((b) => b.ha_config.peers.push('10.0.0.1'), 'd-ha-master'),
      'ha_config.peers[1]: peers are of different families',
    ],
    [
      'an anchor on a NIC that is not there',
      golden('n-anchor-badiface'),
      'anchors[0].rules[0].interface: ge7 does not exist',
    ],
    ['an anchor about nobody', golden('n-anchor-badiface'), 'webservers is not in the address book'],
    [
      'a gateway that is none',
      { ...golden('c-dual'), default_v4_gateway: '224.0.0.1' },
      'default_v4_gateway: 224.0.0.1 cannot be an IPv4 gateway',
    ],
    [
      'a gateway that is the router',
      { ...golden('c-dual'), default_v4_gateway: '172.16.77.2' },
      'default_v4_gateway: 172.16.77.2 cannot be',
    ],
    [
      'a gateway of the other family',
      { ...golden('c-dual'), default_v4_gateway: '2001:db8:77::1' },
      'default_v4_gateway: 2001:db8:77::1 cannot be',
    ],
    [
      'an external gateway that is a broadcast address',
      bent((b) => Object.assign(networkOn(b, 'ge1').subnets[0], { gateway_ip: '172.16.77.255' })),
      'networks[1].subnets[0].gateway_ip: 172.16.77.255 cannot be a gateway',
    ],
  ])('refuses %s', (_name, body, message) => {
    expect(problems(body).join('\n')).toContain(message)
  })

  it('names every problem at once', () => {
    const body = bent((b) => {
      networkOn(b, 'ge3').interface.addresses = ['192.168.0.1/24']
      b.floating_ips.push(b.floating_ips[0])
    })
    expect(problems(body).length).toBeGreaterThanOrEqual(2)
  })

  it('appliance defect 15: the NIC of the API stays management, also in a configuration without one', () => {
    const body = bent((b) => b.networks.shift())
    const model = modelOf(body)
    expect(model.management?.device).toBe('eth0')
    expect(model.management?.addresses).toHaveLength(1)
  })

  it('appliance defect 16: a default gateway without an external network is a warning', () => {
    const body = golden('g-noext')
    body.default_v4_gateway = '172.16.77.1'
    expect(modelOf(body)).toMatchObject({
      defaultGateways: [],
      warnings: ['default_v4_gateway has no effect without an external network'],
    })
  })

  it('no default route leads to a gateway that is on another network than the external one', () => {
    const body = bent((b) => Object.assign(networkOn(b, 'ge1').subnets[1], { gateway_ip: 'fdca:3ba5:a17a:acda::1' }))
    const model = modelOf(body)
    expect(model.defaultGateways.map(({ gateway }) => gateway.text)).toEqual(['172.16.77.1'])
    expect(model.warnings.filter((warning) => warning.includes('no default route'))).toEqual([
      'no default route via fdca:3ba5:a17a:acda::1: that is not on the external network but on another, or the router',
    ])
  })

  it('a gateway outside its subnet is reached on the link', () => {
    expect(modelOf({ ...golden('a-single'), default_v4_gateway: '10.255.0.1' }).defaultGateways).toMatchObject([
      { onlink: true },
    ])
    expect(modelOf(golden('a-single')).defaultGateways).toMatchObject([{ onlink: false }])
  })

  it('floating IPs without an external network are a warning, not silence', () => {
    const body = { ...golden('g-noext'), floating_ips: [{ floating_ip: '172.16.77.50', fixed_ip: '192.168.0.2' }] }
    expect(modelOf(body).warnings).toEqual(['floating IP 172.16.77.50 has no effect without an external network'])
  })
})

describe('routes that tenants ask for', () => {
  const routesOf = (...pairs: [string, string][]) => {
    const body = golden('c-dual')
    for (const network of body.networks) for (const subnet of network.subnets) subnet.host_routes = []
    networkOn(body, 'ge2').subnets[0].host_routes = pairs
      .filter(([destination]) => !destination.includes(':'))
      .map(([destination, nexthop]) => ({ destination, nexthop }))
    networkOn(body, 'ge2').subnets[1].host_routes = pairs
      .filter(([destination]) => destination.includes(':'))
      .map(([destination, nexthop]) => ({ destination, nexthop }))
    const model = modelOf(body)
    return {
      installed: model.routes.map((route) => `${route.destination.text} ${route.device}`),
      warnings: model.warnings,
    }
  }

  it('are installed on their network', () => {
    expect(routesOf(['10.50.0.0/16', '192.168.0.250']).installed).toEqual(['10.50.0.0/16 eth2'])
  })

  it('never take the management network or the orchestrator away', () => {
    for (const destination of [
      'fdca:3ba5:a17a:acda::1/128',
      'fdca::/16',
      'fdca:3ba5:a17a:acda::/64',
      'fdca:3ba5:a17a:acda::/65',
    ]) {
      const { installed, warnings } = routesOf([destination, '2001:db8:a::9'])
      expect(installed).toEqual([])
      expect(warnings.join()).toContain('it overlaps the management network')
    }
  })

  it('replace neither the default route nor a connected network, and need a next hop that is there', () => {
    expect(routesOf(['0.0.0.0/0', '192.168.0.9']).installed).toEqual([])
    expect(routesOf(['10.20.0.0/22', '192.168.0.9']).installed).toEqual([])
    expect(routesOf(['10.50.0.0/16', '10.20.0.9']).installed).toEqual([])
    expect(routesOf(['10.50.0.0/16', '203.0.113.1']).installed).toEqual([])
  })

  it('through the router itself are for the machines only', () => {
    expect(routesOf(['10.50.0.0/16', '192.168.0.1'])).toEqual({ installed: [], warnings: [] })
  })

  it('twice the same destination: the first counts', () => {
    const { installed, warnings } = routesOf(['10.50.0.0/16', '192.168.0.8'], ['10.50.0.0/16', '192.168.0.9'])
    expect(installed).toEqual(['10.50.0.0/16 eth2'])
    expect(warnings).toHaveLength(1)
  })

  it('a router without a way out may have a default route among its static ones; one with a gateway keeps that', () => {
    const body = golden('m-static-routes-dicts')
    body.static_routes = [['0.0.0.0/0', '192.168.0.9']]
    expect(modelOf(body)).toMatchObject({ routes: [] })
    body.networks = body.networks.filter((network: Body) => network.network_type !== 'external')
    body.default_v4_gateway = ''
    const { routes, defaultGateways, warnings } = modelOf(body)
    expect(warnings).toEqual([])
    expect(defaultGateways).toEqual([])
    expect(routes.map((route) => `${route.destination.text} via ${route.nexthop.text}`)).toEqual([
      '0.0.0.0/0 via 192.168.0.9',
    ])
  })

  it('appliance defect 31: static routes are installed', () => {
    const model = modelOf(golden('m-static-routes-dicts'))
    expect(
      model.routes.map((route) => `${route.destination.text} via ${route.nexthop.text} dev ${route.device}`),
    ).toEqual(['10.99.0.0/16 via 192.168.0.77 dev eth2'])
  })
})
