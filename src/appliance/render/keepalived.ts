import { createHash } from 'node:crypto'
import { isTenantNetwork, type Model, type Network } from '../model/index.ts'

/** The advertised address: it stands on loopback of whichever node is master, and tells the agent which one that is. */
export const MASTER_MARK = { 4: '169.254.122.122/32', 6: 'fe80::a57a:7a/128' } as const

/** The link-local address of a tenant network that belongs to whichever node is master: machines keep their default router. */
export function haLinkLocal(network: Network): string {
  const digest = createHash('sha256').update(network.id).digest('hex')
  return `fe80::a57a:${digest.slice(0, 4)}:${digest.slice(4, 8)}:${digest.slice(8, 12)}`.replace(
    /:0+(?=[0-9a-f])/g,
    ':',
  )
}

/** An address of the pair, `address/prefix dev device`. */
export interface VirtualAddress {
  readonly device: string
  readonly address: string
}

/** Addresses that move with mastership: every one that is not management. */
export function virtualAddresses(model: Model): VirtualAddress[] {
  const own = model.networks
    .filter((network) => network.type !== 'management')
    .flatMap((network) => [
      ...network.addresses.map((address) => ({ device: network.device, address: address.text })),
      ...(isTenantNetwork(network) && network.addresses.some((address) => address.ip.family === 6)
        ? [{ device: network.device, address: `${haLinkLocal(network)}/64` }]
        : []),
    ])
  const { external } = model
  if (!external) return own
  return [
    ...own,
    ...model.floatingIps.map(({ floating }) => ({
      device: external.device,
      address: `${floating.text}/${floating.family === 4 ? 32 : 128}`,
    })),
  ]
}

function virtualRoutes(model: Model): string[] {
  const { external } = model
  const defaults = external
    ? model.defaultGateways.map(({ gateway, onlink }) => {
        const destination = gateway.family === 4 ? '0.0.0.0/0' : '::/0'
        return `${destination} via ${gateway.text} dev ${external.device}${onlink ? ' onlink' : ''}`
      })
    : []
  return [
    ...defaults,
    ...model.routes.map((route) => `${route.destination.text} via ${route.nexthop.text} dev ${route.device}`),
  ]
}

const section = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`  ${name} {`, ...lines.map((line) => `    ${line}`), '  }']

/**
 * One VRRP instance over the management network for the whole appliance, so that everything moves together. It is unicast, and the
 * advertised address is one on loopback that is the same on both nodes: a family other than the peers' would be refused, and
 * the lists of a pair in the middle of a change may differ. The first node of a pair has nobody to talk to; it must not fall
 * back to multicast, where it would take another tenant's router for its peer, so it talks to the discard prefix.
 */
export function renderKeepalived(model: Model): string | null {
  const { ha, management } = model
  if (!ha || !management) return null
  const family = ha.source.family
  const nobody = family === 6 ? '100::1' : '192.0.2.1'
  const peers = ha.peers.length > 0 ? ha.peers.map((peer) => peer.text) : [nobody]
  const tracked = model.networks.filter((network) => network.type !== 'management').map((network) => network.device)
  return `${[
    'global_defs {',
    '  vrrp_version 3',
    '  script_user root',
    '  enable_script_security',
    // A busy machine must not look like a dead one: advertisements go out in time, or the other takes over.
    '  vrrp_priority -20',
    '}',
    'vrrp_instance astara {',
    '  state BACKUP',
    `  interface ${management.device}`,
    '  virtual_router_id 1',
    `  priority ${ha.priority}`,
    // Three missed advertisements and a skew of at most one: the other takes over within a second.
    '  advert_int 0.25',
    '  garp_master_delay 1',
    `  unicast_src_ip ${ha.source.text}`,
    ...section('unicast_peer', peers),
    ...section('virtual_ipaddress', [`${MASTER_MARK[family]} dev lo`]),
    ...section(
      'virtual_ipaddress_excluded',
      virtualAddresses(model).map(({ address, device }) => `${address} dev ${device}`),
    ),
    ...section('virtual_routes', virtualRoutes(model)),
    ...section('track_interface', tracked),
    '}',
  ].join('\n')}\n`
}
