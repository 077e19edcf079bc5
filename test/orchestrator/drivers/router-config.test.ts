import { describe, expect, test } from 'vitest'
import { ApplianceConfig } from '../../../src/contract/index.ts'
import type { NeutronPort, NeutronSubnet } from '../../../src/openstack/index.ts'
import { buildNetwork } from '../../../src/orchestrator/drivers/network-config.ts'
import { buildRouterConfig } from '../../../src/orchestrator/drivers/router/config.ts'
import { parseSyncRouter, type RouterDetail, routerFromRest } from '../../../src/orchestrator/drivers/router/detail.ts'
import { buildVpn, type VpnDocuments } from '../../../src/orchestrator/drivers/router/vpn.ts'
import { jsonFixture } from '../../support/vectors.ts'

interface Sample {
  readonly name: string
  readonly driver: string
  readonly ipsec_vpn?: boolean
  readonly interface_map_network_to_ifname: Readonly<Record<string, string>>
  readonly router_from_sync_routers: unknown
  readonly output: { readonly orchestrator: { address: string; host: string; metadata_port: number } }
}

const { neutron, samples } = jsonFixture('vectors/config_samples.json') as {
  readonly neutron: {
    readonly networks: Readonly<Record<string, { readonly mtu?: number }>>
    readonly subnets: readonly NeutronSubnet[]
    readonly ports: readonly NeutronPort[]
    readonly vpnservices: { readonly vpnservices: VpnDocuments['services'] }
    readonly ipsec_site_connections: { readonly ipsec_site_connections: VpnDocuments['connections'] }
    readonly ikepolicy: { readonly ikepolicy: { readonly id: string } }
    readonly ipsecpolicy: { readonly ipsecpolicy: { readonly id: string } }
    readonly endpoint_groups: Readonly<Record<string, { readonly endpoint_group: unknown }>>
  }
  readonly samples: readonly Sample[]
}

const routers = samples.filter((sample) => sample.driver === 'router')

function vpnOf(): VpnDocuments {
  return {
    services: neutron.vpnservices.vpnservices,
    connections: neutron.ipsec_site_connections.ipsec_site_connections,
    ikePolicies: new Map([[neutron.ikepolicy.ikepolicy.id, neutron.ikepolicy.ikepolicy]]),
    ipsecPolicies: new Map([[neutron.ipsecpolicy.ipsecpolicy.id, neutron.ipsecpolicy.ipsecpolicy]]),
    endpointGroups: new Map(Object.entries(neutron.endpoint_groups).map(([id, group]) => [id, group.endpoint_group])),
  } as unknown as VpnDocuments
}

function build(sample: Sample, router: RouterDetail) {
  const management = neutron.ports.find((port) => port.network_id === 'mgt-net-id')
  return buildRouterConfig(
    router,
    {
      interfaces: new Map(Object.entries(sample.interface_map_network_to_ifname)),
      management: { networkId: 'mgt-net-id', fixedIps: management?.fixed_ips ?? [] },
      mtus: new Map(Object.entries(neutron.networks).map(([id, network]) => [id, network.mtu ?? null])),
      subnets: Map.groupBy(neutron.subnets, (subnet) => subnet.network_id),
      ports: Map.groupBy(neutron.ports, (port) => port.network_id),
      ha: null,
      vpn: sample.ipsec_vpn ? buildVpn(vpnOf()) : null,
    },
    { asn: 64512, neighborAsn: 64512, labels: {}, orchestrator: sample.output.orchestrator },
  )
}

function detailOf(sample: Sample): RouterDetail {
  const detail = parseSyncRouter(sample.router_from_sync_routers)
  if (!detail) throw new Error(`${sample.name} cannot be read`)
  return detail
}

describe('router configuration', () => {
  test('there are samples', () => {
    expect(routers.map(({ name }) => name)).toEqual(['full', 'vpn', 'no_gateway'])
  })

  test.each(routers.map((sample) => [sample.name, sample] as const))('sample %s: the same JSON values', (_, sample) => {
    const config = build(sample, detailOf(sample))
    expect(config).toEqual(sample.output)
    expect(ApplianceConfig.parse(config)).toEqual(config)
  })

  test('is the same when the details come by REST', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    const bus = detailOf(full)
    const rest = routerFromRest(
      {
        id: bus.id,
        name: bus.name,
        tenant_id: bus.tenantId,
        status: 'ACTIVE',
        admin_state_up: true,
        ha: false,
        routes: [],
        external_gateway_info: null,
      },
      neutron.ports.filter((port) => port.device_id === bus.id),
      [
        {
          id: 'fip1',
          tenant_id: '',
          floating_ip_address: '203.0.113.77',
          fixed_ip_address: '192.168.1.10',
          floating_network_id: 'ext-net-id',
          port_id: null,
          router_id: bus.id,
          status: 'ACTIVE',
        },
      ],
    )
    expect(build(full, rest)).toEqual(full.output)
  })

  test('a router that is administratively down is told of the management network alone', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    const router = full.router_from_sync_routers as Readonly<Record<string, unknown>>
    const down = parseSyncRouter({ ...router, admin_state_up: false })
    if (!down) throw new Error('cannot be read')
    const config = build(full, down)
    expect(config.networks.map(({ network_type }) => network_type)).toEqual(['management'])
    expect(config).toMatchObject({ default_v4_gateway: '', floating_ips: [] })
    expect(config.static_routes).toBeUndefined()
    // Its interfaces stay plugged in.
    expect(down.ports).toEqual(detailOf(full).ports)
  })

  test('a gateway that does not translate (enable_snat false) is told so, by bus and by REST; else nothing is said', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    const router = full.router_from_sync_routers as Readonly<Record<string, unknown>>
    const bus = parseSyncRouter({ ...router, enable_snat: false })
    if (!bus) throw new Error('cannot be read')
    const config = build(full, bus)
    expect(config.enable_snat).toBe(false)
    expect(ApplianceConfig.parse(config)).toEqual(config)
    expect(build(full, { ...bus, gateway: null })).not.toHaveProperty('enable_snat')
    expect(build(full, detailOf(full))).not.toHaveProperty('enable_snat')
    const rest = (enable_snat: boolean) =>
      routerFromRest(
        {
          id: bus.id,
          tenant_id: bus.tenantId,
          name: bus.name,
          ha: false,
          status: 'ACTIVE',
          admin_state_up: true,
          routes: [],
          external_gateway_info: { network_id: 'ext-net-id', enable_snat },
        },
        [],
        [],
      ).isSnat
    expect([rest(true), rest(false)]).toEqual([true, false])
  })

  test('a stateless DHCPv6 subnet is told to be one; no other mode is named', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    const [first] = neutron.subnets
    if (!first) throw new Error('no subnet')
    const said = (ipv6_ra_mode: string | null) =>
      buildNetwork({
        networkId: 'n',
        type: 'internal',
        ifname: 'ge2',
        fixedIps: [],
        mtu: null,
        subnets: [{ ...first, cidr: '2001:db8::/64', enable_dhcp: true, ipv6_ra_mode }],
        ports: [],
      }).subnets[0]
    expect(said('dhcpv6-stateless')).toMatchObject({ dhcp_enabled: true, ipv6_ra_mode: 'dhcpv6-stateless' })
    for (const mode of [null, 'slaac', 'dhcpv6-stateful']) expect(said(mode)).not.toHaveProperty('ipv6_ra_mode')
  })

  test('the extra routes of a router are its static routes, by bus and by REST', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    const routes = [
      { destination: '10.99.0.0/16', nexthop: '192.168.1.77' },
      { destination: 'fd99::/48', nexthop: 'fdd6:a1fa:cfa8:6af6::77' },
    ]
    const router = full.router_from_sync_routers as Readonly<Record<string, unknown>>
    const bus = parseSyncRouter({ ...router, routes })
    if (!bus) throw new Error('cannot be read')
    const config = build(full, bus)
    expect(config.static_routes).toEqual([
      ['10.99.0.0/16', '192.168.1.77'],
      ['fd99::/48', 'fdd6:a1fa:cfa8:6af6::77'],
    ])
    expect(ApplianceConfig.parse(config)).toEqual(config)
    const { id, tenantId: tenant_id, name, ha } = bus
    const rest = {
      id,
      tenant_id,
      name,
      ha,
      status: 'ACTIVE',
      admin_state_up: true,
      external_gateway_info: null,
      routes,
    }
    expect(
      build(
        full,
        routerFromRest(
          rest,
          neutron.ports.filter((port) => port.device_id === id),
          [],
        ),
      ),
    ).toMatchObject({
      static_routes: config.static_routes,
    })
  })

  test('two ports on one network share its interface', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    const detail = detailOf(full)
    const [first] = detail.interfaces
    if (!first) throw new Error('no interface')
    const [v4, v6] = first.fixedIps
    const split = {
      ...detail,
      interfaces: [
        ...detail.interfaces.filter((port) => port !== first),
        { ...first, id: 'a', fixedIps: v4 ? [v4] : [] },
        { ...first, id: 'b', fixedIps: v6 ? [v6] : [] },
      ],
    }
    const networks = build(full, split).networks.filter((network) => network.network_id === first.networkId)
    expect(networks).toHaveLength(1)
    expect(networks[0]?.interface.addresses).toEqual(['192.168.1.1/24', 'fdd6:a1fa:cfa8:6af6::1/64'])
  })

  test('an appliance without an interface on a network is an error, not a smaller configuration', () => {
    const [full] = routers
    if (!full) throw new Error('no sample')
    expect(() => build({ ...full, interface_map_network_to_ifname: { 'mgt-net-id': 'ge0' } }, detailOf(full))).toThrow(
      /no interface on network ext-net-id/,
    )
  })

  test('reads what a real Neutron answers to sync_routers', () => {
    const capture = jsonFixture('captures/rpc/22-sync_routers-one.json') as { readonly result: readonly unknown[] }
    const detail = parseSyncRouter(capture.result[0])
    expect(detail).toMatchObject({
      name: 'rpc',
      ha: false,
      gateway: { deviceOwner: 'network:router_gateway', mtu: 1500, fixedIps: [{ ip_address: '172.24.4.67' }] },
      interfaces: [{ deviceOwner: 'network:router_interface', fixedIps: [{ ip_address: '10.8.0.1' }] }],
      floatingIps: [{ floatingIp: '172.24.4.210', fixedIp: '10.8.0.23' }],
    })
  })

  test.each([null, [], 'x', {}, { id: 1 }, { id: 'a', tenant_id: 'b', gw_port: [] }])('refuses %j', (garbage) => {
    expect(parseSyncRouter(garbage)).toBeNull()
  })
})
