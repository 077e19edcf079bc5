import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import { pythonRepr } from '../http/python-repr.ts'
import type { Caller } from '../identity/caller.ts'
import { address, cidr } from './address-attributes.ts'
import { contains, parseAddress } from './addresses.ts'
import { flag, text, uuid } from './attributes.ts'
import { badRequest, conflict } from './errors.ts'
import type { HostRoute, Router } from './model.ts'
import type { Net } from './net.ts'
import { owns, projectFor } from './policy.ts'
import { checkQuota } from './quotas.ts'
import type { ResourceSpec } from './resource.ts'
import { clearGateway, setGateway, viewGateway } from './router-gateway.ts'
import { interfacesOf } from './router-interfaces.ts'
import { standardView } from './standard-view.ts'

const gateway = z
  .object({
    network_id: uuid.nullish(),
    enable_snat: flag.optional(),
    external_fixed_ips: z.array(z.object({ subnet_id: uuid.optional(), ip_address: z.string().optional() })).optional(),
  })
  .nullable()
const hostRoute = z.strictObject({ destination: cidr, nexthop: address })

const create = z.object({
  name: text.default(''),
  description: text.default(''),
  admin_state_up: flag.default(true),
  external_gateway_info: gateway.optional(),
  ha: flag.nullish(),
  distributed: flag.nullish(),
  flavor_id: z.string().nullish(),
  availability_zone_hints: z.array(z.string()).default([]),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
})
const update = z
  .object({
    name: text,
    description: text,
    admin_state_up: flag,
    external_gateway_info: gateway,
    ha: flag.nullable(),
    distributed: flag.nullable(),
    routes: z.array(hostRoute).nullable(),
  })
  .partial()

export type RouterCreate = z.input<typeof create>

/** A router as an administrator sees it. */
export function viewRouter(net: Net, router: Router): Record<string, unknown> {
  return {
    id: router.id,
    name: router.name,
    admin_state_up: router.adminStateUp,
    status: router.status,
    external_gateway_info: viewGateway(net, router),
    availability_zones: router.agentHost === null ? [] : ['nova'],
    distributed: router.distributed,
    ha: router.ha,
    availability_zone_hints: router.availabilityZoneHints,
    routes: router.routes,
    flavor_id: router.flavorId,
    ...standardView(router),
  }
}

/** A router as some extensions show it: with what the database has besides. */
export function viewRouterRow(net: Net, router: Router): Record<string, unknown> {
  return { ...viewRouter(net, router), gw_port_id: router.gatewayPortId, ha_vr_id: 0 }
}

function viewFor(net: Net, router: Router, caller: Caller): Record<string, unknown> {
  const view = viewRouter(net, router)
  if (!caller.isAdmin) {
    delete view.distributed
    delete view.ha
  }
  return view
}

/** Makes a router, with its gateway when asked for. */
export function createRouter(net: Net, given: RouterCreate, caller: Caller): Router {
  const attributes = create.parse(given)
  const { state } = net
  const projectId = projectFor(caller, attributes)
  checkQuota(state, 'router', projectId)
  const router: Router = {
    ...state.standard({ name: attributes.name, description: attributes.description, projectId }),
    adminStateUp: attributes.admin_state_up,
    status: 'ACTIVE',
    gatewayPortId: null,
    gatewayNetworkId: null,
    enableSnat: true,
    ha: attributes.ha ?? false,
    distributed: attributes.distributed ?? false,
    routes: [],
    flavorId: attributes.flavor_id ?? null,
    availabilityZoneHints: attributes.availability_zone_hints,
    agentHost: null,
  }
  if (attributes.external_gateway_info?.network_id) {
    setGateway(net, router, attributes.external_gateway_info, caller)
    router.revision += 2
  }
  state.routerIndex.set(router.id, state.routerIndex.size)
  state.routers.put(router)
  if (router.gatewayPortId !== null) net.l3.updated(router.id, caller)
  return router
}

/** Every next hop must lie on a subnet that the router is plugged into. */
export function checkRoutes(net: Net, router: Router, routes: readonly HostRoute[]): void {
  const ports = [...interfacesOf(net, router)]
  const gatewayPort = router.gatewayPortId === null ? undefined : net.state.ports.get(router.gatewayPortId)
  if (gatewayPort) ports.push(gatewayPort)
  const cidrs = ports.flatMap((port) => port.fixedIps.map((ip) => net.state.ipam.cidr(ip.subnet_id)))
  const own = new Set(ports.flatMap((port) => port.fixedIps.map((ip) => ip.ip_address)))
  const refuse = (why: string): never => {
    throw new ApiError(400, 'InvalidRoutes', `Invalid format for routes: ${pythonRepr(routes)}, the nexthop is ${why}`)
  }
  for (const { nexthop } of routes) {
    const hop = parseAddress(nexthop)
    if (!hop || !cidrs.some((cidr) => contains(cidr, hop))) refuse('not connected with router')
    if (own.has(nexthop)) refuse('used by router')
  }
}

/** Removes a router with its gateway; refuses while it is plugged into tenants' networks. */
function deleteRouter(net: Net, router: Router, caller: Caller): void {
  const { state } = net
  const ports = interfacesOf(net, router)
  if (ports.length > 0) {
    throw conflict(
      'RouterInUse',
      `Router ${router.id} has ports still attached: ${ports.map((port) => port.id).join(', ')}`,
    )
  }
  clearGateway(net, router)
  state.routers.delete(router.id)
  net.emitter.fanout('router_deleted', { router_id: router.id }, caller)
}

/** `/v2.0/routers`. */
export function routerSpec(net: Net): ResourceSpec<Router, typeof create, typeof update> {
  const { state } = net
  return {
    kind: 'router',
    isExtension: true,
    listing: {
      table: state.routers,
      plural: 'routers',
      path: '/v2.0/routers',
      view: (router, caller) => viewFor(net, router, caller),
      visible: (router, caller) => owns(caller, router.projectId),
      special: {
        ha: (router, values) => values.some((value) => /^(true|1)$/i.test(value) === router.ha),
        distributed: (router, values) => values.some((value) => /^(true|1)$/i.test(value) === router.distributed),
      },
      filterable: ['id', 'name', 'project_id', 'status', 'admin_state_up', 'description', 'tags', 'flavor_id'],
    },
    attributes: {
      create,
      update,
      readOnly: [
        'id',
        'status',
        'routes',
        'availability_zones',
        'flavor_id',
        'tags',
        'created_at',
        'updated_at',
        'revision_number',
      ],
    },
    adminOnly: ['ha', 'distributed'],
    create: (given, caller) => createRouter(net, given, caller),
    update(router, given, caller) {
      if (given.routes !== undefined) checkRoutes(net, router, given.routes ?? [])
      if (given.external_gateway_info !== undefined) {
        const before = router.gatewayPortId
        setGateway(net, router, given.external_gateway_info, caller)
        if (router.gatewayPortId !== before) router.revision += 1
      }
      if (given.name !== undefined) router.name = given.name
      if (given.description !== undefined) router.description = given.description
      if (given.admin_state_up !== undefined) router.adminStateUp = given.admin_state_up
      if (typeof given.ha === 'boolean') {
        if (router.adminStateUp)
          throw badRequest(
            'Bad router request: Cannot change HA attribute of active routers. Please set router admin_state_up to False prior to upgrade.',
          )
        router.ha = given.ha
      }
      if (given.routes !== undefined) router.routes = given.routes ?? []
      state.touch(router)
      state.routers.put(router)
      net.l3.updated(router.id, caller)
    },
    remove: (router, caller) => deleteRouter(net, router, caller),
    // It gets its agent when it is made already.
    viewCreated: (router, caller) => ({ ...viewFor(net, router, caller), availability_zones: [] }),
  }
}
