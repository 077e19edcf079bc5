import type { Caller } from '../identity/caller.ts'
import { badRouterRequest, conflict, notFound } from './errors.ts'
import type { Router } from './model.ts'
import type { Net } from './net.ts'
import { createPort, deletePort, updatePort } from './ports.ts'

/** What `external_gateway_info` may say; null or {} takes the gateway away. */
export interface GatewayRequest {
  readonly network_id?: string | null | undefined
  readonly enable_snat?: boolean | undefined
  readonly external_fixed_ips?:
    | readonly { subnet_id?: string | undefined; ip_address?: string | undefined }[]
    | undefined
}

/** A router's gateway as its answers show it. */
export function viewGateway(net: Net, router: Router): Record<string, unknown> | null {
  const port = router.gatewayPortId === null ? undefined : net.state.ports.get(router.gatewayPortId)
  if (!port) return null
  return {
    network_id: port.networkId,
    external_fixed_ips: port.fixedIps.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address })),
    enable_snat: router.enableSnat,
  }
}

/** Takes the gateway away, unless floating IPs need it. */
export function clearGateway(net: Net, router: Router, options: { readonly force?: boolean } = {}): void {
  const { state } = net
  if (router.gatewayPortId === null) return
  if (!options.force && state.floatingIps.countBy('router_id', router.id) > 0) {
    throw conflict(
      'RouterExternalGatewayInUseByFloatingIp',
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${router.gatewayNetworkId} is required by one or more floating IPs.`,
    )
  }
  const port = state.ports.get(router.gatewayPortId)
  router.gatewayPortId = null
  router.gatewayNetworkId = null
  if (port) deletePort(net, port)
}

/** Gives the router the gateway asked for. */
export function setGateway(net: Net, router: Router, request: GatewayRequest | null, caller: Caller): void {
  const { state } = net
  const wanted = request?.network_id
  if (!wanted) {
    clearGateway(net, router)
    return
  }
  // Written before the rest is looked at: it stays so when the rest is refused.
  router.enableSnat = request.enable_snat ?? true
  const network = state.networks.get(wanted)
  if (!network) throw notFound('network', wanted)
  if (!network.external) throw badRouterRequest(`Network ${wanted} is not an external network`)
  const asked = request.external_fixed_ips?.filter((ip) => ip.subnet_id !== undefined || ip.ip_address !== undefined)
  const current = router.gatewayPortId === null ? undefined : state.ports.get(router.gatewayPortId)
  if (current && current.networkId === wanted) {
    const isSame =
      !asked?.length ||
      asked.every((one) =>
        current.fixedIps.some(
          (ip) =>
            (one.ip_address ?? ip.ip_address) === ip.ip_address && (one.subnet_id ?? ip.subnet_id) === ip.subnet_id,
        ),
      )
    if (!isSame) updatePort(net, current, { fixed_ips: asked?.map((ip) => ({ ...ip })) ?? [] })
    return
  }
  clearGateway(net, router)
  const system: Caller = { ...caller, isAdmin: true, projectId: '' }
  const port = createPort(
    net,
    {
      network_id: wanted,
      device_owner: 'network:router_gateway',
      device_id: router.id,
      project_id: '',
      ...(asked?.length ? { fixed_ips: asked.map((ip) => ({ ...ip })) } : {}),
    },
    system,
  )
  router.gatewayPortId = port.id
  router.gatewayNetworkId = wanted
}
