import { z } from 'zod'
import type { Caller } from '../identity/caller.ts'
import { flag, text } from './attributes.ts'
import { conflict, invalidInput } from './errors.ts'
import type { Network } from './model.ts'
import type { Net } from './net.ts'
import { owns, projectFor } from './policy.ts'
import { deletePort } from './ports.ts'
import { checkQuota, checkRoom } from './quotas.ts'
import type { ResourceSpec } from './resource.ts'
import { standardView } from './standard-view.ts'
import { deleteSubnet } from './subnets.ts'

const create = z.object({
  name: text.default(''),
  description: text.default(''),
  admin_state_up: flag.default(true),
  shared: flag.default(false),
  mtu: z.int().min(68).max(65_535).optional(),
  'router:external': flag.default(false),
  is_default: flag.default(false),
  port_security_enabled: flag.default(true),
  availability_zone_hints: z.array(z.string()).default([]),
  'provider:network_type': z.string().optional(),
  'provider:physical_network': z.string().nullish(),
  'provider:segmentation_id': z.int().nullish(),
  dns_domain: z.string().optional(),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
})
const update = z
  .object({
    name: text,
    description: text,
    admin_state_up: flag,
    shared: flag,
    mtu: z.int().min(68).max(65_535),
    'router:external': flag,
    is_default: flag,
    port_security_enabled: flag,
  })
  .partial()

const READ_ONLY = ['id', 'status', 'subnets', 'tags', 'created_at', 'updated_at', 'revision_number', 'l2_adjacency']
const OWNER_IDS = ['availability_zones', 'ipv4_address_scope', 'ipv6_address_scope']
const PROVIDER_TYPES = new Set(['local', 'flat', 'vlan', 'vxlan', 'gre', 'geneve'])

export type NetworkCreate = z.input<typeof create>

function view(network: Network, caller: Caller): Record<string, unknown> {
  const provider = caller.isAdmin
    ? {
        'provider:network_type': network.networkType,
        'provider:physical_network': network.physicalNetwork,
        'provider:segmentation_id': network.segmentationId,
      }
    : {}
  return {
    id: network.id,
    name: network.name,
    admin_state_up: network.adminStateUp,
    mtu: network.mtu,
    status: 'ACTIVE',
    subnets: [...network.subnetIds],
    shared: network.shared,
    availability_zone_hints: network.availabilityZoneHints,
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': network.external,
    port_security_enabled: network.portSecurity,
    l2_adjacency: true,
    ...(network.external ? { is_default: network.isDefault } : {}),
    ...standardView(network),
    ...provider,
  }
}

/** Whether the caller may see and use a network. */
export const canSeeNetwork = (network: Network, caller: Caller): boolean =>
  owns(caller, network.projectId) || network.shared || network.external

/** Makes a network. */
export function createNetwork(net: Net, given: NetworkCreate, caller: Caller): Network {
  const attributes = create.parse(given)
  const { state } = net
  const projectId = projectFor(caller, attributes)
  checkQuota(state, 'network', projectId)
  const networkType = attributes['provider:network_type'] ?? 'local'
  if (!PROVIDER_TYPES.has(networkType)) throw invalidInput(`network_type value '${networkType}' not supported`)
  const network: Network = {
    ...state.standard({ name: attributes.name, description: attributes.description, projectId }),
    adminStateUp: attributes.admin_state_up,
    mtu: attributes.mtu ?? 1500,
    shared: attributes.shared,
    external: attributes['router:external'],
    isDefault: attributes.is_default,
    portSecurity: attributes.port_security_enabled,
    networkType,
    physicalNetwork: attributes['provider:physical_network'] ?? (networkType === 'flat' ? 'physext' : null),
    segmentationId: attributes['provider:segmentation_id'] ?? null,
    availabilityZoneHints: attributes.availability_zone_hints,
    subnetIds: [],
  }
  state.networks.put(network)
  return network
}

/** Removes a network with its subnets; refuses while anybody's ports are on it. */
function deleteNetwork(net: Net, network: Network, caller: Caller): void {
  const { state } = net
  const ports = state.ports.by('network_id', network.id)
  const inUse = ports.filter((port) => port.deviceOwner !== 'network:dhcp')
  if (inUse.length > 0) {
    const ids = inUse.map((port) => port.id).sort()
    throw conflict(
      'NetworkInUse',
      `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the network, id for these ports is: ${ids.join(',')}.`,
    )
  }
  for (const port of ports) deletePort(net, port)
  for (const id of [...network.subnetIds]) {
    const subnet = state.subnets.get(id)
    if (subnet) deleteSubnet(net, subnet, caller)
  }
  state.networks.delete(network.id)
}

/** `/v2.0/networks`. */
export function networkSpec(net: Net): ResourceSpec<Network, typeof create, typeof update> {
  const { state } = net
  return {
    kind: 'network',
    checkRoom: (given, caller) => checkRoom(state, 'network', given, caller),
    listing: {
      table: state.networks,
      plural: 'networks',
      path: '/v2.0/networks',
      view,
      visible: canSeeNetwork,
      filterable: [
        'id',
        'name',
        'project_id',
        'admin_state_up',
        'status',
        'shared',
        'router:external',
        'is_default',
        'mtu',
        'description',
        'tags',
        'subnets',
        'provider:network_type',
        'provider:physical_network',
        'provider:segmentation_id',
        'port_security_enabled',
      ],
    },
    attributes: { create, update, readOnly: [...READ_ONLY, ...OWNER_IDS] },
    adminOnly: [
      'shared',
      'router:external',
      'is_default',
      'provider:network_type',
      'provider:physical_network',
      'provider:segmentation_id',
    ],
    create: (given, caller) => createNetwork(net, given, caller),
    update(network, given) {
      if (Object.keys(given).length === 0) return
      if (given.name !== undefined) network.name = given.name
      if (given.description !== undefined) network.description = given.description
      if (given.admin_state_up !== undefined) network.adminStateUp = given.admin_state_up
      if (given.shared !== undefined) network.shared = given.shared
      if (given.mtu !== undefined) network.mtu = given.mtu
      if (given['router:external'] !== undefined) network.external = given['router:external']
      if (given.is_default !== undefined) network.isDefault = given.is_default
      if (given.port_security_enabled !== undefined) network.portSecurity = given.port_security_enabled
      state.touch(network)
      state.networks.put(network)
    },
    remove: (network, caller) => deleteNetwork(net, network, caller),
    viewCreated: (network, caller) => ({ ...view(network, caller), is_default: network.isDefault }),
    viewDeleted: (network, caller) => ({
      ...view(network, caller),
      standard_attr_id: network.standardAttrId,
      vlan_transparent: null,
    }),
  }
}
