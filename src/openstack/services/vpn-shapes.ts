import { flagOr, type JsonObject, member, number, text, textOr, texts } from '../http/shape.ts'
import type {
  NeutronEndpointGroup,
  NeutronIkePolicy,
  NeutronIpsecConnection,
  NeutronIpsecPolicy,
  NeutronVpnService,
} from '../types.ts'
import { tenantOf } from './neutron-shapes.ts'

/** Reads a VPN service. */
export const readVpnService = (source: JsonObject): NeutronVpnService => ({
  id: text(source, 'id'),
  name: textOr(source, 'name', ''),
  status: textOr(source, 'status', ''),
  admin_state_up: flagOr(source, 'admin_state_up', true),
  external_v4_ip: textOr(source, 'external_v4_ip', null),
  external_v6_ip: textOr(source, 'external_v6_ip', null),
  router_id: text(source, 'router_id'),
  subnet_id: textOr(source, 'subnet_id', null),
})

/** Reads an IPsec site connection. */
export const readConnection = (source: JsonObject): NeutronIpsecConnection => ({
  id: text(source, 'id'),
  tenant_id: tenantOf(source),
  name: textOr(source, 'name', ''),
  vpnservice_id: text(source, 'vpnservice_id'),
  admin_state_up: flagOr(source, 'admin_state_up', true),
  status: textOr(source, 'status', ''),
  peer_address: text(source, 'peer_address'),
  peer_id: text(source, 'peer_id'),
  peer_cidrs: texts(source, 'peer_cidrs'),
  route_mode: textOr(source, 'route_mode', 'static'),
  mtu: number(source, 'mtu'),
  initiator: text(source, 'initiator'),
  auth_mode: textOr(source, 'auth_mode', 'psk'),
  psk: textOr(source, 'psk', ''),
  dpd: member(source, 'dpd', (dpd) => ({
    action: text(dpd, 'action'),
    interval: number(dpd, 'interval'),
    timeout: number(dpd, 'timeout'),
  })),
  ikepolicy_id: text(source, 'ikepolicy_id'),
  ipsecpolicy_id: text(source, 'ipsecpolicy_id'),
  local_ep_group_id: textOr(source, 'local_ep_group_id', null),
  peer_ep_group_id: textOr(source, 'peer_ep_group_id', null),
})

const readLifetime = (source: JsonObject): NeutronIkePolicy['lifetime'] => ({
  units: text(source, 'units'),
  value: number(source, 'value'),
})

/** What both kinds of policy have. */
const readPolicy = (source: JsonObject) => ({
  id: text(source, 'id'),
  tenant_id: tenantOf(source),
  name: textOr(source, 'name', ''),
  auth_algorithm: text(source, 'auth_algorithm'),
  encryption_algorithm: text(source, 'encryption_algorithm'),
  pfs: text(source, 'pfs'),
  lifetime: member(source, 'lifetime', readLifetime),
})

/** Reads an IKE policy. */
export const readIkePolicy = (source: JsonObject): NeutronIkePolicy => ({
  ...readPolicy(source),
  ike_version: text(source, 'ike_version'),
  phase1_negotiation_mode: text(source, 'phase1_negotiation_mode'),
})

/** Reads an IPsec policy. */
export const readIpsecPolicy = (source: JsonObject): NeutronIpsecPolicy => ({
  ...readPolicy(source),
  transform_protocol: text(source, 'transform_protocol'),
  encapsulation_mode: text(source, 'encapsulation_mode'),
})

/** Reads an endpoint group. */
export const readEndpointGroup = (source: JsonObject): NeutronEndpointGroup => ({
  id: text(source, 'id'),
  tenant_id: tenantOf(source),
  name: textOr(source, 'name', ''),
  type: text(source, 'type'),
  endpoints: texts(source, 'endpoints'),
})
