import type { Net } from '../network/net.ts'
import { createNetwork } from '../network/networks.ts'
import { unlimited } from '../network/quotas.ts'
import { addInterfaceBySubnet } from '../network/router-interfaces.ts'
import { createRouter } from '../network/routers.ts'
import { createSubnet } from '../network/subnets.ts'
import type { Accounts } from './accounts.ts'
import { seedCaller } from './accounts.ts'

/** A router the cloud began with. */
export interface SeededRouter {
  readonly id: string
  readonly name: string
  readonly tenantId: string
  readonly networkId: string
  readonly subnetId: string
}

export interface SeededNetworks {
  readonly management: { readonly networkId: string; readonly subnetId: string; readonly cidr: string }
  readonly external: { readonly networkId: string; readonly subnetId: string; readonly cidr: string }
  readonly routers: readonly SeededRouter[]
}

const EXTERNAL_CIDR = '172.24.0.0/16'

/** Where appliances are managed. */
export interface ManagementRange {
  readonly cidr: string
  /** Of an IPv4 range; null: IPv6, and each port's address follows from its MAC. */
  readonly pool: { readonly start: string; readonly end: string } | null
}

/** Addresses of the external network where packets are real. */
export interface ExternalRange {
  readonly cidr: string
  readonly gateway: string
  readonly pool: { readonly start: string; readonly end: string }
  readonly cidr6: string
  readonly gateway6: string
}

/**
 * Makes the management and the external network, and `routers` routers, each with a gateway and one internal network of its own, spread
 * over the tenants. Nobody is notified: the cloud had them before anybody listened.
 */
export function seedNetworks(
  net: Net,
  accounts: Accounts,
  routers: number,
  range: ManagementRange,
  outside: ExternalRange | null = null,
): SeededNetworks {
  const { state } = net
  const service = seedCaller(accounts.orchestrator.project)
  const admin = seedCaller(accounts.admin.project)
  unlimited(state, accounts.orchestrator.project.id)
  unlimited(state, accounts.admin.project.id)

  const management = createNetwork(net, { name: 'mgt' }, service)
  state.managementNetworkId = management.id
  const managementSubnet = createSubnet(
    net,
    {
      network_id: management.id,
      name: 'mgt',
      cidr: range.cidr,
      gateway_ip: null,
      ...(range.pool === null
        ? { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }
        : { ip_version: 4, allocation_pools: [range.pool] }),
    },
    service,
    { autoAddress: true },
  )
  const external = createNetwork(
    net,
    { name: 'public', 'router:external': true, 'provider:network_type': 'flat' },
    admin,
  )
  const externalSubnet = createSubnet(
    net,
    {
      network_id: external.id,
      name: 'public',
      ip_version: 4,
      cidr: outside?.cidr ?? EXTERNAL_CIDR,
      enable_dhcp: false,
      ...(outside ? { gateway_ip: outside.gateway, allocation_pools: [outside.pool] } : {}),
    },
    admin,
  )
  if (outside) {
    const { cidr6: cidr, gateway6 } = outside
    createSubnet(
      net,
      { network_id: external.id, name: 'public6', ip_version: 6, cidr, gateway_ip: gateway6, enable_dhcp: false },
      admin,
    )
  }

  const seeded: SeededRouter[] = []
  const { tenants } = accounts
  for (const tenant of tenants) unlimited(state, tenant.id)
  for (let index = 0; index < routers && tenants.length > 0; index += 1) {
    const tenant = tenants[index % tenants.length]
    if (!tenant) break
    const caller = seedCaller(tenant)
    const number = index + 1
    const network = createNetwork(net, { name: `net-${number}` }, caller)
    const subnet = createSubnet(
      net,
      {
        network_id: network.id,
        name: `subnet-${number}`,
        ip_version: 4,
        cidr: `10.${(index >> 8) & 255}.${index & 255}.0/24`,
        dns_nameservers: ['9.9.9.9'],
      },
      caller,
    )
    const router = createRouter(
      net,
      { name: `router-${number}`, external_gateway_info: { network_id: external.id } },
      caller,
    )
    addInterfaceBySubnet(net, router, subnet.id, caller)
    seeded.push({ id: router.id, name: router.name, tenantId: tenant.id, networkId: network.id, subnetId: subnet.id })
  }
  return {
    management: { networkId: management.id, subnetId: managementSubnet.id, cidr: managementSubnet.cidr },
    external: { networkId: external.id, subnetId: externalSubnet.id, cidr: externalSubnet.cidr },
    routers: seeded,
  }
}
