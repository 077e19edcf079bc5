import type { Configuration, ConfiguredVpnService, Problem } from '../body/index.ts'
import { type Cidr, contains, type Ip, isHostAddress, overlaps } from '../net/ip.ts'
import type { Management, Network, Tunnel } from './types.ts'
import { childProposal, ikeProposal } from './vpn-algorithms.ts'

type Connection = ConfiguredVpnService['ipsec_connections'][number]

interface Surroundings {
  readonly networks: readonly Network[]
  readonly external: Network | undefined
  /** What no tunnel may take away: the management network and the orchestrator. */
  readonly reserved: readonly Cidr[]
  readonly orchestrator: Ip
}

/** A tunnel, or why there is none. */
type Bound = Tunnel | { readonly why: string }

const unique = (cidrs: readonly Cidr[]): Cidr[] => [...new Map(cidrs.map((cidr) => [cidr.text, cidr])).values()]

/** Networks on our side. Ids are those of routed tenant networks: a tenant must not get at the others by naming their subnets. */
function localNetworks(
  { local_ep_group: group }: Connection,
  service: ConfiguredVpnService,
  networks: readonly Network[],
) {
  if (group?.type === 'cidr') return unique(group.endpoints)
  const ids = new Set<string>(group ? group.endpoints : service.subnet_id === null ? [] : [service.subnet_id])
  const subnets = networks.filter(({ type }) => type === 'internal').flatMap((network) => network.subnets)
  return unique(subnets.filter(({ id }) => ids.has(id)).map(({ cidr }) => cidr))
}

/** Networks on the other side: of the group, or as connections without groups name them. */
const peerNetworks = ({ peer_ep_group: group, peer_cidrs }: Connection): Cidr[] =>
  unique(group?.type === 'cidr' && group.endpoints.length > 0 ? group.endpoints : peer_cidrs)

/** Pairs of one family. IKEv1 negotiates one pair at a time, IKEv2 all of a family at once. */
function selectorsOf(version: 1 | 2, local: readonly Cidr[], remote: readonly Cidr[]): Tunnel['selectors'] {
  return ([4, 6] as const).flatMap((family) => {
    const ours = local.filter((cidr) => cidr.address.family === family)
    const theirs = remote.filter((cidr) => cidr.address.family === family)
    if (ours.length === 0 || theirs.length === 0) return []
    if (version === 2) return [{ local: ours, remote: theirs }]
    return ours.flatMap((one) => theirs.map((other) => ({ local: [one], remote: [other] })))
  })
}

/** Tenants choose both sides: neither may reach for what is not theirs. */
function conflict(local: readonly Cidr[], remote: readonly Cidr[], around: Surroundings): string | null {
  for (const cidr of [...local, ...remote]) {
    if (contains(cidr, around.orchestrator) || around.reserved.some((other) => overlaps(other, cidr))) {
      return `${cidr.text} overlaps the management network`
    }
  }
  for (const cidr of remote) {
    const connected = around.networks.find(({ addresses }) => addresses.some(({ network }) => overlaps(network, cidr)))
    if (connected) return `${cidr.text} overlaps a network of this router`
  }
  return null
}

/** Our end's address, of the peer's family and really ours. */
function localAddress(service: ConfiguredVpnService, peer: Ip, external: Network | undefined): Ip | null {
  const named = peer.family === 6 ? service.external_v6_ip : service.external_v4_ip
  return external?.addresses.find(({ ip }) => ip.text === named?.text)?.ip ?? null
}

const DPD: Readonly<Record<string, 'clear' | 'trap' | 'restart'>> = {
  clear: 'clear',
  hold: 'trap',
  restart: 'restart',
  'restart-by-peer': 'restart',
}

function dpdOf({ dpd, initiator }: Connection): Tunnel['dpd'] {
  const action = DPD[dpd.action]
  if (action === undefined) return null
  // Whoever only answers does not begin again either.
  const allowed = initiator === 'response-only' ? 'clear' : action
  return { action: allowed, interval: dpd.interval, timeout: dpd.timeout }
}

function bind(connection: Connection, service: ConfiguredVpnService, around: Surroundings): Bound {
  const { ikepolicy, ipsecpolicy, peer_address: remote } = connection
  const local = localAddress(service, remote, around.external)
  if (!local) return { why: `the router has no external address to reach ${remote.text} from` }
  if (!isHostAddress(remote) || around.networks.some((n) => n.addresses.some(({ ip }) => ip.text === remote.text)))
    return { why: `${remote.text} cannot be a peer` }
  if (around.reserved.some((cidr) => contains(cidr, remote))) return { why: 'its peer is in the management network' }
  const ike = ikeProposal(ikepolicy)
  const child = childProposal(ipsecpolicy)
  if ('unknown' in ike) return { why: `${ike.unknown} is not offered for IKE` }
  if ('unknown' in child) return { why: `${child.unknown} is not offered for IPsec` }
  const ours = localNetworks(connection, service, around.networks)
  const theirs = peerNetworks(connection)
  const why = conflict(ours, theirs, around)
  if (why !== null) return { why }
  const version = ikepolicy.ike_version === 'v1' ? 1 : 2
  // It shows everybody who asks a hash of the key to guess at.
  if (version === 1 && ikepolicy.phase1_negotiation_mode === 'aggressive')
    return { why: 'aggressive mode is not offered' }
  const selectors = selectorsOf(version, ours, theirs)
  if (selectors.length === 0) return { why: 'its ends have no networks of one family' }
  return {
    id: connection.id,
    version,
    local,
    remote,
    remoteId: connection.peer_id,
    psk: connection.psk,
    ike: ike.text,
    child: child.text,
    ikeSeconds: ikepolicy.lifetime.units === 'seconds' ? ikepolicy.lifetime.value : null,
    life: { unit: ipsecpolicy.lifetime.units, value: ipsecpolicy.lifetime.value },
    protocol: ipsecpolicy.transform_protocol === 'ah' ? 'ah' : 'esp',
    mode: ipsecpolicy.encapsulation_mode,
    initiates: connection.initiator === 'bi-directional',
    dpd: dpdOf(connection),
    mtu: connection.mtu,
    selectors,
  }
}

/**
 * The IPsec connections that can be set up here. One that cannot is left out with a warning: what it contradicts – subnets,
 * gateways – is changed by others at other times, and must not stop the whole router.
 */
export function bindTunnels(
  config: Configuration,
  networks: readonly Network[],
  management: Management | null,
  orchestrator: Ip,
  problems: Problem[],
  warnings: string[],
): Tunnel[] {
  const seen = new Set<string>()
  const around: Surroundings = {
    networks,
    external: networks.find(({ type }) => type === 'external'),
    reserved: [
      ...(management?.addresses ?? []),
      ...networks.filter(({ type }) => type === 'management').flatMap(({ addresses }) => addresses),
    ].map(({ network }) => network),
    orchestrator,
  }
  return config.vpn.flatMap((service, s) =>
    service.ipsec_connections.flatMap((connection, c) => {
      if (seen.has(connection.id)) {
        problems.push({
          path: `vpn.ipsec[${s}].ipsec_connections[${c}].id`,
          message: `${connection.id} is given twice`,
        })
      }
      seen.add(connection.id)
      if (!service.admin_state_up || !connection.admin_state_up) return []
      const bound = bind(connection, service, around)
      if (!('why' in bound)) return [bound]
      warnings.push(`VPN connection ${connection.id} is not set up: ${bound.why}`)
      return []
    }),
  )
}
