import type { Model } from '../../model/index.ts'
import { type Family, isLinkLocal } from '../../net/ip.ts'
import { type FirewallOptions, filterTable } from './filter.ts'
import { natTable } from './nat.ts'
import { vpnMangleRules } from './vpn.ts'

export type { FirewallOptions } from './filter.ts'

/** Every packet to a DHCP client gets its checksum: some guests look at it although it never crossed a wire. */
const CHECKSUM = '-A POSTROUTING -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill'

const mangle = (model: Model, family: Family): string[] => [
  '*mangle',
  ':PREROUTING ACCEPT [0:0]',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':POSTROUTING ACCEPT [0:0]',
  ...vpnMangleRules(model, family),
  ...(family === 4 ? [CHECKSUM] : []),
  'COMMIT',
]

/**
 * Whoever comes in elsewhere and claims to be of the management network is not: every answer, an error message of the kernel included,
 * would go there.
 */
function raw({ management }: Model, family: Family): string[] {
  const networks = (management?.addresses ?? []).filter(({ ip }) => ip.family === family && !isLinkLocal(ip))
  const claims = [...new Set(networks.map(({ network }) => network.text))]
  return [
    '*raw',
    ':PREROUTING ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...(claims.length > 0 ? ['-A PREROUTING -i lo -j ACCEPT'] : []),
    ...claims.map((claim) => `-A PREROUTING ! -i ${management?.device} -s ${claim} -j DROP`),
    'COMMIT',
  ]
}

/** The whole ruleset of one family, for one atomic `iptables-restore`. It replaces all four tables. */
export function renderFirewall(model: Model, family: Family, options: FirewallOptions): string {
  const tables = [
    ...raw(model, family),
    ...mangle(model, family),
    ...natTable(model, family, options.ipsec),
    ...filterTable(model, family, options),
  ]
  return `${tables.join('\n')}\n`
}
