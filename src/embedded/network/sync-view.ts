import { viewFloatingIp } from './floating-ips.ts'
import type { FloatingIp, Port, Router } from './model.ts'
import type { Net } from './net.ts'
import { viewPort } from './port-view.ts'
import { interfacesOf } from './router-interfaces.ts'
import { viewRouter } from './routers.ts'

const NO_SCOPES = { '4': null, '6': null }

/** A port as `sync_routers` hands it to the agent: prefix lengths, subnets and MTU filled in. */
function syncPort(net: Net, port: Port): Record<string, unknown> {
  const { state } = net
  const network = state.networks.get(port.networkId)
  const holds = new Set(port.fixedIps.map((ip) => ip.subnet_id))
  const brief = (id: string): Record<string, unknown>[] => {
    const subnet = state.subnets.get(id)
    if (!subnet) return []
    return [
      {
        id: subnet.id,
        cidr: subnet.cidr,
        gateway_ip: subnet.gatewayIp,
        dns_nameservers: subnet.dnsNameservers,
        ipv6_ra_mode: subnet.ipv6RaMode,
        subnetpool_id: null,
      },
    ]
  }
  return {
    ...viewPort(port),
    standard_attr_id: port.standardAttrId,
    fixed_ips: port.fixedIps.map((ip) => ({ ...ip, prefixlen: state.ipam.cidr(ip.subnet_id).prefix })),
    subnets: [...holds].flatMap(brief),
    extra_subnets: (network?.subnetIds ?? []).filter((id) => !holds.has(id)).flatMap(brief),
    address_scopes: NO_SCOPES,
    mtu: network?.mtu ?? 1500,
  }
}

function syncFloatingIp(net: Net, fip: FloatingIp): Record<string, unknown> {
  return {
    ...viewFloatingIp(net, fip),
    standard_attr_id: fip.standardAttrId,
    qos_policy_id: null,
    qos_network_policy_id: null,
    dns_domain: '',
    dns_name: '',
    fixed_ip_address_scope: null,
  }
}

/** One router as `sync_routers` describes it. */
export function syncRouter(net: Net, router: Router): Record<string, unknown> {
  const { state } = net
  const gatewayPort = router.gatewayPortId === null ? undefined : state.ports.get(router.gatewayPortId)
  const gateway = gatewayPort
    ? { gw_port: syncPort(net, gatewayPort), enable_snat: router.enableSnat, gw_port_host: gatewayPort.hostId }
    : { gw_port_host: null }
  const floatingIps = state.floatingIps.by('router_id', router.id)
  const interfaces = interfacesOf(net, router)
  return {
    ...viewRouter(net, router),
    gw_port_id: router.gatewayPortId,
    ha_vr_id: 0,
    ...gateway,
    ...(floatingIps.length > 0 ? { _floatingips: floatingIps.map((fip) => syncFloatingIp(net, fip)) } : {}),
    ...(interfaces.length > 0 ? { _interfaces: interfaces.map((port) => syncPort(net, port)) } : {}),
  }
}
