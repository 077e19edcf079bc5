import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { Caller } from '../identity/caller.ts'
import { address, cidr as cidrText, nameServer, subnetCidr } from './address-attributes.ts'
import { type Cidr, contains, formatAddress, overlap, parseAddress, parseCidr } from './addresses.ts'
import { flag, text, uuid } from './attributes.ts'
import { badRequest, conflict, invalidInput, notFound } from './errors.ts'
import { type Network, ROUTER_INTERFACE, type Subnet } from './model.ts'
import type { Net } from './net.ts'
import { canSeeNetwork } from './networks.ts'
import { disallowed, owns, projectFor } from './policy.ts'
import { checkQuota, checkRoom } from './quotas.ts'
import type { ResourceSpec } from './resource.ts'
import { standardView } from './standard-view.ts'

const pool = z.object({ start: z.string(), end: z.string() })
const route = z.object({ destination: cidrText, nexthop: address })
const mode = z.enum(['slaac', 'dhcpv6-stateful', 'dhcpv6-stateless']).nullable()

const create = z.object({
  network_id: uuid,
  ip_version: z.union([z.literal(4), z.literal(6)], {
    error: (issue) => `${String(issue.input)} is not in valid_values`,
  }),
  cidr: subnetCidr.optional(),
  name: text.default(''),
  description: text.default(''),
  gateway_ip: address.nullish(),
  enable_dhcp: flag.default(true),
  allocation_pools: z.array(pool).optional(),
  dns_nameservers: z.array(nameServer).default([]),
  host_routes: z.array(route).default([]),
  ipv6_ra_mode: mode.default(null),
  ipv6_address_mode: mode.default(null),
  service_types: z.array(z.string()).default([]),
  segment_id: z.null().optional(),
  subnetpool_id: z.null().optional(),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
})
const update = z
  .object({
    name: text,
    description: text,
    gateway_ip: address.nullable(),
    enable_dhcp: flag,
    allocation_pools: z.array(pool),
    dns_nameservers: z.array(nameServer),
    host_routes: z.array(route),
    service_types: z.array(z.string()),
  })
  .partial()

export type SubnetCreate = z.input<typeof create>

function view(subnet: Subnet, caller: Caller): Record<string, unknown> {
  return {
    id: subnet.id,
    name: subnet.name,
    network_id: subnet.networkId,
    ip_version: subnet.ipVersion,
    subnetpool_id: null,
    enable_dhcp: subnet.enableDhcp,
    ipv6_ra_mode: subnet.ipv6RaMode,
    ipv6_address_mode: subnet.ipv6AddressMode,
    gateway_ip: subnet.gatewayIp,
    cidr: subnet.cidr,
    allocation_pools: subnet.allocationPools,
    host_routes: subnet.hostRoutes,
    dns_nameservers: subnet.dnsNameservers,
    service_types: subnet.serviceTypes,
    ...(caller.isAdmin ? { segment_id: null } : {}),
    ...standardView(subnet),
  }
}

/** The first address is the gateway by default; in IPv6 that is the network address itself. */
function defaultGateway(cidr: Cidr): string | null {
  if (cidr.first === cidr.last) return null
  return formatAddress(cidr.version, cidr.version === 6 ? cidr.first : cidr.first + 1n)
}

/** Everything but the network, broadcast (IPv4) and gateway addresses. */
function defaultPools(cidr: Cidr, gatewayIp: string | null): { start: string; end: string }[] {
  const first = cidr.first + 1n
  const last = cidr.version === 4 ? cidr.last - 1n : cidr.last
  const gateway = gatewayIp === null ? null : (parseAddress(gatewayIp)?.value ?? null)
  const ranges: [bigint, bigint][] =
    gateway === null || gateway < first || gateway > last
      ? [[first, last]]
      : [
          [first, gateway - 1n],
          [gateway + 1n, last],
        ]
  return ranges
    .filter(([start, end]) => start <= end)
    .map(([start, end]) => ({ start: formatAddress(cidr.version, start), end: formatAddress(cidr.version, end) }))
}

function checkPools(cidr: Cidr, pools: readonly { start: string; end: string }[], gatewayIp: string | null): void {
  const taken: { readonly start: bigint; readonly end: bigint; readonly text: string }[] = []
  for (const pool of pools) {
    const { start, end } = { start: parseAddress(pool.start), end: parseAddress(pool.end) }
    if (!start || !end || start.version !== cidr.version || end.version !== cidr.version || start.value > end.value) {
      throw new ApiError(
        400,
        'InvalidAllocationPool',
        `The allocation pool {'start': '${pool.start}', 'end': '${pool.end}'} is not valid.`,
      )
    }
    const text = `${formatAddress(start.version, start.value)}-${formatAddress(end.version, end.value)}`
    if (!contains(cidr, start) || !contains(cidr, end)) {
      throw new ApiError(
        400,
        'OutOfBoundsAllocationPool',
        `The allocation pool ${text} spans beyond the subnet cidr ${cidr.text}.`,
      )
    }
    const gateway = gatewayIp === null ? null : parseAddress(gatewayIp)
    if (gateway && gateway.value >= start.value && gateway.value <= end.value) {
      throw conflict(
        'GatewayConflictWithAllocationPools',
        `Gateway ip ${gatewayIp} conflicts with allocation pool ${text}.`,
      )
    }
    const other = taken.find((one) => one.start <= end.value && start.value <= one.end)
    if (other) {
      throw conflict(
        'OverlappingAllocationPools',
        `Found overlapping allocation pools: ${other.text} ${text} for subnet ${cidr.text}.`,
      )
    }
    taken.push({ start: start.value, end: end.value, text })
  }
}

/** Makes a subnet. `autoAddress` is for the cloud's own management subnet: see the model. */
export function createSubnet(
  net: Net,
  given: SubnetCreate,
  caller: Caller,
  options: { readonly autoAddress?: boolean } = {},
): Subnet {
  const attributes = create.parse(given)
  const { state } = net
  const network = state.networks.get(attributes.network_id)
  if (!network || !canSeeNetwork(network, caller)) throw notFound('network', attributes.network_id)
  if (!owns(caller, network.projectId)) throw disallowed('create_subnet')
  const projectId = projectFor(caller, attributes)
  checkQuota(state, 'subnet', projectId)
  const cidr = attributes.cidr === undefined ? null : parseCidr(attributes.cidr)
  if (!cidr) {
    const message = 'Bad subnets request: a subnetpool must be specified in the absence of a cidr.'
    throw new ApiError(400, 'BadRequest', message)
  }
  if (cidr.version !== attributes.ip_version) {
    throw invalidInput(`cidr '${attributes.cidr}' does not match the ip_version '${attributes.ip_version}'`)
  }
  if (attributes.ip_version === 4 && (attributes.ipv6_ra_mode !== null || attributes.ipv6_address_mode !== null)) {
    const mode = attributes.ipv6_ra_mode === null ? 'ipv6_address_mode' : 'ipv6_ra_mode'
    throw invalidInput(`${mode} is not valid when ip_version is 4`)
  }
  const { ipv6_ra_mode: raMode, ipv6_address_mode: addressMode } = attributes
  if (raMode !== null && addressMode !== null && raMode !== addressMode) {
    throw invalidInput(
      `ipv6_ra_mode set to '${raMode}' with ipv6_address_mode set to '${addressMode}' is not valid. If both attributes are set, they must be the same value`,
    )
  }
  checkOverlap(net, network, cidr)
  const isSlaac = ['slaac', 'dhcpv6-stateless'].includes(attributes.ipv6_address_mode ?? '')
  if (isSlaac && cidr.prefix !== 64) {
    throw invalidInput(
      `Invalid CIDR ${cidr.text} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64`,
    )
  }
  const gatewayIp =
    attributes.gateway_ip === undefined ? defaultGateway(cidr) : checkGateway(cidr, attributes.gateway_ip)
  if (attributes.allocation_pools) checkPools(cidr, attributes.allocation_pools, gatewayIp)
  const subnet: Subnet = {
    ...state.standard({ name: attributes.name, description: attributes.description, projectId }),
    revision: 0,
    networkId: network.id,
    ipVersion: attributes.ip_version,
    cidr: cidr.text,
    gatewayIp,
    enableDhcp: attributes.enable_dhcp,
    dnsNameservers: attributes.dns_nameservers,
    hostRoutes: attributes.host_routes,
    allocationPools: attributes.allocation_pools ?? defaultPools(cidr, gatewayIp),
    ipv6RaMode: attributes.ipv6_ra_mode,
    ipv6AddressMode: attributes.ipv6_address_mode,
    serviceTypes: attributes.service_types,
    autoAddress: options.autoAddress ?? isSlaac,
  }
  state.subnets.put(subnet)
  state.ipam.add(subnet)
  network.subnetIds.push(subnet.id)
  state.touch(network)
  return subnet
}

function checkGateway(cidr: Cidr, gatewayIp: string | null): string | null {
  if (gatewayIp === null) return null
  const address = parseAddress(gatewayIp)
  if (!address || address.version !== cidr.version) {
    throw badRequest(`Invalid input for gateway_ip. Reason: '${gatewayIp}' is not a valid IP address.`)
  }
  return formatAddress(address.version, address.value)
}

function checkOverlap(net: Net, network: Network, cidr: Cidr): void {
  for (const id of network.subnetIds) {
    if (overlap(net.state.ipam.cidr(id), cidr)) {
      throw invalidInput(
        `Requested subnet with cidr: ${cidr.text} for network: ${network.id} overlaps with another subnet`,
      )
    }
  }
}

/** Removes a subnet. Refuses while a port has an address of it, except those that only have it by SLAAC or serve DHCP. */
export function deleteSubnet(net: Net, subnet: Subnet, _caller: Caller): void {
  const { state } = net
  const holders = state.ports.by('subnet_id', subnet.id)
  const isReleasable = (owner: string): boolean =>
    owner === 'network:dhcp' || (subnet.autoAddress && !owner.startsWith('network:router'))
  if (holders.some((port) => !isReleasable(port.deviceOwner))) {
    throw conflict(
      'SubnetInUse',
      `Unable to complete operation on subnet ${subnet.id}: One or more ports have an IP allocation from this subnet.`,
    )
  }
  for (const port of holders) {
    port.fixedIps = port.fixedIps.filter((ip) => ip.subnet_id !== subnet.id)
    state.touch(port)
    state.ports.put(port)
  }
  state.ipam.remove(subnet.id)
  state.subnets.delete(subnet.id)
  const network = state.networks.get(subnet.networkId)
  if (network) {
    network.subnetIds.splice(network.subnetIds.indexOf(subnet.id), 1)
    state.touch(network)
  }
}

/** `/v2.0/subnets`. */
export function subnetSpec(net: Net): ResourceSpec<Subnet, typeof create, typeof update> {
  const { state } = net
  const visible = (subnet: Subnet, caller: Caller): boolean => {
    const network = state.networks.get(subnet.networkId)
    return owns(caller, subnet.projectId) || network?.shared === true
  }
  return {
    kind: 'subnet',
    checkRoom: (given, caller) => checkRoom(state, 'subnet', given, caller),
    listing: {
      table: state.subnets,
      plural: 'subnets',
      path: '/v2.0/subnets',
      view,
      visible,
      special: {
        shared: (subnet, values) =>
          values.some((value) => /^(true|1)$/i.test(value) === (state.networks.get(subnet.networkId)?.shared ?? false)),
      },
      filterable: [
        'id',
        'name',
        'project_id',
        'network_id',
        'ip_version',
        'cidr',
        'gateway_ip',
        'enable_dhcp',
        'description',
        'tags',
        'ipv6_ra_mode',
        'ipv6_address_mode',
        'subnetpool_id',
        'segment_id',
        'service_types',
      ],
    },
    attributes: {
      create,
      update,
      readOnly: [
        'id',
        'network_id',
        'cidr',
        'ip_version',
        'tags',
        'created_at',
        'updated_at',
        'revision_number',
        'ipv6_ra_mode',
        'ipv6_address_mode',
      ],
    },
    checkGround(given, caller) {
      const network = state.networks.get(given.network_id)
      if (!network) return
      if (!canSeeNetwork(network, caller)) throw notFound('network', network.id)
      if (!owns(caller, network.projectId)) throw disallowed('create_subnet')
    },
    create: (given, caller) => createSubnet(net, given, caller),
    update(subnet, given) {
      const cidr = state.ipam.cidr(subnet.id)
      if (given.gateway_ip !== undefined && given.gateway_ip !== subnet.gatewayIp) {
        const old = subnet.gatewayIp
        if (
          old !== null &&
          state.ports
            .by('subnet_id', subnet.id)
            .some((port) => port.deviceOwner === ROUTER_INTERFACE && port.fixedIps.some((ip) => ip.ip_address === old))
        ) {
          const port = state.ports.by('ip_address', old).find((one) => one.networkId === subnet.networkId)
          throw conflict(
            'GatewayIpInUse',
            `Current gateway ip ${old} already in use by port ${port?.id}. Unable to update.`,
          )
        }
        const gatewayIp = checkGateway(cidr, given.gateway_ip)
        checkPools(cidr, given.allocation_pools ?? subnet.allocationPools, gatewayIp)
        subnet.gatewayIp = gatewayIp
      }
      if (given.allocation_pools) {
        checkPools(cidr, given.allocation_pools, subnet.gatewayIp)
        subnet.allocationPools = given.allocation_pools
      }
      if (given.name !== undefined) subnet.name = given.name
      if (given.description !== undefined) subnet.description = given.description
      if (given.enable_dhcp !== undefined) subnet.enableDhcp = given.enable_dhcp
      if (given.dns_nameservers) subnet.dnsNameservers = given.dns_nameservers
      if (given.host_routes) subnet.hostRoutes = given.host_routes
      if (given.service_types) subnet.serviceTypes = given.service_types
      state.touch(subnet)
      state.subnets.put(subnet)
    },
    remove: (subnet, caller) => deleteSubnet(net, subnet, caller),
    viewDeleted: (subnet, caller) => ({
      ...view(subnet, caller),
      standard_attr_id: subnet.standardAttrId,
      shared: false,
    }),
  }
}
