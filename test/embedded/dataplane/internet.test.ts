import { describe, expect, it } from 'vitest'
import { wantedRoutes } from '../../../src/embedded/dataplane/internet.ts'
import type { Port, Router, Subnet } from '../../../src/embedded/network/model.ts'
import { Table } from '../../../src/embedded/network/table.ts'

const router = (id: string, gatewayPortId: string | null): Router => ({ id, gatewayPortId }) as Router
const port = (id: string, deviceId: string, deviceOwner: string, ...addresses: [string, string][]): Port =>
  ({
    id,
    deviceId,
    deviceOwner,
    fixedIps: addresses.map(([subnet_id, ip_address]) => ({ subnet_id, ip_address })),
  }) as unknown as Port

function network(cidrs: Readonly<Record<string, string>>) {
  const routers = new Table<Router>({})
  const ports = new Table<Port>({ device_id: (p) => [p.deviceId] })
  const subnets = new Table<Subnet>({})
  for (const [id, cidr] of Object.entries(cidrs)) subnets.put({ id, cidr } as Subnet)
  return { routers, ports, subnets }
}

describe('routes of the provider', () => {
  it('lead to the IPv6 prefixes behind each router that is outside over IPv6', () => {
    const net = network({ six: '2001:db8:1::/64', four: '10.0.0.0/24', other: '2001:db8:2::/64' })
    net.routers.put(router('r1', 'g1'))
    net.ports.put(port('g1', 'r1', 'network:router_gateway', ['x', '172.24.0.5'], ['y', '2001:db8:e0::5']))
    net.ports.put(port('i1', 'r1', 'network:router_interface', ['six', '2001:db8:1::1'], ['four', '10.0.0.1']))
    net.routers.put(router('r2', 'g2'))
    net.ports.put(port('g2', 'r2', 'network:router_gateway', ['x', '172.24.0.6']))
    net.ports.put(port('i2', 'r2', 'network:router_interface', ['other', '2001:db8:2::1']))
    net.routers.put(router('r3', null))
    expect([...wantedRoutes(net)]).toEqual([['2001:db8:1::/64', '2001:db8:e0::5']])
  })

  it.each(['2000::/3', '::/0', 'fe80::/64', 'ff00::/64', '10.0.0.0/24'])(
    'do not lead to %s, whatever a tenant asks for',
    (cidr) => {
      const net = network({ s: cidr })
      net.routers.put(router('r1', 'g1'))
      net.ports.put(port('g1', 'r1', 'network:router_gateway', ['y', '2001:db8:e0::5']))
      net.ports.put(port('i1', 'r1', 'network:router_interface', ['s', '2000::1']))
      expect([...wantedRoutes(net)]).toEqual([])
    },
  )

  it('lead to the first of two routers that claim the same prefix', () => {
    const net = network({ a: '2001:db8:1::/64', b: '2001:db8:1::/64' })
    for (const [id, subnet] of [
      ['r1', 'a'],
      ['r2', 'b'],
    ] as const) {
      net.routers.put(router(id, `g-${id}`))
      net.ports.put(port(`g-${id}`, id, 'network:router_gateway', ['y', `2001:db8:e0::${id.slice(1)}`]))
      net.ports.put(port(`i-${id}`, id, 'network:router_interface', [subnet, '2001:db8:1::1']))
    }
    expect([...wantedRoutes(net)]).toEqual([['2001:db8:1::/64', '2001:db8:e0::1']])
  })
})
