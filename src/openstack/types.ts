/** The four services this room speaks to. */
export type ServiceName = 'keystone' | 'neutron' | 'nova' | 'glance'

/** Options every call takes. */
export interface CallOptions {
  /** The call rejects with the signal's reason as soon as it aborts. */
  readonly signal?: AbortSignal
  /**
   * Overrides the service's default time-out for this call, milliseconds: everything included, the wait for a token and for a turn,
   * retries and their pauses. Of an operation made of several requests (pages, chunks) it bounds each request.
   */
  readonly timeoutMs?: number
}

/** A value, or several values of one filter (sent as repeated query parameters). */
export type Filter = string | boolean | readonly string[]

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

export interface NeutronNetwork {
  readonly id: string
  readonly name: string
  readonly tenant_id: string
  readonly mtu: number | null
  readonly status: string
  readonly admin_state_up: boolean
  readonly 'router:external': boolean
  readonly shared: boolean
  readonly subnets: readonly string[]
}

export interface NeutronSubnet {
  readonly id: string
  readonly name: string
  readonly tenant_id: string
  readonly network_id: string
  readonly ip_version: 4 | 6
  readonly cidr: string
  readonly gateway_ip: string | null
  readonly enable_dhcp: boolean
  readonly dns_nameservers: readonly string[]
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[]
  readonly ipv6_ra_mode: string | null
  readonly ipv6_address_mode: string | null
}

export interface NeutronPort {
  readonly id: string
  readonly name: string
  readonly tenant_id: string
  readonly network_id: string
  readonly mac_address: string
  readonly device_id: string
  readonly device_owner: string
  readonly admin_state_up: boolean
  readonly status: string
  readonly fixed_ips: readonly FixedIp[]
  /** `none`: it is meant to have no address. null or absent: Neutron does not say (no service plugin `segments`). */
  readonly ip_allocation?: string | null
}

export interface NeutronRouter {
  readonly id: string
  readonly name: string
  readonly tenant_id: string
  readonly status: string
  readonly admin_state_up: boolean
  readonly ha: boolean
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[]
  readonly external_gateway_info: {
    readonly network_id: string
    readonly enable_snat?: boolean
    readonly external_fixed_ips?: readonly FixedIp[]
  } | null
}

export interface NeutronFloatingIp {
  readonly id: string
  readonly tenant_id: string
  readonly floating_ip_address: string
  readonly fixed_ip_address: string | null
  readonly floating_network_id: string
  readonly port_id: string | null
  readonly router_id: string | null
  readonly status: string
}

/** An agent of Neutron's, as far as scheduling goes. */
export interface NeutronAgent {
  readonly id: string
  readonly host: string
  readonly agent_type: string
  readonly admin_state_up: boolean
  readonly alive: boolean
}

export interface PortCreate {
  readonly network_id: string
  readonly name: string
  readonly admin_state_up?: boolean
  readonly fixed_ips?: readonly Partial<FixedIp>[]
  readonly security_groups?: readonly string[]
  readonly port_security_enabled?: boolean
  readonly allowed_address_pairs?: readonly { readonly ip_address: string }[]
  readonly device_id?: string
  readonly device_owner?: string
  readonly mac_address?: string
  readonly tenant_id?: string
  readonly 'binding:host_id'?: string
}

type PortUpdate = Partial<Omit<PortCreate, 'network_id' | 'tenant_id'>>

/**
 * Neutron v2.0. Lists follow pagination to their end; long lists of ids in a filter are split over several requests; a filter with an
 * empty list of values matches nothing and asks nobody. `get*` throws OpenStackError with status 404 when absent.
 */
export interface NeutronClient {
  listNetworks(filter?: Readonly<Record<string, Filter>>, options?: CallOptions): Promise<readonly NeutronNetwork[]>
  listSubnets(filter?: Readonly<Record<string, Filter>>, options?: CallOptions): Promise<readonly NeutronSubnet[]>
  listPorts(filter?: Readonly<Record<string, Filter>>, options?: CallOptions): Promise<readonly NeutronPort[]>
  listRouters(filter?: Readonly<Record<string, Filter>>, options?: CallOptions): Promise<readonly NeutronRouter[]>
  listFloatingIps(
    filter?: Readonly<Record<string, Filter>>,
    options?: CallOptions,
  ): Promise<readonly NeutronFloatingIp[]>
  getRouter(id: string, options?: CallOptions): Promise<NeutronRouter>
  getPort(id: string, options?: CallOptions): Promise<NeutronPort>
  /** Not retried by itself: a time-out may have made the port. */
  createPort(port: PortCreate, options?: CallOptions): Promise<NeutronPort>
  updatePort(id: string, port: PortUpdate, options?: CallOptions): Promise<NeutronPort>
  /** Absent already counts as done. */
  deletePort(id: string, options?: CallOptions): Promise<void>
  /** Administrators only: to others Neutron shows an empty list. */
  listAgents(filter?: Readonly<Record<string, Filter>>, options?: CallOptions): Promise<readonly NeutronAgent[]>
  /** Ids of the routers scheduled to an L3 agent. */
  listRoutersOnAgent(agentId: string, options?: CallOptions): Promise<readonly string[]>
  /** The L3 agents that a router is scheduled to. Throws OpenStackError 404 when there is no such router, 403 for who is no administrator. */
  listAgentsOfRouter(routerId: string, options?: CallOptions): Promise<readonly NeutronAgent[]>
  /** Aliases of the extensions offered. */
  listExtensions(options?: CallOptions): Promise<readonly string[]>
  /**
   * `PUT /v2.0/dhrouterstatus/<id>`, an extension of the Astara Neutron plugin.
   * Resolves false when the extension is absent (404), remembered for a while so that it costs nothing. Every other failure throws (a
   * status that did not arrive must not be taken for one that did).
   */
  updateRouterStatus(id: string, status: string, options?: CallOptions): Promise<boolean>
}

/** A VPN service: the end of a router's tunnels. */
export interface NeutronVpnService {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly admin_state_up: boolean
  readonly external_v4_ip: string | null
  readonly external_v6_ip: string | null
  readonly router_id: string
  readonly subnet_id: string | null
}

export interface NeutronIpsecConnection {
  readonly id: string
  readonly tenant_id: string
  readonly name: string
  readonly vpnservice_id: string
  readonly admin_state_up: boolean
  readonly status: string
  readonly peer_address: string
  readonly peer_id: string
  readonly peer_cidrs: readonly string[]
  readonly route_mode: string
  readonly mtu: number
  readonly initiator: string
  readonly auth_mode: string
  /** Secret. '' when a policy hides it. */
  readonly psk: string
  readonly dpd: { readonly action: string; readonly interval: number; readonly timeout: number }
  readonly ikepolicy_id: string
  readonly ipsecpolicy_id: string
  /** null: made the old way, from the service's subnet and `peer_cidrs`. */
  readonly local_ep_group_id: string | null
  readonly peer_ep_group_id: string | null
}

interface VpnLifetime {
  readonly units: string
  readonly value: number
}

export interface NeutronIkePolicy {
  readonly id: string
  readonly tenant_id: string
  readonly name: string
  readonly ike_version: string
  readonly auth_algorithm: string
  readonly encryption_algorithm: string
  readonly pfs: string
  readonly phase1_negotiation_mode: string
  readonly lifetime: VpnLifetime
}

export interface NeutronIpsecPolicy {
  readonly id: string
  readonly tenant_id: string
  readonly name: string
  readonly transform_protocol: string
  readonly encapsulation_mode: string
  readonly auth_algorithm: string
  readonly encryption_algorithm: string
  readonly pfs: string
  readonly lifetime: VpnLifetime
}

export interface NeutronEndpointGroup {
  readonly id: string
  readonly tenant_id: string
  readonly name: string
  /** `subnet`, `cidr`, `network`, `vlan` or `router`. */
  readonly type: string
  readonly endpoints: readonly string[]
}

type Lister<T> = (filter?: Readonly<Record<string, Filter>>, options?: CallOptions) => Promise<readonly T[]>

/**
 * Neutron's VPN as a service, an extension that many clouds do not have: then every list is empty, and nobody asks for ten minutes. A 404
 * is only believed when Neutron's list of extensions does not name it either. Filters as NeutronClient's.
 */
export interface VpnClient {
  readonly listServices: Lister<NeutronVpnService>
  readonly listConnections: Lister<NeutronIpsecConnection>
  readonly listIkePolicies: Lister<NeutronIkePolicy>
  readonly listIpsecPolicies: Lister<NeutronIpsecPolicy>
  readonly listEndpointGroups: Lister<NeutronEndpointGroup>
}

export interface NovaServer {
  readonly id: string
  readonly name: string
  /** BUILD, ACTIVE, ERROR, DELETED, SHUTOFF, … */
  readonly status: string
  readonly created: string
  readonly image_id: string | null
  readonly tenant_id: string
  readonly fault: string | null
  readonly task_state: string | null
}

export interface ServerCreate {
  readonly name: string
  readonly imageRef: string
  readonly flavorRef: string
  /** In attach order. */
  readonly networks: readonly { readonly port: string }[]
  /** Base64. */
  readonly user_data?: string
  readonly config_drive?: boolean
  readonly availability_zone?: string
  readonly metadata?: Readonly<Record<string, string>>
}

export interface NovaFlavor {
  readonly id: string
  readonly name: string
  /** GiB; 0: as much as the image needs. Absent: Nova did not say. */
  readonly disk?: number
  /** MiB. */
  readonly ram?: number
}

export interface NovaInterface {
  readonly port_id: string
  readonly net_id: string
  readonly mac_addr: string
  readonly fixed_ips: readonly FixedIp[]
}

/** Nova v2.1. */
export interface NovaClient {
  /** `name` is a regular expression on Nova's side. Pages of 1,000. Details included. */
  listServers(
    filter?: { readonly name?: string; readonly allTenants?: boolean },
    options?: CallOptions,
  ): Promise<readonly NovaServer[]>
  getServer(id: string, options?: CallOptions): Promise<NovaServer>
  /** Not retried by itself: a time-out may have made the server. */
  createServer(server: ServerCreate, options?: CallOptions): Promise<{ readonly id: string }>
  /** Absent already counts as done. Returns when Nova accepted it, not when it is gone. */
  deleteServer(id: string, options?: CallOptions): Promise<void>
  listInterfaces(serverId: string, options?: CallOptions): Promise<readonly NovaInterface[]>
  /** Not retried by itself. Throws with status 409 when the port is in use, 404 when the port or the server is absent. */
  attachInterface(serverId: string, portId: string, options?: CallOptions): Promise<void>
  /** Absent (server, port or attachment) already counts as done. Returns when Nova accepted it; the port detaches later. */
  detachInterface(serverId: string, portId: string, options?: CallOptions): Promise<void>
  /** By id, else by exact name, private flavors included. Throws with status 404 when there is neither. */
  getFlavor(idOrName: string, options?: CallOptions): Promise<NovaFlavor>
}

export interface GlanceImage {
  readonly id: string
  readonly name: string
  readonly status: string
  /** Least disk of a flavor, GiB. Absent: Glance did not say. */
  readonly min_disk?: number
  /** Least memory of a flavor, MiB. */
  readonly min_ram?: number
}

/** Glance v2. */
export interface GlanceClient {
  getImage(id: string, options?: CallOptions): Promise<GlanceImage>
  listImages(filter?: Readonly<Record<string, string>>, options?: CallOptions): Promise<readonly GlanceImage[]>
}

/** One finished try of a call, for metrics and timelines. */
export interface CallRecord {
  readonly service: ServiceName
  readonly method: string
  /** Path with ids replaced: `/v2.0/ports/{id}`. */
  readonly pathTemplate: string
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null
  readonly durationMs: number
  readonly requestId: string | null
  /** 1 for the first try. */
  readonly attempt: number
  readonly error: string | null
}

/** Where and as whom. Either password or application credential. */
export interface AuthOptions {
  readonly authUrl: string
  readonly method: 'password' | 'application_credential'
  readonly username?: string
  readonly userId?: string
  readonly password?: string
  readonly userDomainName?: string
  readonly userDomainId?: string
  readonly projectName?: string
  readonly projectId?: string
  readonly projectDomainName?: string
  readonly projectDomainId?: string
  readonly applicationCredentialId?: string
  readonly applicationCredentialName?: string
  readonly applicationCredentialSecret?: string
  /** PEM file with the authorities to trust, instead of the system's. */
  readonly cafile?: string
  /** Accept any TLS certificate. */
  readonly insecure?: boolean
}

/** What stands at the root of a service. */
export interface ServiceRoot {
  /** Base URL in use, version included. */
  readonly url: string
  /** What it says of its version, where it does: the highest microversion of Nova, Keystone's version. */
  readonly version: string | null
  /** Milliseconds by which its clock is ahead of ours; exact to about a second. null: its answer has no date. */
  readonly aheadMs: number | null
}

/** Looks at the services themselves rather than at what they hold. */
export interface ServiceRoots {
  /** Asks a service for the least there is. Throws OpenStackError; `bad_config` when the catalog does not name it. */
  root(service: ServiceName, options?: CallOptions): Promise<ServiceRoot>
}

/** The clients with one token between them. */
export interface OpenStack {
  readonly neutron: NeutronClient
  readonly vpn: VpnClient
  readonly nova: NovaClient
  readonly glance: GlanceClient
  /** Fetches a token now if there is none. Throws OpenStackError. Returns whose it is, and which roles it carries where Keystone says so. */
  authenticate(
    options?: CallOptions,
  ): Promise<{ readonly projectId: string | null; readonly userId: string; readonly roles?: readonly string[] }>
  /** Ends every call under way (they reject) and closes the connections. */
  close(): Promise<void>
}
