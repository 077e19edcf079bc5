import type { ApplianceConfig, DriverName, HaConfig, InstanceState, VpnConfig } from '../../contract/index.ts'
import type { FixedIp, NeutronPort, NeutronSubnet, OpenStack } from '../../openstack/index.ts'
import type { PortKind } from './names.ts'

/** The one RPC of Neutron's L3 plugin that drivers use. */
export interface L3Source {
  /** `sync_routers`: details of these routers, raw. `[]` means "not scheduled to this host" as well as "absent". */
  syncRouters(routerIds: readonly string[], options: { readonly signal?: AbortSignal }): Promise<readonly unknown[]>
}

/** Outside services a driver may ask. */
export interface DriverSources {
  readonly openstack: OpenStack
  /** null: no bus (then everything comes by REST). */
  readonly l3: L3Source | null
}

/** A Neutron port of a resource: one address set that an instance must carry on one network. */
export interface ResourcePort {
  readonly id: string
  readonly networkId: string
  readonly macAddress: string
  readonly deviceOwner: string
  readonly fixedIps: readonly FixedIp[]
  /** The network's MTU when the source told it; null: look it up. */
  readonly mtu: number | null
}

/** What Neutron wants to know of a router from its L3 agent. */
export interface L3Facts {
  /** Administratively. A router that is not carries nothing. */
  readonly isUp: boolean
  readonly gateways: number
  readonly interfaces: number
  /** Floating IPs that point somewhere, with the status Neutron had for them; null: it did not say. */
  readonly floatingIps: readonly { readonly id: string; readonly status: string | null }[]
}

/** What every driver knows of a resource. */
export interface ResourceDetail {
  readonly id: string
  /** As Neutron writes it (with or without dashes). */
  readonly tenantId: string
  readonly name: string
  readonly status: string | null
  readonly ha: boolean
  /** Every port whose network an instance must be plugged into. */
  readonly ports: readonly ResourcePort[]
  /** Networks of those ports that are shared with the outside world. */
  readonly externalNetworkIds: readonly string[]
  /** Absent: nothing that an L3 agent reports on. */
  readonly l3?: L3Facts
}

/** A row of the list of everything, for populating. */
export interface ResourceSummary {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly status: string | null
}

/** What an instance of this kind is made of. */
export interface ApplianceSettings {
  readonly imageUuid: string
  /** Flavor id or name. */
  readonly flavor: string
  /** TCP port of the appliance's REST API. */
  readonly managementPort: number
}

/** Everything a configuration is computed from, besides the resource itself. Maps are keyed by network id. */
export interface ConfigInputs {
  /** Network id → interface name inside the appliance, management included. */
  readonly interfaces: ReadonlyMap<string, string>
  readonly management: { readonly networkId: string; readonly fixedIps: readonly FixedIp[] }
  readonly mtus: ReadonlyMap<string, number | null>
  readonly subnets: ReadonlyMap<string, readonly NeutronSubnet[]>
  /** All ports of the networks named by `allocationNetworks`. */
  readonly ports: ReadonlyMap<string, readonly NeutronPort[]>
  /** null when the resource is not highly available. */
  readonly ha: HaConfig | null
  readonly vpn: VpnConfig | null
}

/** What is special to a kind of resource. Stateless apart from caches; shared by all resources of its kind. */
export interface Driver<D extends ResourceDetail = ResourceDetail> {
  readonly name: DriverName
  readonly appliance: ApplianceSettings
  /** Kind of the instance ports, one for each network. */
  readonly portKind: PortKind
  /** Everything of this kind in the cloud. Throws OpenStackError: a refusal (401, 403) is not an empty cloud. */
  listAll(options?: { readonly signal?: AbortSignal }): Promise<readonly ResourceSummary[]>
  /**
   * Details of many at once. An id missing from the result is absent by a direct 404; an Error stands for an id that could not be looked up.
   * Never throws except for the signal's reason.
   */
  fetch(ids: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<ReadonlyMap<string, D | Error>>
  /** Direct look-up: false only on a 404. */
  exists(id: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>
  requiredInstances(detail: D): number
  /** Networks whose ports a configuration lists as allocations. */
  allocationNetworks(detail: D): readonly string[]
  /** Additional documents for the configuration, when the resource has any. */
  vpn(detail: D, options?: { readonly signal?: AbortSignal }): Promise<VpnConfig | null>
  /** Pure. */
  buildConfig(detail: D, inputs: ConfigInputs): ApplianceConfig
  /** Neutron's word for a state; null: nothing to tell. */
  neutronStatus(state: InstanceState): string | null
  /** Resolves false when Neutron does not know the extension. Throws OpenStackError. */
  sendStatus(id: string, status: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>
}
