import { IpsecConnection, type VpnConfig, VpnService } from '../../../contract/index.ts'
import type {
  NeutronEndpointGroup,
  NeutronIkePolicy,
  NeutronIpsecConnection,
  NeutronIpsecPolicy,
  NeutronVpnService,
} from '../../../openstack/index.ts'

/** Neutron's VPN documents of one router, as its API gives them. */
export interface VpnDocuments {
  readonly services: readonly NeutronVpnService[]
  /** Of those services. */
  readonly connections: readonly NeutronIpsecConnection[]
  readonly ikePolicies: ReadonlyMap<string, NeutronIkePolicy>
  readonly ipsecPolicies: ReadonlyMap<string, NeutronIpsecPolicy>
  readonly endpointGroups: ReadonlyMap<string, NeutronEndpointGroup>
}

/** Where VPN documents come from. */
export interface VpnSource {
  /** Throws when Neutron could not tell all of it: a configuration without tunnels that exist would cut them. */
  documentsOf(routerId: string, options?: { readonly signal?: AbortSignal }): Promise<VpnDocuments>
}

/** What an appliance cannot be given, and why. Never a secret. */
export type LeftOut = (what: {
  readonly kind: 'service' | 'connection'
  readonly id: string
  readonly why: string
}) => void

/** The `vpn` part of a configuration. What no appliance could carry out is left out and told to `leftOut`. */
export function buildVpn(documents: VpnDocuments, leftOut: LeftOut = () => {}): VpnConfig {
  const ipsec = documents.services.flatMap((service) => {
    const connections = documents.connections
      .filter((connection) => connection.vpnservice_id === service.id)
      .flatMap((connection) => resolve(connection, service, documents, leftOut))
    const parsed = VpnService.safeParse({ ...service, ipsec_connections: connections })
    if (parsed.success) return [parsed.data]
    leftOut({ kind: 'service', id: service.id, why: whyOf(parsed.error) })
    return []
  })
  return ipsec.length === 0 ? {} : { ipsec }
}

function resolve(
  connection: NeutronIpsecConnection,
  service: NeutronVpnService,
  documents: VpnDocuments,
  leftOut: LeftOut,
): IpsecConnection[] {
  const { ikepolicy_id, ipsecpolicy_id, local_ep_group_id, peer_ep_group_id, ...rest } = connection
  const group = (id: string | null) => (id === null ? undefined : documents.endpointGroups.get(id))
  const parsed = IpsecConnection.safeParse({
    ...rest,
    ikepolicy: documents.ikePolicies.get(ikepolicy_id),
    ipsecpolicy: documents.ipsecPolicies.get(ipsecpolicy_id),
    local_ep_group: group(local_ep_group_id) ?? localGroup(connection, service),
    peer_ep_group: group(peer_ep_group_id) ?? peerGroup(connection),
  })
  if (parsed.success && parsed.data.psk !== '') return [parsed.data]
  leftOut({
    kind: 'connection',
    id: connection.id,
    why: parsed.success ? 'its psk is empty or hidden by a policy of Neutron' : whyOf(parsed.error),
  })
  return []
}

/** Connections made the old way name no groups: the near end is the service's subnet, the far end `peer_cidrs`. */
function localGroup(
  { local_ep_group_id, id, tenant_id }: NeutronIpsecConnection,
  { subnet_id }: NeutronVpnService,
): NeutronEndpointGroup | undefined {
  if (local_ep_group_id !== null || subnet_id === null) return undefined
  return { id: `${id}-local`, tenant_id, name: '', type: 'subnet', endpoints: [subnet_id] }
}

function peerGroup(connection: NeutronIpsecConnection): NeutronEndpointGroup | undefined {
  const { peer_ep_group_id, id, tenant_id, peer_cidrs } = connection
  if (peer_ep_group_id !== null || peer_cidrs.length === 0) return undefined
  return { id: `${id}-peer`, tenant_id, name: '', type: 'cidr', endpoints: [...peer_cidrs] }
}

/** Where it is wrong, not what stands there. */
function whyOf(error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] }): string {
  return `unusable: ${[...new Set(error.issues.map(({ path }) => path.map(String).join('.')))].join(', ')}`
}
