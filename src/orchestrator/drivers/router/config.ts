import type { ApplianceConfig, ApplianceNetwork, OrchestratorAddress } from '../../../contract/index.ts'
import { AstaraError } from '../../../shared/index.ts'
import type { ConfigInputs, ResourcePort } from '../driver.ts'
import { buildNetwork, defaultV4Gateway } from '../network-config.ts'
import type { RouterDetail } from './detail.ts'

/** Options that go into every router's configuration. */
export interface RouterConfigSettings {
  readonly asn: number
  readonly neighborAsn: number
  /** Traffic counters, from the provider rules file. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  readonly orchestrator: OrchestratorAddress
}

/**
 * The body pushed to one appliance of a router. A router that is administratively down is told of the management network alone, and so
 * closes everything else. Pure. Throws when the appliance has no interface on one of the router's networks.
 */
export function buildRouterConfig(
  detail: RouterDetail,
  inputs: ConfigInputs,
  settings: RouterConfigSettings,
): ApplianceConfig {
  const router = detail.isUp ? detail : withNothingToDo(detail)
  const { management, ha } = inputs
  const networks: ApplianceNetwork[] = [
    buildNetwork({
      ...common(management.networkId, inputs),
      networkId: management.networkId,
      type: 'management',
      fixedIps: management.fixedIps,
      ports: [],
    }),
  ]
  if (router.gateway) {
    const { networkId, fixedIps } = router.gateway
    networks.push(buildNetwork({ ...common(networkId, inputs), networkId, type: 'external', fixedIps, ports: [] }))
  }
  for (const [networkId, ports] of byNetwork(router.interfaces)) {
    networks.push(
      buildNetwork({
        ...common(networkId, inputs),
        networkId,
        type: 'internal',
        fixedIps: ports.flatMap((port) => port.fixedIps),
        ports: inputs.ports.get(networkId) ?? [],
      }),
    )
  }
  return {
    tenant_id: router.tenantId,
    hostname: `ak-${router.tenantId}`,
    asn: settings.asn,
    neighbor_asn: settings.neighborAsn,
    default_v4_gateway: router.gateway
      ? defaultV4Gateway(router.gateway.fixedIps, inputs.subnets.get(router.gateway.networkId) ?? [])
      : '',
    // Left out where the original would have said nothing else.
    ...(router.gateway && !router.isSnat ? { enable_snat: false as const } : {}),
    floating_ips: router.floatingIps.map(({ floatingIp, fixedIp }) => ({ floating_ip: floatingIp, fixed_ip: fixedIp })),
    // Left out when there are none: the original never sent any.
    ...(router.routes.length === 0
      ? {}
      : { static_routes: router.routes.map(({ destination, nexthop }): [string, string] => [destination, nexthop]) }),
    labels: Object.fromEntries(Object.entries(settings.labels).map(([name, cidrs]) => [name, [...cidrs]])),
    networks,
    orchestrator: settings.orchestrator,
    ha_resource: router.ha,
    ...(ha === null ? {} : { ha_config: ha }),
    vpn: (router.isUp ? inputs.vpn : null) ?? {},
  }
}

function withNothingToDo(router: RouterDetail): RouterDetail {
  return { ...router, gateway: null, interfaces: [], floatingIps: [], routes: [] }
}

function common(networkId: string, inputs: ConfigInputs) {
  const ifname = inputs.interfaces.get(networkId)
  if (ifname === undefined) {
    throw new AstaraError('failed', `The appliance has no interface on network ${networkId}`)
  }
  return { ifname, mtu: inputs.mtus.get(networkId) ?? null, subnets: inputs.subnets.get(networkId) ?? [] }
}

/** A router may have several ports on one network (one for each subnet): the appliance has one interface there, with all addresses. */
function byNetwork(ports: readonly ResourcePort[]): ReadonlyMap<string, readonly ResourcePort[]> {
  return Map.groupBy(ports, (port) => port.networkId)
}
