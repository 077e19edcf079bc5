import { isTenantNetwork, lowestAddress, type Model } from '../../model/index.ts'
import { contains, type Family, type Ip } from '../../net/ip.ts'
import { METADATA_ADDRESS, metadataPort } from '../metadata.ts'
import type { IpsecMode } from '../vpn/index.ts'
import { anchorNatRules } from './anchors.ts'
import { vpnNatRules } from './vpn.ts'

/** Everything that an internal network's machines may have as source: what is connected, and what its subnets say. */
function internalNetworks(model: Model, family: Family): string[] {
  const cidrs = model.networks
    .filter((network) => network.type === 'internal')
    .flatMap((network) => [
      ...network.addresses.map((address) => address.network),
      ...network.subnets.map((subnet) => subnet.cidr),
    ])
  return [...new Set(cidrs.filter((cidr) => cidr.address.family === family).map((cidr) => cidr.text))]
}

/**
 * What connections leave with: of the gateway's addresses the one in the default gateway's subnet, for a router there may well refuse what
 * comes from another; else the lowest.
 */
function ownAddress({ external, defaultGateways }: Model, family: Family): Ip | null {
  if (!external) return null
  const beside = external.addresses.filter(({ network }) =>
    defaultGateways.some(({ gateway }) => contains(network, gateway)),
  )
  return lowestAddress({ ...external, addresses: beside }, family) ?? lowestAddress(external, family)
}

/**
 * Address translation of one family, decided once per connection by its first packet.
 *
 * IPv4 leaves through the router's own address unless the machine has a floating IP or the gateway does not translate. IPv6 is routed as it is; only IPv6 floating
 * IPs are translated. A connection from inside to a floating IP (hairpin) has its source translated as well, or the answer would
 * take the short way and be refused.
 */
export function natTable(model: Model, family: Family, ipsec: IpsecMode): string[] {
  const { external, management } = model
  const pairs = model.floatingIps.filter(({ floating }) => floating.family === family)
  const own = ownAddress(model, family)
  const notManagement = management ? ` ! -i ${management.device}` : ''
  const rules: string[] = [`-A PREROUTING${notManagement} -j PROVIDER`]
  if (external && pairs.length > 0) {
    rules.push(`-A PREROUTING${notManagement} -j FLOATING`)
    for (const { floating, fixed } of pairs) {
      rules.push(`-A FLOATING -d ${floating.text} -j DNAT --to-destination ${fixed.text}`)
    }
  }
  if (family === 4) {
    for (const network of model.networks.filter(isTenantNetwork)) {
      const listener = lowestAddress(network, 4)
      if (!listener) continue
      rules.push(
        `-A PREROUTING -i ${network.device} -d ${METADATA_ADDRESS} -p tcp -m tcp --dport 80 ` +
          `-j DNAT --to-destination ${listener.text}:${metadataPort(network)}`,
      )
    }
  }
  rules.push(...vpnNatRules(model, ipsec))
  if (external) {
    // The source of a machine that has a floating IP, outwards and in a hairpin; the first pair of a fixed address counts.
    const seen = new Set<string>()
    for (const { floating, fixed } of pairs) {
      if (seen.has(fixed.text)) continue
      seen.add(fixed.text)
      rules.push(`-A PUBLIC -s ${fixed.text} -j SNAT --to-source ${floating.text}`)
    }
    if (own && family === 4 && model.snat) rules.push(`-A PUBLIC -j SNAT --to-source ${own.text}`)
    if (pairs.length > 0) {
      for (const cidr of internalNetworks(model, family)) {
        rules.push(`-A POSTROUTING -s ${cidr} ! -o ${external.device} -m conntrack --ctstate DNAT -j HAIRPIN`)
      }
      for (const { floating } of pairs) rules.push(`-A HAIRPIN -m conntrack --ctorigdst ${floating.text} -j PUBLIC`)
      if (own && (family === 6 || !model.snat))
        rules.push(`-A HAIRPIN -m conntrack --ctstate DNAT -j SNAT --to-source ${own.text}`)
    }
    rules.push(`-A POSTROUTING -o ${external.device} -j PUBLIC`)
  }
  return [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':FLOATING - [0:0]',
    ':HAIRPIN - [0:0]',
    ':PROVIDER - [0:0]',
    ':PUBLIC - [0:0]',
    ...rules,
    ...anchorNatRules(model, family),
    'COMMIT',
  ]
}
