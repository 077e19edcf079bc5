import { isTenantNetwork, lowestAddress, type Model, type Network, type Subnet } from '../model/index.ts'
import { contains } from '../net/ip.ts'
import { haLinkLocal } from './keepalived.ts'

/**
 * Router advertisements and BGP by BIRD 2, not by dnsmasq: bird takes a changed configuration without a restart, so DHCP's restarts
 * never disturb anyone's default router, it withdraws itself with a zero lifetime when it stops, and the original announces the
 * tenants' IPv6 networks to the external gateway by BGP, which only bird can do.
 */
export function renderBird(model: Model): string | null {
  const advertised = model.networks.filter(isTenantNetwork).flatMap((network) => advertisement(model, network) ?? [])
  const bgp = bgpProtocols(model)
  if (advertised.length === 0 && bgp.length === 0) return null
  const head = ['log stderr { warning, error, fatal, bug };', `router id ${routerId(model)};`, deviceProtocol(model)]
  const radv = advertised.length === 0 ? [] : ['protocol radv {', ...advertised, '}']
  return `${[...head, ...bgp, ...radv].join('\n')}\n`
}

/** The lowest IPv4 address that we have, else one made from the management address: any stable number does. */
function routerId(model: Model): string {
  const own = model.external && lowestAddress(model.external, 4)
  if (own) return own.text
  const seed = (model.management?.addresses[0]?.ip.value ?? 1n) & 0xffffn
  return `0.0.${seed >> 8n}.${seed & 0xffn || 1n}`
}

/** In a pair both send from the same link-local address, which moves with the other addresses. */
function deviceProtocol(model: Model): string {
  const preferred = model.ha
    ? model.networks
        .filter((network) => isTenantNetwork(network) && hasV6(network))
        .map((network) => ` interface "${network.device}" { preferred ${haLinkLocal(network)}; };`)
    : []
  return ['protocol device { scan time 10;', ...preferred, '}'].join('\n')
}

const hasV6 = (network: Network): boolean => network.addresses.some((address) => address.ip.family === 6)

/** Whether DHCP gives machines their addresses. */
const isManaged = (subnet: Subnet): boolean => subnet.dhcp && !subnet.stateless

function advertisement(_model: Model, network: Network): string[] | null {
  const subnets = network.subnets.filter(
    (subnet) =>
      subnet.cidr.address.family === 6 && network.addresses.some((address) => contains(subnet.cidr, address.ip)),
  )
  if (subnets.length === 0) return null
  const dns = [...new Set(subnets.flatMap((subnet) => subnet.dns.map((ip) => ip.text)))]
  const routed = network.type === 'internal' && subnets.some((subnet) => subnet.gateway !== null)
  return [
    ` interface "${network.device}" {`,
    '  max ra interval 600;',
    ...(routed ? [] : ['  default lifetime 0;']),
    // Without M a machine on a DHCPv6 subnet (autonomous off) would never ask for its address.
    ...(subnets.some(isManaged) ? ['  managed yes;'] : []),
    ...(subnets.some((subnet) => subnet.dhcp) ? ['  other config yes;'] : []),
    ...(network.mtu === null ? [] : [`  link mtu ${network.mtu};`]),
    ...subnets.map((subnet) => `  prefix ${subnet.cidr.text} {${isManaged(subnet) ? ' autonomous off;' : ''} };`),
    '  rdnss local yes;',
    ...(dns.length === 0 ? [] : [`  rdnss { lifetime mult 10; ${dns.map((server) => `ns ${server};`).join(' ')} };`]),
    ' };',
  ]
}

/** One session per external IPv6 gateway; only the tenants' global networks are told. */
function bgpProtocols(model: Model): string[] {
  const { external } = model
  const gateways = (external?.subnets ?? []).flatMap((subnet) =>
    subnet.cidr.address.family === 6 && subnet.gateway ? [subnet.gateway] : [],
  )
  if (!external || !hasV6(external) || gateways.length === 0) return []
  const announced = model.networks
    .filter((network) => network.type === 'internal')
    .flatMap((network) => network.subnets)
    .filter((subnet) => subnet.cidr.address.family === 6 && subnet.gateway !== null)
  const internal = model.asn === model.neighborAsn
  return [
    'protocol direct { ipv6; }',
    'protocol kernel { scan time 20; ipv6 { import none; export where source = RTS_BGP; }; }',
    'filter bgp_out {',
    ' if source != RTS_DEVICE then reject;',
    ' if net ~ fc00::/7 then reject;',
    ...announced.map((subnet) => ` if net = ${subnet.cidr.text} then accept;`),
    ' reject;',
    '}',
    ...gateways.flatMap((gateway, index) => [
      `protocol bgp external${index} {`,
      ` local as ${model.asn};`,
      ` neighbor ${gateway.text} as ${model.neighborAsn};`,
      ' ipv6 { import all; export filter bgp_out; };',
      ...(internal ? [' rr client;'] : []),
      '}',
    ]),
  ]
}
