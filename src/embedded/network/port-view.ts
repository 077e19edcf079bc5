import type { Caller } from '../identity/caller.ts'
import type { Port } from './model.ts'
import { standardView } from './standard-view.ts'

/** A port as an administrator sees it. */
export function viewPort(port: Port): Record<string, unknown> {
  return {
    id: port.id,
    name: port.name,
    network_id: port.networkId,
    mac_address: port.macAddress,
    admin_state_up: port.adminStateUp,
    status: port.status,
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips: port.fixedIps,
    allowed_address_pairs: port.allowedAddressPairs,
    extra_dhcp_opts: port.extraDhcpOpts,
    security_groups: port.securityGroups,
    'binding:vnic_type': port.vnicType,
    'binding:profile': port.bindingProfile,
    'binding:host_id': port.hostId,
    'binding:vif_type': port.vifType,
    'binding:vif_details': port.vifDetails,
    port_security_enabled: port.portSecurity,
    ...(port.ipAllocation === null ? {} : { ip_allocation: port.ipAllocation }),
    ...standardView(port),
  }
}

const ADMIN_FIELDS = ['binding:profile', 'binding:host_id', 'binding:vif_type', 'binding:vif_details'] as const

/** A port as the caller sees it: tenants do not see where it is bound. */
export function viewPortFor(port: Port, caller: Caller): Record<string, unknown> {
  const view = viewPort(port)
  if (!caller.isAdmin) for (const field of ADMIN_FIELDS) delete view[field]
  return view
}
