import type { VpnClient } from '../../../openstack/index.ts'
import { AstaraError, type Clock } from '../../../shared/index.ts'
import type { VpnDocuments, VpnSource } from '../../drivers/index.ts'
import { Batcher, type BatchWindow } from './batcher.ts'

export interface VpnViewOptions {
  readonly vpn: VpnClient
  readonly clock: Clock
  readonly window?: Partial<BatchWindow>
}

const NOTHING: VpnDocuments = {
  services: [],
  connections: [],
  ikePolicies: new Map(),
  ipsecPolicies: new Map(),
  endpointGroups: new Map(),
}

/** VPN documents of many routers by few lists: one when none of them has a VPN, five when some do. */
export function createVpnView({ vpn, clock, window }: VpnViewOptions): VpnSource {
  const batcher = new Batcher<VpnDocuments>({
    clock,
    windowMs: 4,
    maxWaitMs: 250,
    ...window,
    fetch: (routerIds) => fetchDocuments(vpn, routerIds),
    absent: () => NOTHING,
  })
  return { documentsOf: (routerId, { signal } = {}) => batcher.load(routerId, signal) }
}

async function fetchDocuments(
  vpn: VpnClient,
  routerIds: readonly string[],
): Promise<ReadonlyMap<string, VpnDocuments | Error>> {
  const services = await vpn.listServices({ router_id: routerIds })
  if (services.length === 0) return new Map()
  const connections = await vpn.listConnections({ vpnservice_id: services.map(({ id }) => id) })
  const idsOf = (...names: ('ikepolicy_id' | 'ipsecpolicy_id' | 'local_ep_group_id' | 'peer_ep_group_id')[]) => [
    ...new Set(connections.flatMap((connection) => names.flatMap((name) => connection[name] ?? []))),
  ]
  const [ikePolicies, ipsecPolicies, endpointGroups] = await Promise.all([
    vpn.listIkePolicies({ id: idsOf('ikepolicy_id') }).then(byId),
    vpn.listIpsecPolicies({ id: idsOf('ipsecpolicy_id') }).then(byId),
    vpn.listEndpointGroups({ id: idsOf('local_ep_group_id', 'peer_ep_group_id') }).then(byId),
  ])
  const found = new Map<string, VpnDocuments | Error>()
  for (const [routerId, own] of Map.groupBy(services, (service) => service.router_id)) {
    const ownIds = new Set(own.map(({ id }) => id))
    const documents: VpnDocuments = {
      services: own,
      connections: connections.filter((connection) => ownIds.has(connection.vpnservice_id)),
      ikePolicies,
      ipsecPolicies,
      endpointGroups,
    }
    found.set(routerId, contradiction(documents) ?? documents)
  }
  return found
}

/** Neutron keeps what a connection names: a list without it is not the whole list. */
function contradiction({ connections, ...known }: VpnDocuments): Error | null {
  for (const connection of connections) {
    const missing =
      (!known.ikePolicies.has(connection.ikepolicy_id) && `IKE policy ${connection.ikepolicy_id}`) ||
      (!known.ipsecPolicies.has(connection.ipsecpolicy_id) && `IPsec policy ${connection.ipsecpolicy_id}`) ||
      [connection.local_ep_group_id, connection.peer_ep_group_id]
        .filter((id) => id !== null && !known.endpointGroups.has(id))
        .map((id) => `endpoint group ${id}`)[0]
    if (missing) {
      return new AstaraError(
        'unavailable',
        `Neutron's lists lack ${missing}, which VPN connection ${connection.id} names`,
      )
    }
  }
  return null
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]))
}
