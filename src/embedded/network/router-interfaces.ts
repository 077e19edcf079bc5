import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiReply, ApiRequest } from '../http/types.ts'
import type { Caller } from '../identity/caller.ts'
import { contains, overlap, parseAddress } from './addresses.ts'
import { badRequest, badRouterRequest, conflict, notFound } from './errors.ts'
import { type Port, ROUTER_INTERFACE, type Router, type Subnet } from './model.ts'
import type { Net } from './net.ts'
import { canSeeNetwork } from './networks.ts'
import { disallowed, owns } from './policy.ts'
import { createPort, deletePort, updatePort } from './ports.ts'
import { callerOf } from './resource.ts'

const body = z.object({ subnet_id: z.string().optional(), port_id: z.string().optional() })

/** The ports by which a router is plugged into tenants' networks. */
export function interfacesOf(net: Net, router: Router): readonly Port[] {
  return net.state.ports
    .by('device_id', router.id)
    .filter((port) => port.deviceOwner === ROUTER_INTERFACE)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** A new interface's subnet must not overlap with those the router has. */
function checkOverlap(net: Net, router: Router, subnet: Subnet): void {
  const cidr = net.state.ipam.cidr(subnet.id)
  for (const port of interfacesOf(net, router)) {
    for (const ip of port.fixedIps) {
      if (ip.subnet_id === subnet.id) throw badRouterRequest(`Router already has a port on subnet ${subnet.id}`)
      const other = net.state.ipam.cidr(ip.subnet_id)
      if (overlap(cidr, other)) {
        throw badRouterRequest(
          `Cidr ${cidr.text} of subnet ${subnet.id} overlaps with cidr ${other.text} of subnet ${ip.subnet_id}`,
        )
      }
    }
  }
}

/** Plugs a router into a subnet, with the subnet's gateway address. */
export function addInterfaceBySubnet(net: Net, router: Router, subnetId: string, caller: Caller): Port {
  const { state } = net
  const subnet = state.subnets.get(subnetId)
  const network = subnet ? state.networks.get(subnet.networkId) : undefined
  if (!subnet || !network || !canSeeNetwork(network, caller)) throw notFound('subnet', subnetId)
  if (subnet.gatewayIp === null) throw badRouterRequest('Subnet for router interface must have a gateway IP')
  if (!owns(caller, subnet.projectId)) {
    // A network that all may use is not for everybody's router to answer on at its gateway's address.
    throw badRouterRequest(
      `Cannot add interface to router because subnet ${subnetId} is not owned by project making the request`,
    )
  }
  checkOverlap(net, router, subnet)
  const address = { subnet_id: subnet.id, ip_address: subnet.gatewayIp }
  if (subnet.ipVersion === 6) {
    // Further IPv6 subnets of one network share the interface that is there already.
    const shared = interfacesOf(net, router).find(
      (port) => port.networkId === network.id && port.fixedIps.some((ip) => ip.ip_address.includes(':')),
    )
    if (shared) {
      updatePort(net, shared, { fixed_ips: [...shared.fixedIps, address] })
      return shared
    }
  }
  const system: Caller = { ...caller, isAdmin: true }
  const port = createPort(
    net,
    {
      network_id: network.id,
      device_owner: ROUTER_INTERFACE,
      device_id: router.id,
      fixed_ips: [address],
      project_id: router.projectId,
    },
    system,
  )
  return port
}

/** Plugs a router into a port that exists. */
function addInterfaceByPort(net: Net, router: Router, portId: string, caller: Caller): Port {
  const { state } = net
  const port = state.ports.get(portId)
  if (!port || !owns(caller, port.projectId)) throw notFound('port', portId)
  if (port.deviceId !== '') {
    throw conflict(
      'PortInUse',
      `Unable to complete operation on port ${port.id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`,
    )
  }
  if (port.fixedIps.length === 0) throw badRouterRequest('Router port must have at least one fixed IP')
  if (port.fixedIps.filter((ip) => !ip.ip_address.includes(':')).length > 1) {
    throw badRouterRequest('Cannot have multiple IPv4 subnets on router port')
  }
  for (const ip of port.fixedIps) {
    const subnet = state.subnets.get(ip.subnet_id)
    if (subnet) checkOverlap(net, router, subnet)
  }
  updatePort(net, port, { device_id: router.id, device_owner: ROUTER_INTERFACE })
  return port
}

/** Refuses to unplug a subnet that floating IPs or routes need. */
function checkRemovable(net: Net, router: Router, subnetId: string): void {
  const { state } = net
  for (const fip of state.floatingIps.by('router_id', router.id)) {
    const port = fip.portId === null ? undefined : state.ports.get(fip.portId)
    if (port?.fixedIps.some((ip) => ip.subnet_id === subnetId && ip.ip_address === fip.fixedIp)) {
      throw conflict(
        'RouterInterfaceInUseByFloatingIP',
        `Router interface for subnet ${subnetId} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`,
      )
    }
  }
  const cidr = state.ipam.cidr(subnetId)
  for (const route of router.routes) {
    const hop = parseAddress(route.nexthop)
    if (hop && contains(cidr, hop)) {
      throw conflict(
        'RouterInterfaceInUseByRoute',
        `Router interface for subnet ${subnetId} on router ${router.id} cannot be deleted, as it is required by one or more routes.`,
      )
    }
  }
}

/** Unplugs by subnet, by port, or by both when they agree. Returns the port as it was and the subnet it is about. */
function removeInterface(
  net: Net,
  router: Router,
  request: z.infer<typeof body>,
): { port: Port; subnetIds: readonly string[] } {
  const ports = interfacesOf(net, router)
  if (request.port_id !== undefined) {
    const port = ports.find((one) => one.id === request.port_id)
    if (!port) {
      throw new ApiError(
        404,
        'RouterInterfaceNotFound',
        `Router ${router.id} does not have an interface with id ${request.port_id}`,
      )
    }
    const subnetIds = port.fixedIps.map((ip) => ip.subnet_id)
    if (request.subnet_id !== undefined && !subnetIds.includes(request.subnet_id)) {
      throw conflict(
        'SubnetMismatchForPort',
        `Subnet on port ${port.id} does not match the requested subnet ${request.subnet_id}.`,
      )
    }
    for (const id of subnetIds) checkRemovable(net, router, id)
    deletePort(net, port)
    return { port, subnetIds }
  }
  const subnetId = request.subnet_id ?? ''
  const port = ports.find((one) => one.fixedIps.some((ip) => ip.subnet_id === subnetId))
  if (!port) {
    if (!net.state.subnets.get(subnetId)) throw notFound('subnet', subnetId)
    throw new ApiError(
      404,
      'RouterInterfaceNotFoundForSubnet',
      `Router ${router.id} has no interface on subnet ${subnetId}`,
    )
  }
  checkRemovable(net, router, subnetId)
  if (port.fixedIps.length > 1) {
    updatePort(net, port, { fixed_ips: port.fixedIps.filter((ip) => ip.subnet_id !== subnetId) })
  } else {
    deletePort(net, port)
  }
  return { port, subnetIds: [subnetId] }
}

/** `PUT /v2.0/routers/{id}/add_router_interface` and `remove_router_interface`. */
export function addRouterInterfaceRoutes(routes: RouteTable, net: Net): void {
  const { state } = net

  function read(request: ApiRequest): { router: Router; given: z.infer<typeof body>; caller: Caller } {
    const caller = callerOf(request)
    const router = state.routers.get(request.params.id ?? '')
    if (!router || !owns(caller, router.projectId)) throw notFound('router', request.params.id ?? '')
    const parsed = body.safeParse(request.body)
    if (!parsed.success) throw badRequest('Invalid body: subnet_id and port_id are strings')
    if (!parsed.data.subnet_id && !parsed.data.port_id)
      throw badRouterRequest('Either subnet_id or port_id must be specified')
    return { router, given: parsed.data, caller }
  }

  function answer(router: Router, port: Port, subnetIds: readonly string[], type: string, caller: Caller): ApiReply {
    state.touch(router)
    net.l3.updated(router.id, caller)
    const info = {
      id: router.id,
      tenant_id: router.projectId,
      port_id: port.id,
      network_id: port.networkId,
      subnet_id: subnetIds.at(-1),
      subnet_ids: subnetIds,
    }
    net.emitter.notify(type, { router_interface: info }, caller)
    return { status: 200, body: info }
  }

  routes
    .on('PUT', '/v2.0/routers/{id}/add_router_interface', (request) => {
      const { router, given, caller } = read(request)
      if (given.subnet_id && given.port_id) throw badRouterRequest('Cannot specify both subnet-id and port-id')
      const port = given.port_id
        ? addInterfaceByPort(net, router, given.port_id, caller)
        : addInterfaceBySubnet(net, router, given.subnet_id ?? '', caller)
      return answer(
        router,
        port,
        given.subnet_id ? [given.subnet_id] : port.fixedIps.map((ip) => ip.subnet_id),
        'router.interface.create',
        caller,
      )
    })
    .on('PUT', '/v2.0/routers/{id}/remove_router_interface', (request) => {
      const { router, given, caller } = read(request)
      if (!caller.isAdmin && router.projectId !== caller.projectId) throw disallowed('remove_router_interface')
      const { port, subnetIds } = removeInterface(net, router, given)
      return answer(router, port, subnetIds, 'router.interface.delete', caller)
    })
}
