import type { Model } from '../../model/index.ts'
import type { Family } from '../../net/ip.ts'
import { type FirewallOptions, filterTable } from './filter.ts'
import { natTable } from './nat.ts'

export type { FirewallOptions } from './filter.ts'

/** Every packet to a DHCP client gets its checksum: some guests look at it although it never crossed a wire. */
const MANGLE = [
  '*mangle',
  ':PREROUTING ACCEPT [0:0]',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':POSTROUTING ACCEPT [0:0]',
  '-A POSTROUTING -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill',
  'COMMIT',
]

const RAW = ['*raw', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', 'COMMIT']

/** The whole ruleset of one family, for one atomic `iptables-restore`. It replaces all four tables. */
export function renderFirewall(model: Model, family: Family, options: FirewallOptions): string {
  const mangle = family === 4 ? MANGLE : MANGLE.filter((line) => !line.startsWith('-A'))
  return `${[...RAW, ...mangle, ...natTable(model, family), ...filterTable(model, family, options)].join('\n')}\n`
}
