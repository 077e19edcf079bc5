import type { ConfigAnswer } from '../../../contract/index.ts'
import { type Line, plainLine } from '../../line.ts'
import { shown } from '../../text.ts'

type Fields = Readonly<Record<string, unknown>>

// The configuration is shown as it was pushed, also one of an older or newer orchestrator: nothing about its shape is taken for granted.
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (value === undefined || value === null ? '-' : shown(String(value)))

function networkLines(network: Fields): Line[] {
  const port = fields(network.interface)
  const subnets = list(network.subnets).map(fields)
  const allocations = list(network.allocations).map(fields)
  return [
    [
      ['strong', text(network.network_type)],
      [null, `  ${text(network.name)}`],
      ['muted', `  ${text(network.network_id)}`],
    ],
    [
      ['muted', '  port      '],
      [null, `${text(port.ifname)}  ${list(port.addresses).map(text).join(' ')}`],
      ['muted', `  ${text(port.lladdr ?? port.mac_address ?? port.description)}`],
    ],
    ...subnets.map(
      (subnet): Line => [
        ['muted', '  subnet    '],
        [null, text(subnet.cidr)],
        ['muted', `  gateway ${text(subnet.gateway_ip)}  dhcp ${subnet.dhcp_enabled === true ? 'yes' : 'no'}`],
      ],
    ),
    ...allocations.map(
      (machine): Line => [
        ['muted', '  machine   '],
        [null, text(machine.hostname)],
        ['muted', `  ${text(machine.mac_address)}  ${Object.keys(fields(machine.ip_addresses)).map(shown).join(' ')}`],
      ],
    ),
    plainLine(''),
  ]
}

/** Networks and ports as they were last pushed to the appliance, and the floating IPs. */
export function networkTab(answer: ConfigAnswer | null): Line[] {
  if (answer === null) return [[['muted', 'Asking for the configuration …']]]
  if (answer.config === null) return [[['muted', 'Nothing was pushed yet: the instance has no networks.']]]
  const networks = list(answer.config.networks).map(fields)
  const floating = list(answer.config.floating_ips).map(fields)
  return [
    ...networks.flatMap(networkLines),
    ...(floating.length === 0 ? [] : [[['header', 'Floating IPs']] as Line]),
    ...floating.map(
      (ip): Line => [
        [null, `  ${text(ip.floating_ip)}`],
        ['muted', '  to '],
        [null, text(ip.fixed_ip)],
      ],
    ),
  ]
}
