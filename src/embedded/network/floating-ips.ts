import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { Caller } from '../identity/caller.ts'
import { text, uuid } from './attributes.ts'
import { badFloatingIpRequest, conflict, notFound } from './errors.ts'
import { type FloatingIp, type Port, ROUTER_INTERFACE, type Router } from './model.ts'
import type { Net } from './net.ts'
import { checkAdminOnly, owns, projectFor } from './policy.ts'
import { createPort, deletePort } from './ports.ts'
import { checkQuota } from './quotas.ts'
import type { ResourceSpec } from './resource.ts'
import { standardView } from './standard-view.ts'

const create = z.object({
  floating_network_id: uuid,
  subnet_id: uuid.nullish(),
  floating_ip_address: z.string().nullish(),
  port_id: uuid.nullish(),
  fixed_ip_address: z.string().nullish(),
  description: text.default(''),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
})
const update = z
  .object({ port_id: uuid.nullable(), fixed_ip_address: z.string().nullable(), description: text })
  .partial()

type FloatingIpCreate = z.input<typeof create>

/** The part of the internal port that a floating IP shows. */
function portDetails(port: Port | undefined): Record<string, unknown> | null {
  if (!port) return null
  return {
    name: port.name,
    network_id: port.networkId,
    mac_address: port.macAddress,
    admin_state_up: port.adminStateUp,
    status: port.status,
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
  }
}

export function viewFloatingIp(net: Net, fip: FloatingIp): Record<string, unknown> {
  return {
    id: fip.id,
    floating_ip_address: fip.address,
    floating_network_id: fip.networkId,
    router_id: fip.routerId,
    port_id: fip.portId,
    fixed_ip_address: fip.fixedIp,
    status: fip.status,
    port_details: portDetails(fip.portId === null ? undefined : net.state.ports.get(fip.portId)),
    ...standardView(fip),
  }
}

/** The router through which an address of a port reaches the external network. */
function routerFor(net: Net, port: Port, subnetId: string, networkId: string): Router {
  const { state } = net
  for (const candidate of state.ports.by('subnet_id', subnetId)) {
    if (candidate.deviceOwner !== ROUTER_INTERFACE) continue
    const router = state.routers.get(candidate.deviceId)
    if (router?.gatewayNetworkId === networkId) return router
  }
  throw new ApiError(
    404,
    'ExternalGatewayForFloatingIPNotFound',
    `External network ${networkId} is not reachable from subnet ${subnetId}.  Therefore, cannot associate Port ${port.id} with a Floating IP.`,
  )
}

/** Points a floating IP at an address of a port. */
function associate(
  net: Net,
  fip: FloatingIp,
  portId: string,
  wantedIp: string | null | undefined,
  caller: Caller,
): void {
  const { state } = net
  const port = state.ports.get(portId)
  if (!port || !owns(caller, port.projectId)) throw notFound('port', portId)
  const ipv4 = port.fixedIps.filter((ip) => !ip.ip_address.includes(':'))
  const fixed = wantedIp ? ipv4.find((ip) => ip.ip_address === wantedIp) : ipv4[0]
  if (!fixed) {
    throw badFloatingIpRequest(
      wantedIp
        ? `Port ${portId} does not have fixed ip ${wantedIp}`
        : `Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses`,
    )
  }
  if (!wantedIp && ipv4.length > 1) {
    throw badFloatingIpRequest(
      `Port ${portId} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`,
    )
  }
  const router = routerFor(net, port, fixed.subnet_id, fip.networkId)
  const other = state.floatingIps.by('port_id', portId).find((one) => one !== fip && one.fixedIp === fixed.ip_address)
  if (other) {
    throw conflict(
      'FloatingIPPortAlreadyAssociated',
      `Cannot associate floating IP ${fip.address} (${fip.id}) with port ${portId} using fixed IP ${fixed.ip_address}, as that fixed IP already has a floating IP on external network ${fip.networkId}.`,
    )
  }
  fip.portId = portId
  fip.fixedIp = fixed.ip_address
  fip.lastRouterId = fip.routerId
  fip.routerId = router.id
}

/** Takes it off its port. The status stays until the router's agent says otherwise. */
function disassociate(fip: FloatingIp): void {
  fip.portId = null
  fip.fixedIp = null
  fip.routerId = null
}

/** Takes all floating IPs off a port; returns the routers they went through. */
export function detachFloatingIps(net: Net, portId: string): readonly string[] {
  const { state } = net
  const routers: string[] = []
  for (const fip of state.floatingIps.by('port_id', portId)) {
    if (fip.routerId) routers.push(fip.routerId)
    disassociate(fip)
    state.touch(fip)
    state.floatingIps.put(fip)
  }
  return routers
}

/** Makes a floating IP, with the port that holds its address. */
function createFloatingIp(net: Net, given: FloatingIpCreate, caller: Caller): FloatingIp {
  const attributes = create.parse(given)
  const { state } = net
  const network = state.networks.get(attributes.floating_network_id)
  if (!network) throw notFound('network', attributes.floating_network_id)
  if (!network.external) throw badFloatingIpRequest(`Network ${network.id} is not a valid external network`)
  const projectId = projectFor(caller, attributes)
  checkQuota(state, 'floatingip', projectId)
  const offering = network.subnetIds
    .flatMap((id) => state.subnets.get(id) ?? [])
    .filter((subnet) => subnet.ipVersion === 4 && (!attributes.subnet_id || subnet.id === attributes.subnet_id))
  const [subnet] = offering
  if (!subnet) throw badFloatingIpRequest(`Network ${network.id} does not contain any IPv4 subnet`)
  const standard = state.standard({ name: '', description: attributes.description, projectId })
  const wanted = attributes.floating_ip_address
  const system: Caller = { ...caller, isAdmin: true, projectId: '' }
  const holder = createPort(
    net,
    {
      network_id: network.id,
      device_owner: 'network:floatingip',
      device_id: standard.id,
      project_id: '',
      fixed_ips: [wanted ? { ip_address: wanted } : { subnet_id: subnet.id }],
    },
    system,
  )
  const fip: FloatingIp = {
    ...standard,
    revision: 0,
    networkId: network.id,
    address: holder.fixedIps[0]?.ip_address ?? '',
    holderPortId: holder.id,
    portId: null,
    fixedIp: null,
    routerId: null,
    lastRouterId: null,
    status: 'DOWN',
  }
  try {
    if (attributes.port_id) associate(net, fip, attributes.port_id, attributes.fixed_ip_address, caller)
  } catch (error) {
    deletePort(net, holder)
    throw error
  }
  state.floatingIps.put(fip)
  if (fip.routerId) net.l3.updated(fip.routerId, caller)
  return fip
}

/** `/v2.0/floatingips`. */
export function floatingIpSpec(net: Net): ResourceSpec<FloatingIp, typeof create, typeof update> {
  const { state } = net
  return {
    kind: 'floatingip',
    isExtension: true,
    listing: {
      table: state.floatingIps,
      plural: 'floatingips',
      path: '/v2.0/floatingips',
      view: (fip) => viewFloatingIp(net, fip),
      visible: (fip, caller) => owns(caller, fip.projectId),
      filterable: [
        'id',
        'project_id',
        'floating_network_id',
        'router_id',
        'port_id',
        'fixed_ip_address',
        'floating_ip_address',
        'status',
        'description',
        'tags',
      ],
    },
    attributes: {
      create,
      update,
      readOnly: ['id', 'router_id', 'status', 'port_details', 'tags', 'created_at', 'updated_at', 'revision_number'],
    },
    create(given, caller) {
      checkAdminOnly(caller, 'create', 'floatingip', given, ['floating_ip_address'])
      return createFloatingIp(net, given, caller)
    },
    update(fip, given, caller) {
      const before = fip.routerId
      if (given.description !== undefined) fip.description = given.description
      if (given.port_id === null) {
        // A port that is deleted under it leaves no such trace, in Neutron as here.
        fip.lastRouterId = fip.routerId
        disassociate(fip)
      }
      if (given.port_id) associate(net, fip, given.port_id, given.fixed_ip_address, caller)
      else if (given.fixed_ip_address !== undefined && fip.portId !== null) {
        associate(net, fip, fip.portId, given.fixed_ip_address, caller)
      }
      state.touch(fip)
      state.floatingIps.put(fip)
      if (given.port_id !== undefined) {
        for (const id of new Set([before, fip.routerId])) if (id) net.l3.updated(id, caller)
      }
    },
    remove(fip, caller) {
      state.floatingIps.delete(fip.id)
      const holder = state.ports.get(fip.holderPortId)
      if (holder) deletePort(net, holder)
      if (fip.routerId) net.l3.updated(fip.routerId, caller)
    },
  }
}
