import { isUuid, normalizeUuid } from '../../shared/index.ts'
import type { ConfiguredNetwork, Problem } from '../body/index.ts'
import { parseIp } from '../net/ip.ts'
import type { Machine } from './machine.ts'
import type { Allocation, Network, Subnet } from './types.ts'

const DHCP_NAME = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** The first label of a name, when DHCP can send it: a domain would have to be the server's own, so it is left away. */
function dhcpName(name: string | null): string | null {
  const first = name?.split('.')[0] ?? ''
  return DHCP_NAME.test(first) ? first : null
}

function allocationOf(raw: ConfiguredNetwork['allocations'][number], path: string, problems: Problem[]): Allocation {
  const addresses = Object.entries(raw.ip_addresses).flatMap(([text, dhcp]) => {
    const ip = parseIp(text)
    if (ip) return [{ ip, dhcp }]
    problems.push({ path: `${path}.ip_addresses["${text}"]`, message: 'expected an IPv4 or IPv6 address' })
    return []
  })
  return {
    mac: raw.mac_address,
    hostname: dhcpName(raw.hostname),
    instanceId: raw.device_id !== null && isUuid(raw.device_id) ? normalizeUuid(raw.device_id) : null,
    addresses,
  }
}

/** A resolver or route of the other family would make the whole DHCP file invalid, so each subnet keeps only its own. */
function subnetOf(raw: ConfiguredNetwork['subnets'][number], path: string, problems: Problem[]): Subnet {
  const family = raw.cidr.address.family
  if (raw.gateway_ip && raw.gateway_ip.family !== family) {
    problems.push({ path: `${path}.gateway_ip`, message: `is not of the family of ${raw.cidr.text}` })
  }
  return {
    id: raw.id,
    cidr: raw.cidr,
    gateway: raw.gateway_ip,
    dhcp: raw.dhcp_enabled,
    stateless: raw.ipv6_ra_mode === 'dhcpv6-stateless',
    dns: raw.dns_nameservers.filter((server) => server.family === family),
    hostRoutes: raw.host_routes.filter(
      (route) => route.destination.address.family === family && route.nexthop.family === family,
    ),
  }
}

/** Binds one configured network to the machine; problems are added to `problems`, and null comes back when there is no such NIC. */
export function bindNetwork(
  raw: ConfiguredNetwork,
  position: number,
  machine: Machine,
  problems: Problem[],
): Network | null {
  const path = `networks[${position}]`
  const generic = raw.interface.ifname
  const subnets = raw.subnets.map((subnet, i) => subnetOf(subnet, `${path}.subnets[${i}]`, problems))
  const allocations = raw.allocations.map((allocation, i) =>
    allocationOf(allocation, `${path}.allocations[${i}]`, problems),
  )
  if (raw.interface.mtu !== null && raw.interface.mtu < 1280) {
    const v6 = raw.interface.addresses.some((address) => address.ip.family === 6)
    if (v6) problems.push({ path: `${path}.interface.mtu`, message: 'IPv6 needs an MTU of at least 1280' })
  }
  const device = machine.devices.get(generic)
  if (device === undefined) {
    problems.push({ path: `${path}.interface.ifname`, message: `${generic} does not exist on this appliance` })
    return null
  }
  return {
    id: raw.network_id,
    type: raw.network_type,
    generic,
    index: Number(generic.slice(2)),
    device,
    mtu: raw.interface.mtu,
    addresses: [...new Map(raw.interface.addresses.map((address) => [address.text, address])).values()],
    subnets,
    allocations,
  }
}
