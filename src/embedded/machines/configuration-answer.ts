import type { ApplianceConfig } from '../../contract/index.ts'

/** What an appliance says is in force: its own selection of what was pushed (no subnets, no floating IPs). */
export function configurationAnswer(
  config: ApplianceConfig | null,
  interfaces: readonly Record<string, unknown>[],
): { configuration: Record<string, unknown> } {
  const router = {
    networks: (config?.networks ?? []).map((network) => ({
      network_id: network.network_id,
      interface: network.interface,
      name: network.name ?? '',
      network_type: network.network_type,
      v4_conf_service: network.v4_conf_service ?? 'static',
      v6_conf_service: network.v6_conf_service ?? 'static',
      address_allocations: network.allocations,
    })),
    address_book: {},
    anchors: [],
    static_routes: (config?.static_routes ?? []).map(([destination, nextHop]) => ({ destination, next_hop: nextHop })),
    vpn: [],
  }
  return {
    configuration: {
      ...router,
      services: {
        router: config?.asn === undefined ? null : router,
        loadbalancer: config?.services?.loadbalancer ?? null,
      },
      system: {
        tenant_id: config?.tenant_id ?? null,
        hostname: config?.hostname ?? null,
        management_address: null,
        interfaces,
      },
    },
  }
}
