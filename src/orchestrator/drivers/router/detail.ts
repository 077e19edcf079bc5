import { z } from 'zod'
import type { NeutronFloatingIp, NeutronPort, NeutronRouter } from '../../../openstack/index.ts'
import type { L3Facts, ResourceDetail, ResourcePort } from '../driver.ts'

/** Owners of the ports that are interfaces of a router towards tenants' networks. */
const INTERFACE_OWNERS: ReadonlySet<string> = new Set([
  'network:router_interface',
  'network:ha_router_replicated_interface',
])
const GATEWAY_OWNER = 'network:router_gateway'

/** One router with all that its appliances need. */
export interface RouterDetail extends ResourceDetail {
  /** False: administratively down. It keeps its instance, and passes nothing. */
  readonly isUp: boolean
  readonly gateway: ResourcePort | null
  /** Whether machines without a floating IP leave with the router's own address (`enable_snat` of the gateway). */
  readonly isSnat: boolean
  readonly interfaces: readonly ResourcePort[]
  readonly floatingIps: readonly { readonly floatingIp: string; readonly fixedIp: string }[]
  /** Extra routes of the tenant, in Neutron's order. */
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[]
}

const SyncPort = z.object({
  id: z.string(),
  network_id: z.string(),
  mac_address: z.string(),
  device_owner: z.string(),
  fixed_ips: z.array(z.object({ subnet_id: z.string(), ip_address: z.string() })),
  mtu: z.number().nullish(),
})

/** A router as `sync_routers` answers it, as far as we read it. */
const SyncRouter = z.object({
  id: z.string(),
  tenant_id: z.string(),
  name: z.string().nullish(),
  status: z.string().nullish(),
  admin_state_up: z.boolean().nullish(),
  ha: z.boolean().nullish(),
  gw_port: SyncPort.nullish(),
  enable_snat: z.boolean().nullish(),
  _interfaces: z.array(SyncPort).nullish(),
  _floatingips: z
    .array(
      z.object({
        id: z.string().optional(),
        status: z.string().nullish(),
        floating_ip_address: z.string(),
        fixed_ip_address: z.string().nullish(),
      }),
    )
    .nullish(),
  routes: z.array(z.object({ destination: z.string(), nexthop: z.string() })).nullish(),
})

function fromSyncPort(port: z.infer<typeof SyncPort>): ResourcePort {
  return {
    id: port.id,
    networkId: port.network_id,
    macAddress: port.mac_address,
    deviceOwner: port.device_owner,
    fixedIps: port.fixed_ips,
    mtu: port.mtu ?? null,
  }
}

function fromNeutronPort(port: NeutronPort): ResourcePort {
  return {
    id: port.id,
    networkId: port.network_id,
    macAddress: port.mac_address,
    deviceOwner: port.device_owner,
    fixedIps: port.fixed_ips,
    mtu: null,
  }
}

function assemble(
  base: Pick<RouterDetail, 'id' | 'tenantId' | 'name' | 'status' | 'isUp' | 'isSnat' | 'ha' | 'routes'>,
  gateway: ResourcePort | null,
  ports: readonly ResourcePort[],
  floatingIps: readonly ReadFloatingIp[],
): RouterDetail {
  const interfaces = ports.filter((port) => INTERFACE_OWNERS.has(port.deviceOwner))
  return {
    ...base,
    gateway,
    interfaces,
    ports: gateway === null ? interfaces : [gateway, ...interfaces],
    externalNetworkIds: gateway === null ? [] : [gateway.networkId],
    floatingIps: pairs(floatingIps),
    l3: {
      isUp: base.isUp,
      gateways: gateway === null ? 0 : 1,
      interfaces: interfaces.length,
      floatingIps: pointing(floatingIps),
    },
  }
}

/** Reads one element of a `sync_routers` answer; null when it is not a router we can read. */
export function parseSyncRouter(raw: unknown): RouterDetail | null {
  const parsed = SyncRouter.safeParse(raw)
  if (!parsed.success) return null
  const router = parsed.data
  return assemble(
    {
      id: router.id,
      tenantId: router.tenant_id,
      name: router.name ?? '',
      status: router.status ?? null,
      isUp: router.admin_state_up ?? true,
      isSnat: router.enable_snat ?? true,
      ha: router.ha ?? false,
      routes: router.routes ?? [],
    },
    router.gw_port ? fromSyncPort(router.gw_port) : null,
    (router._interfaces ?? []).map(fromSyncPort),
    router._floatingips ?? [],
  )
}

/** The same from REST: the router, all ports with its id as device, and its floating IPs. */
export function routerFromRest(
  router: NeutronRouter,
  ports: readonly NeutronPort[],
  floatingIps: readonly NeutronFloatingIp[],
): RouterDetail {
  const gateway = ports.find((port) => port.device_owner === GATEWAY_OWNER)
  return assemble(
    {
      id: router.id,
      tenantId: router.tenant_id,
      name: router.name,
      status: router.status,
      isUp: router.admin_state_up,
      isSnat: router.external_gateway_info?.enable_snat ?? true,
      ha: router.ha,
      routes: router.routes,
    },
    gateway ? fromNeutronPort(gateway) : null,
    ports.map(fromNeutronPort),
    floatingIps,
  )
}

/** A floating IP from either source. */
interface ReadFloatingIp {
  readonly id?: string | undefined
  readonly status?: string | null | undefined
  readonly floating_ip_address: string
  readonly fixed_ip_address?: string | null | undefined
}

function pairs(floatingIps: readonly ReadFloatingIp[]): RouterDetail['floatingIps'] {
  return floatingIps.flatMap(({ floating_ip_address, fixed_ip_address }) =>
    fixed_ip_address ? [{ floatingIp: floating_ip_address, fixedIp: fixed_ip_address }] : [],
  )
}

function pointing(floatingIps: readonly ReadFloatingIp[]): L3Facts['floatingIps'] {
  return floatingIps.flatMap(({ id, status, fixed_ip_address }) =>
    id !== undefined && fixed_ip_address ? [{ id, status: status ?? null }] : [],
  )
}
