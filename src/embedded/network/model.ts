import type { FixedIp } from './ipam.ts'

/** `device_owner` of the port by which a router is on a tenant's network. */
export const ROUTER_INTERFACE = 'network:router_interface'

/** What every Neutron resource has. */
export interface Standard {
  readonly id: string
  /** The number Neutron's database gives it; shows up in some notifications and RPC answers. */
  readonly standardAttrId: number
  name: string
  description: string
  projectId: string
  tags: string[]
  createdAt: number
  updatedAt: number
  revision: number
}

export interface Network extends Standard {
  adminStateUp: boolean
  mtu: number
  shared: boolean
  external: boolean
  isDefault: boolean
  portSecurity: boolean
  readonly networkType: string
  readonly physicalNetwork: string | null
  readonly segmentationId: number | null
  availabilityZoneHints: string[]
  readonly subnetIds: string[]
}

export interface HostRoute {
  readonly destination: string
  readonly nexthop: string
}

export interface Subnet extends Standard {
  readonly networkId: string
  readonly ipVersion: 4 | 6
  readonly cidr: string
  gatewayIp: string | null
  enableDhcp: boolean
  dnsNameservers: string[]
  hostRoutes: HostRoute[]
  allocationPools: { start: string; end: string }[]
  readonly ipv6RaMode: string | null
  readonly ipv6AddressMode: string | null
  serviceTypes: string[]
  /**
   * Ports get an address here even when they are created with `fixed_ips: []`. True of SLAAC and stateless DHCPv6, as in Neutron; true of
   * this cloud's IPv4 management subnet too, which stands in for a SLAAC one because only 127.0.0.0/8 exists on every Linux host.
   */
  readonly autoAddress: boolean
}

export interface Port extends Standard {
  readonly networkId: string
  macAddress: string
  adminStateUp: boolean
  status: string
  deviceId: string
  deviceOwner: string
  fixedIps: FixedIp[]
  securityGroups: string[]
  portSecurity: boolean
  allowedAddressPairs: { ip_address: string; mac_address?: string }[]
  extraDhcpOpts: unknown[]
  vnicType: string
  bindingProfile: Record<string, unknown>
  hostId: string
  vifType: string
  vifDetails: Record<string, unknown>
  /** null: this Neutron does not say. */
  ipAllocation: 'immediate' | 'none' | 'deferred' | null
}

export interface Router extends Standard {
  adminStateUp: boolean
  status: string
  gatewayPortId: string | null
  gatewayNetworkId: string | null
  enableSnat: boolean
  ha: boolean
  distributed: boolean
  routes: HostRoute[]
  flavorId: string | null
  availabilityZoneHints: string[]
  /** Host of the L3 agent it is scheduled to. */
  agentHost: string | null
}

export interface FloatingIp extends Standard {
  readonly networkId: string
  readonly address: string
  /** The port that holds the address. */
  readonly holderPortId: string
  portId: string | null
  fixedIp: string | null
  routerId: string | null
  /** The router before it was taken off. */
  lastRouterId: string | null
  status: string
}

export interface SecurityGroup extends Standard {
  stateful: boolean
}

export interface SecurityGroupRule extends Standard {
  readonly securityGroupId: string
  readonly direction: 'ingress' | 'egress'
  readonly ethertype: string
  readonly protocol: string | null
  readonly portRangeMin: number | null
  readonly portRangeMax: number | null
  readonly remoteIpPrefix: string | null
  readonly remoteGroupId: string | null
  /** Made with its group, not asked for. */
  readonly isOwn: boolean
}

export interface Agent {
  readonly id: string
  readonly agentType: string
  readonly binary: string
  readonly topic: string
  readonly host: string
  adminStateUp: boolean
  readonly createdAt: number
  startedAt: number
  heartbeatAt: number
  description: string | null
  availabilityZone: string | null
  configurations: Record<string, unknown>
  /** An agent of the cloud itself: always alive. */
  readonly isBuiltIn: boolean
}
