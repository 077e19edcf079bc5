import {
  flagOr,
  isObject,
  type JsonObject,
  list,
  member,
  numberOrNull,
  ShapeError,
  text,
  textOr,
  texts,
} from '../http/shape.ts'
import type {
  FixedIp,
  NeutronAgent,
  NeutronFloatingIp,
  NeutronNetwork,
  NeutronPort,
  NeutronRouter,
  NeutronSubnet,
} from '../types.ts'

// Ids and what an object is about must be there. The rest may be hidden by a policy or missing in an older Neutron and has a default:
// names, statuses and owners '', lists empty, administrative state up, everything else false or null. Unknown fields are ignored.

/** Tenant of an object; today's name is project_id. Ports of a router's gateway have '' for it. */
export const tenantOf = (source: JsonObject): string =>
  textOr(source, 'tenant_id', null) ?? textOr(source, 'project_id', '')

const readFixedIp = (source: JsonObject): FixedIp => ({
  subnet_id: text(source, 'subnet_id'),
  ip_address: text(source, 'ip_address'),
})

const readRoute = (source: JsonObject): { destination: string; nexthop: string } => ({
  destination: text(source, 'destination'),
  nexthop: text(source, 'nexthop'),
})

/** Reads a network. */
export function readNetwork(source: JsonObject): NeutronNetwork {
  return {
    id: text(source, 'id'),
    name: textOr(source, 'name', ''),
    tenant_id: tenantOf(source),
    mtu: numberOrNull(source, 'mtu'),
    status: textOr(source, 'status', ''),
    admin_state_up: flagOr(source, 'admin_state_up', true),
    'router:external': flagOr(source, 'router:external', false),
    shared: flagOr(source, 'shared', false),
    subnets: texts(source, 'subnets'),
  }
}

/** Reads a subnet. */
export function readSubnet(source: JsonObject): NeutronSubnet {
  const version = source.ip_version
  if (version !== 4 && version !== 6) throw new ShapeError('ip_version', '4 or 6')
  return {
    id: text(source, 'id'),
    name: textOr(source, 'name', ''),
    tenant_id: tenantOf(source),
    network_id: text(source, 'network_id'),
    ip_version: version,
    cidr: text(source, 'cidr'),
    gateway_ip: textOr(source, 'gateway_ip', null),
    enable_dhcp: flagOr(source, 'enable_dhcp', true),
    dns_nameservers: texts(source, 'dns_nameservers'),
    host_routes: list(source, 'host_routes', readRoute),
    ipv6_ra_mode: textOr(source, 'ipv6_ra_mode', null),
    ipv6_address_mode: textOr(source, 'ipv6_address_mode', null),
  }
}

/** Reads a port. */
export function readPort(source: JsonObject): NeutronPort {
  return {
    id: text(source, 'id'),
    name: textOr(source, 'name', ''),
    tenant_id: tenantOf(source),
    network_id: text(source, 'network_id'),
    mac_address: text(source, 'mac_address'),
    device_id: textOr(source, 'device_id', ''),
    device_owner: textOr(source, 'device_owner', ''),
    admin_state_up: flagOr(source, 'admin_state_up', true),
    status: textOr(source, 'status', ''),
    fixed_ips: list(source, 'fixed_ips', readFixedIp),
    ip_allocation: textOr(source, 'ip_allocation', null),
  }
}

/** Reads a router. */
export function readRouter(source: JsonObject): NeutronRouter {
  return {
    id: text(source, 'id'),
    name: textOr(source, 'name', ''),
    tenant_id: tenantOf(source),
    status: textOr(source, 'status', ''),
    admin_state_up: flagOr(source, 'admin_state_up', true),
    ha: flagOr(source, 'ha', false),
    routes: list(source, 'routes', readRoute),
    external_gateway_info: readGateway(source),
  }
}

/** Neutron clears a gateway with null, older ones with an empty object. */
function readGateway(source: JsonObject): NeutronRouter['external_gateway_info'] {
  const info = source.external_gateway_info
  if (info === undefined || info === null || (isObject(info) && Object.keys(info).length === 0)) return null
  return member(source, 'external_gateway_info', (gateway) => ({
    network_id: text(gateway, 'network_id'),
    ...(typeof gateway.enable_snat === 'boolean' ? { enable_snat: gateway.enable_snat } : {}),
    ...(gateway.external_fixed_ips === undefined
      ? {}
      : { external_fixed_ips: list(gateway, 'external_fixed_ips', readFixedIp) }),
  }))
}

/** Reads a floating IP. */
export function readFloatingIp(source: JsonObject): NeutronFloatingIp {
  return {
    id: text(source, 'id'),
    tenant_id: tenantOf(source),
    floating_ip_address: text(source, 'floating_ip_address'),
    fixed_ip_address: textOr(source, 'fixed_ip_address', null),
    floating_network_id: text(source, 'floating_network_id'),
    port_id: textOr(source, 'port_id', null),
    router_id: textOr(source, 'router_id', null),
    status: textOr(source, 'status', ''),
  }
}

/** Reads an agent. */
export function readAgent(source: JsonObject): NeutronAgent {
  return {
    id: text(source, 'id'),
    host: text(source, 'host'),
    agent_type: text(source, 'agent_type'),
    admin_state_up: flagOr(source, 'admin_state_up', true),
    alive: flagOr(source, 'alive', true),
  }
}
