import ipaddr from 'ipaddr.js'
import type { Allocation, ApplianceNetwork, ApplianceNetworkType, ApplianceSubnet } from '../../contract/index.ts'
import type { FixedIp, NeutronPort, NeutronSubnet } from '../../openstack/index.ts'
import { isServicePort } from './names.ts'

/** One network of a configuration, before it is written down. */
export interface NetworkInput {
  readonly networkId: string
  readonly type: ApplianceNetworkType
  readonly ifname: string
  readonly fixedIps: readonly FixedIp[]
  readonly mtu: number | null
  readonly subnets: readonly NeutronSubnet[]
  /** Ports to list as allocations; empty for all but internal networks. */
  readonly ports: readonly NeutronPort[]
}

/** Prefix length of a CIDR, or null when it cannot be read. */
function prefixLength(cidr: string): number | null {
  // The parser for both kinds tries IPv6 first and throws on the way at every IPv4 network: dear for what happens most.
  const kind = cidr.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4
  return kind.isValidCIDR(cidr) ? kind.parseCIDR(cidr)[1] : null
}

/** Writes one network of the configuration. Subnets whose CIDR cannot be read are left out, and addresses on them with them. */
export function buildNetwork(input: NetworkInput): ApplianceNetwork {
  const subnets = input.subnets.filter((subnet) => prefixLength(subnet.cidr) !== null)
  const byId = new Map(subnets.map((subnet) => [subnet.id, subnet]))
  const addresses = input.fixedIps.flatMap((ip) => {
    const subnet = byId.get(ip.subnet_id)
    return subnet ? [`${ip.ip_address}/${prefixLength(subnet.cidr)}`] : []
  })
  return {
    network_id: input.networkId,
    network_type: input.type,
    interface: { ifname: input.ifname, addresses, ...(input.mtu ? { mtu: input.mtu } : {}) },
    mtu: input.mtu,
    v4_conf_service: 'static',
    v6_conf_service: 'static',
    subnets: subnets.map(buildSubnet),
    allocations: input.ports.flatMap((port) => buildAllocation(port, byId)),
  }
}

function buildSubnet(subnet: NeutronSubnet): ApplianceSubnet {
  return {
    id: subnet.id,
    cidr: subnet.cidr,
    dhcp_enabled: subnet.enable_dhcp && subnet.ipv6_ra_mode !== 'slaac',
    ...(subnet.ipv6_ra_mode === 'dhcpv6-stateless' ? { ipv6_ra_mode: subnet.ipv6_ra_mode } : {}),
    dns_nameservers: [...subnet.dns_nameservers],
    host_routes: subnet.host_routes.map(({ destination, nexthop }) => ({ destination, nexthop })),
    gateway_ip: subnet.gateway_ip ?? '',
  }
}

function buildAllocation(port: NeutronPort, subnets: ReadonlyMap<string, NeutronSubnet>): Allocation[] {
  if (isServicePort(port.name)) return []
  const [first] = port.fixed_ips.map((ip) => ip.ip_address).sort()
  if (first === undefined) return []
  return [
    {
      ip_addresses: Object.fromEntries(
        port.fixed_ips.map((ip) => [ip.ip_address, subnets.get(ip.subnet_id)?.enable_dhcp ?? false]),
      ),
      device_id: port.device_id,
      hostname: `${first.replaceAll(/[:.]/g, '-')}.local`,
      mac_address: port.mac_address,
    },
  ]
}

/** Gateway of the first IPv4 subnet that contains one of the addresses; '' when there is none. */
export function defaultV4Gateway(fixedIps: readonly FixedIp[], subnets: readonly NeutronSubnet[]): string {
  const addresses = fixedIps
    .map((ip) => ip.ip_address)
    .filter((ip) => ipaddr.IPv4.isValidFourPartDecimal(ip))
    .map((ip) => ipaddr.IPv4.parse(ip))
  for (const subnet of subnets) {
    if (subnet.gateway_ip === null || !ipaddr.IPv4.isValidCIDR(subnet.cidr)) continue
    const range = ipaddr.IPv4.parseCIDR(subnet.cidr)
    if (addresses.some((address) => address.match(range))) return subnet.gateway_ip
  }
  return ''
}
