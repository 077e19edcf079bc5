import type {
  EndpointGroup,
  IkePolicy,
  IpsecConnection,
  IpsecPolicy,
  VpnConfig,
  VpnService,
} from '../../../contract/index.ts'

/** Neutron's VPN documents of one router, as its API gives them. */
export interface VpnDocuments {
  readonly services: readonly Omit<VpnService, 'ipsec_connections'>[]
  readonly connections: readonly (Omit<
    IpsecConnection,
    'ikepolicy' | 'ipsecpolicy' | 'local_ep_group' | 'peer_ep_group'
  > & {
    readonly ikepolicy_id: string
    readonly ipsecpolicy_id: string
    readonly local_ep_group_id: string
    readonly peer_ep_group_id: string
  })[]
  readonly ikePolicies: ReadonlyMap<string, IkePolicy>
  readonly ipsecPolicies: ReadonlyMap<string, IpsecPolicy>
  readonly endpointGroups: ReadonlyMap<string, EndpointGroup>
}

/** Where VPN documents come from. */
export interface VpnSource {
  documentsOf(routerId: string, options?: { readonly signal?: AbortSignal }): Promise<VpnDocuments>
}

/** The `vpn` part of a configuration. A connection that lacks one of its policies or groups is left out: it could not work. */
export function buildVpn(documents: VpnDocuments): VpnConfig {
  if (documents.services.length === 0) return {}
  return {
    ipsec: documents.services.map((service) => ({
      ...service,
      ipsec_connections: documents.connections
        .filter((connection) => connection.vpnservice_id === service.id)
        .flatMap((connection) => resolve(connection, documents)),
    })),
  }
}

function resolve(connection: VpnDocuments['connections'][number], documents: VpnDocuments): IpsecConnection[] {
  const { ikepolicy_id, ipsecpolicy_id, local_ep_group_id, peer_ep_group_id, ...rest } = connection
  const ikepolicy = documents.ikePolicies.get(ikepolicy_id)
  const ipsecpolicy = documents.ipsecPolicies.get(ipsecpolicy_id)
  const local_ep_group = documents.endpointGroups.get(local_ep_group_id)
  const peer_ep_group = documents.endpointGroups.get(peer_ep_group_id)
  if (!ikepolicy || !ipsecpolicy || !local_ep_group || !peer_ep_group) return []
  return [{ ...rest, ikepolicy, ipsecpolicy, local_ep_group, peer_ep_group }]
}
