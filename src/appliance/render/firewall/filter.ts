import { isTenantNetwork, lowestAddress, type Model, type Network } from '../../model/index.ts'
import type { Family } from '../../net/ip.ts'
import { metadataPort } from '../metadata.ts'
import type { IpsecMode } from '../vpn/index.ts'
import { anchorFilterRules } from './anchors.ts'
import { vpnForwardRules, vpnInputRules } from './vpn.ts'

/** Ports of the management side that are not derived from the configuration. */
export interface FirewallOptions {
  /** Port of the REST API. */
  readonly apiPort: number
  /** Who makes ESP: the packets of tunnels come and go elsewhere. */
  readonly ipsec: IpsecMode
}

const SSH = 22
const CONNTRACKD = 3780

/** Only the orchestrator's network reaches the API, ssh, and the other half of a pair. */
function managementRules(model: Model, family: Family, options: FirewallOptions): string[] {
  const { management, ha } = model
  if (!management) return []
  const own = management.addresses.filter((address) => address.ip.family === family)
  const peers = (ha?.peers ?? []).filter((peer) => peer.family === family)
  return [
    // Whoever comes in elsewhere must not talk to the management address: the kernel would answer on any interface.
    ...own.map(({ ip }) => `-A INPUT ! -i ${management.device} -d ${ip.text} -j DROP`),
    `-A INPUT -i ${management.device} -j MANAGEMENT`,
    `-A MANAGEMENT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    family === 4 ? '-A MANAGEMENT -p icmp -m icmp --icmp-type 8 -j ACCEPT' : '-A MANAGEMENT -p ipv6-icmp -j ACCEPT',
    ...own.map(
      ({ ip }) => `-A MANAGEMENT -d ${ip.text} -p tcp -m multiport --dports ${SSH},${options.apiPort} -j ACCEPT`,
    ),
    ...peers.flatMap((peer) => [
      `-A MANAGEMENT -s ${peer.text} -p vrrp -j ACCEPT`,
      `-A MANAGEMENT -s ${peer.text} -p udp -m udp --dport ${CONNTRACKD} -j ACCEPT`,
    ]),
    '-A MANAGEMENT -j DROP',
  ]
}

/** DHCP, DNS and metadata for the machines of one network. */
function serviceRules(network: Network, family: Family): string[] {
  const own = lowestAddress(network, family)
  if (!own) return []
  const dhcp = family === 4 ? 67 : 547
  const rules = [
    `-A INPUT -i ${network.device} -p udp -m multiport --dports 53,${dhcp} -j ACCEPT`,
    `-A INPUT -i ${network.device} -p tcp -m tcp --dport 53 -j ACCEPT`,
  ]
  if (family === 4) {
    const port = metadataPort(network)
    rules.push(`-A INPUT -i ${network.device} -d ${own.text} -p tcp -m tcp --dport ${port} -j ACCEPT`)
  }
  return rules
}

/** The load balancer's ports, on its virtual address and nowhere else. */
function balancerRules({ loadBalancer }: Model, family: Family): string[] {
  if (loadBalancer?.vip.family !== family) return []
  const { device, vip, listeners } = loadBalancer
  return listeners.map(({ port }) => `-A INPUT -i ${device} -d ${vip.text} -p tcp -m tcp --dport ${port} -j ACCEPT`)
}

/**
 * Who may send to whom. Everything is dropped unless named: routed networks reach each other and the outside; the outside reaches
 * them only through a floating IP (IPv4) or by their own addresses (IPv6, and IPv4 that is not translated); an isolated network is not routed at all.
 */
function forwardRules(model: Model, family: Family): string[] {
  const { external, management } = model
  const routed = model.networks.filter((network) => network.type === 'internal')
  const outside = external?.addresses.some((address) => address.ip.family === family) ? external : null
  const targets = outside ? [...routed, outside] : routed
  return [
    ...(management ? [`-A FORWARD -i ${management.device} -j DROP`, `-A FORWARD -o ${management.device} -j DROP`] : []),
    '-A FORWARD -j PROVIDER',
    ...(model.tunnels.length > 0 ? ['-A FORWARD -j VPN'] : []),
    '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...routed.map((network) => `-A FORWARD -i ${network.device} -j TENANT`),
    ...targets.map((network) => `-A TENANT -o ${network.device} -j ACCEPT`),
    ...(outside && routed.length > 0 ? [`-A FORWARD -i ${outside.device} -j OUTSIDE`] : []),
    ...(outside
      ? routed.map((network) =>
          family === 4 && model.snat
            ? `-A OUTSIDE -o ${network.device} -m conntrack --ctstate DNAT -j ACCEPT`
            : `-A OUTSIDE -o ${network.device} -j ACCEPT`,
        )
      : []),
  ]
}

/** The filter table of one family. */
export function filterTable(model: Model, family: Family, options: FirewallOptions): string[] {
  return [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':MANAGEMENT - [0:0]',
    ':OUTSIDE - [0:0]',
    ':PROVIDER - [0:0]',
    ':TENANT - [0:0]',
    ':VPN - [0:0]',
    '-A INPUT -i lo -j ACCEPT',
    ...managementRules(model, family, options),
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    family === 4 ? '-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT' : '-A INPUT -p ipv6-icmp -j ACCEPT',
    ...model.networks.filter(isTenantNetwork).flatMap((network) => serviceRules(network, family)),
    ...balancerRules(model, family),
    ...vpnInputRules(model, family),
    ...forwardRules(model, family),
    ...vpnForwardRules(model, family, options.ipsec),
    ...anchorFilterRules(model, family),
    'COMMIT',
  ]
}
