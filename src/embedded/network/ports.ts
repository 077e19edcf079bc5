import { ApiError } from '../http/api-error.ts'
import type { Caller } from '../identity/caller.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import { detachFloatingIps } from './floating-ips.ts'
import { pairs } from './listing.ts'
import { type Network, type Port, ROUTER_INTERFACE } from './model.ts'
import type { Net } from './net.ts'
import { canSeeNetwork } from './networks.ts'
import { checkAdminOnly, disallowed, owns, projectFor } from './policy.ts'
import { allocate, reallocate } from './port-addresses.ts'
import { PORT_READ_ONLY, type PortCreate, type PortUpdate, portCreate, portUpdate } from './port-attributes.ts'
import { viewPort, viewPortFor } from './port-view.ts'
import { checkQuota, checkRoom } from './quotas.ts'
import type { ResourceSpec } from './resource.ts'
import { defaultGroupOf } from './security-groups.ts'
import type { NetworkState } from './state.ts'

const PORT_NAME = /^(?:ASTARA|AKANDA):\w+:([0-9a-f-]{36})/

/** What the address plan says about a port of this name on this network. */
function planned(
  state: NetworkState,
  network: Network,
  name: string,
): ReturnType<NonNullable<NetworkState['addressPlan']>> {
  const resourceId = PORT_NAME.exec(name)?.[1]
  const routerIndex = resourceId === undefined ? undefined : state.routerIndex.get(resourceId)
  if (!state.addressPlan || routerIndex === undefined) return null
  const kind = network.id === state.managementNetworkId ? 'management' : network.external ? 'external' : 'internal'
  const plan = state.addressPlan({ name, networkId: network.id, network: kind, routerIndex })
  if (plan && isMacTaken(state, network, plan.macAddress)) {
    state.logger.warn({ port_name: name, mac: plan.macAddress }, 'the planned MAC is in use: another one is taken')
    return null
  }
  return plan
}

const isMacTaken = (state: NetworkState, network: Network, mac: string): boolean =>
  state.ports.by('mac_address', mac).some((port) => port.networkId === network.id)

function freshMac(state: NetworkState, network: Network): string {
  for (;;) {
    const mac = `fa:16:3e:${state.ids.bytes(3).join(':')}`
    if (!isMacTaken(state, network, mac)) return mac
  }
}

/** Makes a port. */
export function createPort(net: Net, attributes: PortCreate, caller: Caller): Port {
  const { state } = net
  const network = state.networks.get(attributes.network_id)
  if (!network || !canSeeNetwork(network, caller)) throw notFound('network', attributes.network_id)
  const deviceOwner = attributes.device_owner ?? ''
  if (!caller.isAdmin) {
    const isOnOwn = network.projectId === caller.projectId
    if (!isOnOwn && !network.shared) throw disallowed('create_port')
    if (!isOnOwn && attributes.mac_address) throw disallowed('create_port', 'create_port:mac_address')
    if (!isOnOwn && deviceOwner.startsWith('network:')) throw disallowed('create_port', 'create_port:device_owner')
  }
  const projectId = projectFor(caller, attributes)
  checkQuota(state, 'port', projectId)
  const plan = attributes.mac_address ? null : planned(state, network, attributes.name ?? '')
  const macAddress = attributes.mac_address?.toLowerCase() ?? plan?.macAddress ?? freshMac(state, network)
  if (isMacTaken(state, network, macAddress)) {
    throw conflict(
      'MacAddressInUse',
      `Unable to complete operation for network ${network.id}. The mac address ${macAddress} is in use.`,
    )
  }
  for (const id of attributes.security_groups ?? []) {
    if (attributes.port_security_enabled !== false && !state.securityGroups.get(id))
      throw notFound('security_group', id)
  }
  const isService = deviceOwner.startsWith('network:')
  const portSecurity = attributes.port_security_enabled ?? (isService ? false : network.portSecurity)
  const groups = attributes.security_groups
  if (!portSecurity && groups && groups.length > 0) {
    throw new ApiError(
      400,
      'PortSecurityAndIPRequiredForSecurityGroups',
      'Port security must be enabled and port must have an IP address in order to use security groups.',
    )
  }
  const requested =
    plan?.ipAddress && !state.ipam.isTaken(network.subnetIds[0] ?? '', plan.ipAddress)
      ? [{ ip_address: plan.ipAddress }]
      : attributes.fixed_ips
  const fixedIps = allocate(state, { network, macAddress, deviceOwner }, requested)
  const port: Port = {
    ...state.standard({ name: attributes.name ?? '', description: attributes.description ?? '', projectId }),
    networkId: network.id,
    macAddress,
    adminStateUp: attributes.admin_state_up ?? true,
    status: 'DOWN',
    deviceId: attributes.device_id ?? '',
    deviceOwner,
    fixedIps,
    securityGroups: groups ?? (portSecurity && !isService ? [defaultGroupOf(state, projectId).id] : []),
    portSecurity,
    allowedAddressPairs: attributes.allowed_address_pairs?.map((pair) => addressPair(pair, macAddress)) ?? [],
    extraDhcpOpts: attributes.extra_dhcp_opts ?? [],
    vnicType: attributes['binding:vnic_type'] ?? 'normal',
    bindingProfile: attributes['binding:profile'] ?? {},
    hostId: '',
    vifType: 'unbound',
    vifDetails: {},
    ipAllocation: net.segments ? (attributes.fixed_ips?.length === 0 ? 'none' : 'immediate') : null,
  }
  if (attributes['binding:host_id']) bind(net, port, attributes['binding:host_id'])
  state.ports.put(port)
  return port
}

/** A pair without a MAC means the port's own. */
const addressPair = (
  pair: { readonly ip_address: string; readonly mac_address?: string | undefined },
  macAddress: string,
): Port['allowedAddressPairs'][number] => ({
  ip_address: pair.ip_address,
  mac_address: pair.mac_address ?? macAddress,
})

/** Binds a port to a host: `bridge` where an L2 agent runs (the hypervisor), `binding_failed` elsewhere, unbound for ''. */
export function bind(net: Net, port: Port, host: string): void {
  port.hostId = host
  if (host === '') {
    port.vifType = 'unbound'
    port.vifDetails = {}
    port.status = 'DOWN'
  } else if (host === net.host) {
    port.vifType = 'bridge'
    port.vifDetails = { connectivity: 'l2', port_filter: true }
  } else {
    port.vifType = 'binding_failed'
    port.vifDetails = {}
  }
}

/** The L2 agent wired a port, or saw it go: nobody is notified of it. */
export function setPortStatus(net: Net, port: Port, status: 'ACTIVE' | 'DOWN'): void {
  port.status = status
  if (status === 'ACTIVE') port.vifDetails = { ...port.vifDetails, bound_drivers: { '0': 'linuxbridge' } }
  net.state.touch(port)
}

/** Changes a port. */
export function updatePort(net: Net, port: Port, given: PortUpdate): void {
  const { state } = net
  const network = state.networks.get(port.networkId)
  if (!network) throw notFound('network', port.networkId)
  if (given.mac_address !== undefined && given.mac_address.toLowerCase() !== port.macAddress) {
    const macAddress = given.mac_address.toLowerCase()
    if (port.vifType === 'bridge')
      throw conflict(
        'PortBound',
        `Unable to complete operation on port ${port.id}, port is already bound, port type: bridge, old_mac ${port.macAddress}, new_mac ${macAddress}.`,
      )
    if (isMacTaken(state, network, macAddress)) {
      throw conflict(
        'MacAddressInUse',
        `Unable to complete operation for network ${network.id}. The mac address ${macAddress} is in use.`,
      )
    }
    port.macAddress = macAddress
  }
  const deviceOwner = given.device_owner ?? port.deviceOwner
  if (given.fixed_ips !== undefined) {
    if (port.deviceOwner.startsWith('network:router') && given.fixed_ips.length === 0) {
      throw badRequest('Invalid input for operation: a router port needs at least one address.')
    }
    port.fixedIps = reallocate(
      state,
      { network, macAddress: port.macAddress, deviceOwner },
      port.fixedIps,
      given.fixed_ips,
    )
    if (net.segments && given.fixed_ips.length > 0) port.ipAllocation = 'immediate'
  }
  if (given.port_security_enabled !== undefined) {
    const groups = given.security_groups ?? port.securityGroups
    if (!given.port_security_enabled && groups.length > 0) {
      throw conflict(
        'PortSecurityPortHasSecurityGroup',
        'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
      )
    }
    port.portSecurity = given.port_security_enabled
  }
  if (given.security_groups !== undefined) {
    const groups = given.security_groups ?? []
    for (const id of groups) if (!state.securityGroups.get(id)) throw notFound('security_group', id)
    port.securityGroups = groups
  }
  if (given.name !== undefined) port.name = given.name
  if (given.description !== undefined) port.description = given.description
  if (given.admin_state_up !== undefined) port.adminStateUp = given.admin_state_up
  if (given.device_id !== undefined) port.deviceId = given.device_id
  if (given.device_owner !== undefined) port.deviceOwner = given.device_owner
  if (given.allowed_address_pairs !== undefined)
    port.allowedAddressPairs = given.allowed_address_pairs?.map((pair) => addressPair(pair, port.macAddress)) ?? []
  if (given.extra_dhcp_opts !== undefined) port.extraDhcpOpts = given.extra_dhcp_opts ?? []
  if (given['binding:vnic_type'] !== undefined) port.vnicType = given['binding:vnic_type']
  if (given['binding:profile'] !== undefined) port.bindingProfile = given['binding:profile'] ?? {}
  if (given['binding:host_id'] !== undefined) bind(net, port, given['binding:host_id'] ?? '')
  state.touch(port)
  state.ports.put(port)
}

/** Removes a port and lets its addresses go; floating IPs that pointed at it point nowhere then. */
export function deletePort(net: Net, port: Port, caller?: Caller): void {
  const { state } = net
  const routers = detachFloatingIps(net, port.id)
  for (const ip of port.fixedIps) state.ipam.release(ip)
  state.ports.delete(port.id)
  if (caller) for (const id of routers) net.l3.updated(id, caller)
}

/** A router's interface keeps its IPv4 addresses: it is unplugged and plugged in anew to have others. */
function checkRouterAddresses(state: NetworkState, port: Port, asked: PortUpdate['fixed_ips']): void {
  if (asked === undefined || port.deviceOwner !== ROUTER_INTERFACE || !state.routers.get(port.deviceId)) return
  const own = port.fixedIps.filter((ip) => !ip.ip_address.includes(':'))
  const isKept = (ip: Port['fixedIps'][number]): boolean =>
    asked.some((one) =>
      one.ip_address === undefined ? one.subnet_id === ip.subnet_id : one.ip_address === ip.ip_address,
    )
  const isNew = ({ ip_address: address, subnet_id: subnetId }: (typeof asked)[number]): boolean =>
    address === undefined
      ? state.subnets.get(subnetId ?? '')?.ipVersion === 4 && !own.some((ip) => ip.subnet_id === subnetId)
      : !address.includes(':') && !own.some((ip) => ip.ip_address === address)
  if (own.every(isKept) && !asked.some(isNew)) return
  throw new ApiError(400, 'BadRequest', `Bad ports request: IP updates for port ${port.id} are not allowed.`)
}

/** `/v2.0/ports`. */
export function portSpec(net: Net): ResourceSpec<Port, typeof portCreate, typeof portUpdate> {
  const { state } = net
  const visible = (port: Port, caller: Caller): boolean =>
    owns(caller, port.projectId) ||
    (port.projectId !== '' && state.networks.get(port.networkId)?.projectId === caller.projectId)
  const fixedIps = (port: Port, values: readonly string[]): boolean => {
    const wanted = pairs(values)
    const holds = (key: string, value: string): boolean =>
      port.fixedIps.some((ip) =>
        key === 'subnet_id'
          ? ip.subnet_id === value
          : key === 'ip_address'
            ? ip.ip_address === value
            : key === 'ip_address_substr' && ip.ip_address.includes(value),
      )
    const keys = [...new Set(wanted.map(([key]) => key))]
    return keys.every((key) => wanted.some(([one, value]) => one === key && holds(key, value)))
  }
  return {
    kind: 'port',
    checkRoom: (given, caller) => checkRoom(state, 'port', given, caller),
    listing: {
      table: state.ports,
      plural: 'ports',
      path: '/v2.0/ports',
      view: viewPortFor,
      visible,
      special: {
        fixed_ips: fixedIps,
        subnet_id: (port, values) => port.fixedIps.some((ip) => values.includes(ip.subnet_id)),
        ip_address: (port, values) => port.fixedIps.some((ip) => values.includes(ip.ip_address)),
      },
      filterable: [
        'id',
        'name',
        'project_id',
        'network_id',
        'device_id',
        'device_owner',
        'mac_address',
        'status',
        'admin_state_up',
        'security_groups',
        'description',
        'tags',
        'binding:host_id',
        'binding:vif_type',
        'binding:vnic_type',
        'ip_allocation',
      ],
    },
    attributes: { create: portCreate, update: portUpdate, readOnly: PORT_READ_ONLY },
    checkGround(given, caller) {
      const network = state.networks.get(given.network_id)
      if (network && !canSeeNetwork(network, caller)) throw notFound('network', network.id)
    },
    adminOnly: ['binding:host_id', 'binding:profile'],
    create: (given, caller) => createPort(net, given, caller),
    update(port, given, caller) {
      checkAdminOnly(caller, 'update', 'port', given, ['mac_address'])
      checkRouterAddresses(state, port, given.fixed_ips)
      updatePort(net, port, given)
      // A name is nothing to the agent.
      if (given.fixed_ips === undefined) return
      const routerIds = new Set(state.floatingIps.by('port_id', port.id).flatMap((fip) => fip.routerId ?? []))
      if (port.deviceOwner === ROUTER_INTERFACE) routerIds.add(port.deviceId)
      for (const id of routerIds) net.l3.updated(id, caller)
    },
    remove(port, caller) {
      if (
        [ROUTER_INTERFACE, 'network:router_gateway', 'network:floatingip'].includes(port.deviceOwner) &&
        isHeld(state, port)
      ) {
        throw conflict(
          'ServicePortInUse',
          `Port ${port.id} cannot be deleted directly via the port API: has device owner ${port.deviceOwner}.`,
        )
      }
      deletePort(net, port, caller)
    },
    viewDeleted: (port) => ({ ...viewPort(port), standard_attr_id: port.standardAttrId }),
  }
}

/** A port made with a router's owner but never plugged into one may be deleted like any other. */
function isHeld(state: NetworkState, port: Port): boolean {
  if (port.deviceOwner === 'network:floatingip') return state.floatingIps.get(port.deviceId) !== undefined
  return state.routers.get(port.deviceId) !== undefined
}
