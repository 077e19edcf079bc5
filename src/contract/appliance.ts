import { z } from 'zod'

/**
 * The appliance contract: what the orchestrator pushes to `PUT /v1/system/config` and what the appliance's REST API answers. The
 * orchestrator writes these shapes exactly; an appliance reads them tolerantly (unknown keys are ignored) and may be stricter per field.
 * Names, defaults and units are those of the original appliance, so that original images keep working.
 */

/** Ids come from Neutron: UUIDs in practice, any plain token in principle; never a path, a space or a control character. */
const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/)
const Ip = z.union([z.ipv4(), z.ipv6()])
const Cidr = z.union([z.cidrv4(), z.cidrv6()])
/** `address/prefix length`; the bare address means the whole of it. */
const InterfaceAddress = z.union([Cidr, Ip])
/** '' and null both mean: none. */
const OptionalIp = z.union([Ip, z.literal(''), z.null()])
const Mac = z.string().regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/)
const Asn = z.number().int().min(1).max(4_294_967_295)

export const NETWORK_TYPES = ['management', 'external', 'internal', 'isolated', 'loadbalancer'] as const
export type ApplianceNetworkType = (typeof NETWORK_TYPES)[number]

/** The network's interface inside the appliance. */
export const ApplianceInterfaceConfig = z.object({
  /** The appliance's own name for the interface, `ge<N>`; ge0 is the first. */
  ifname: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,14}$/),
  addresses: z.array(InterfaceAddress),
  mtu: z.number().int().min(68).max(65_535).optional(),
})
export type ApplianceInterfaceConfig = z.infer<typeof ApplianceInterfaceConfig>

export const HostRoute = z.object({ destination: Cidr, nexthop: Ip })
export type HostRoute = z.infer<typeof HostRoute>

export const ApplianceSubnet = z.object({
  id: Id,
  cidr: Cidr,
  gateway_ip: OptionalIp,
  /** Neutron's enable_dhcp, false for a SLAAC subnet. */
  dhcp_enabled: z.boolean(),
  /** Present where machines make their addresses themselves and ask DHCP for the rest. The original never sent it. */
  ipv6_ra_mode: z.literal('dhcpv6-stateless').optional(),
  dns_nameservers: z.array(Ip),
  host_routes: z.array(HostRoute).optional(),
})
export type ApplianceSubnet = z.infer<typeof ApplianceSubnet>

/** One port of an internal network: for DHCP leases and the metadata proxy. */
export const Allocation = z.object({
  mac_address: Mac,
  /** Address → whether its subnet has DHCP. */
  ip_addresses: z.record(z.string(), z.boolean()),
  /** Lexicographically first address with `.` and `:` as `-`, then `.local`. */
  hostname: z.string().max(255),
  /** The Nova server or other owner; '' when the port has none. */
  device_id: z.string().max(255),
})
export type Allocation = z.infer<typeof Allocation>

export const ApplianceNetwork = z.object({
  network_id: Id,
  network_type: z.enum(NETWORK_TYPES),
  interface: ApplianceInterfaceConfig,
  /** The network's MTU; the one that counts is in `interface`. */
  mtu: z.number().int().nullable().optional(),
  name: z.string().optional(),
  v4_conf_service: z.enum(['dhcp', 'static']).optional(),
  v6_conf_service: z.enum(['dhcp', 'ra', 'static']).optional(),
  subnets: z.array(ApplianceSubnet),
  /** Of internal networks only; empty elsewhere. */
  allocations: z.array(Allocation),
})
export type ApplianceNetwork = z.infer<typeof ApplianceNetwork>

export const FloatingIpMapping = z.object({ floating_ip: Ip, fixed_ip: Ip })
export type FloatingIpMapping = z.infer<typeof FloatingIpMapping>

/** Where the appliance's metadata proxy finds the orchestrator. */
export const OrchestratorAddress = z.object({
  address: Ip,
  metadata_port: z.number().int().min(1).max(65_535),
  host: z.string().max(255),
})
export type OrchestratorAddress = z.infer<typeof OrchestratorAddress>

/** VRRP role of one appliance of a pair. */
export const HaConfig = z.object({
  /** Management addresses of the other members. */
  peers: z.array(Ip),
  /** 100 for the preferred member, 50 for the others. */
  priority: z.number().int().min(1).max(254),
})
export type HaConfig = z.infer<typeof HaConfig>

const Lifetime = z.object({ units: z.string(), value: z.number().int() })

export const IkePolicy = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  ike_version: z.enum(['v1', 'v2']),
  auth_algorithm: z.string(),
  encryption_algorithm: z.string(),
  pfs: z.string(),
  phase1_negotiation_mode: z.string(),
  lifetime: Lifetime,
})
export type IkePolicy = z.infer<typeof IkePolicy>

export const IpsecPolicy = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  transform_protocol: z.enum(['esp', 'ah', 'ah-esp']),
  encapsulation_mode: z.enum(['tunnel', 'transport']),
  auth_algorithm: z.string(),
  encryption_algorithm: z.string(),
  pfs: z.string(),
  lifetime: Lifetime,
})
export type IpsecPolicy = z.infer<typeof IpsecPolicy>

/** `subnet` endpoints are ids of subnets in `networks`; `cidr` endpoints are CIDRs. */
export const EndpointGroup = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  type: z.enum(['subnet', 'cidr']),
  endpoints: z.array(z.string()),
})
export type EndpointGroup = z.infer<typeof EndpointGroup>

export const IpsecConnection = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  vpnservice_id: Id,
  admin_state_up: z.boolean(),
  status: z.string(),
  peer_address: z.string(),
  peer_id: z.string(),
  peer_cidrs: z.array(Cidr),
  route_mode: z.string(),
  mtu: z.number().int(),
  initiator: z.enum(['bi-directional', 'response-only']),
  auth_mode: z.string(),
  /** Secret. */
  psk: z.string(),
  dpd: z.object({ action: z.string(), interval: z.number().int(), timeout: z.number().int() }),
  ikepolicy: IkePolicy,
  ipsecpolicy: IpsecPolicy,
  local_ep_group: EndpointGroup,
  peer_ep_group: EndpointGroup,
})
export type IpsecConnection = z.infer<typeof IpsecConnection>

export const VpnService = z.object({
  id: Id,
  name: z.string(),
  status: z.string(),
  admin_state_up: z.boolean(),
  external_v4_ip: z.ipv4().nullable(),
  external_v6_ip: z.ipv6().nullable(),
  router_id: Id,
  subnet_id: Id.nullable().optional(),
  ipsec_connections: z.array(IpsecConnection),
})
export type VpnService = z.infer<typeof VpnService>

/** `{}` or `{ipsec: [...]}`. */
export const VpnConfig = z.object({ ipsec: z.array(VpnService).optional() })
export type VpnConfig = z.infer<typeof VpnConfig>

export const LoadBalancerMember = z.object({
  id: Id,
  tenant_id: z.string(),
  admin_state_up: z.boolean(),
  address: Ip,
  protocol_port: z.number().int().min(1).max(65_535),
  weight: z.number().int().min(0).max(256),
  subnet: z.unknown(),
})
export type LoadBalancerMember = z.infer<typeof LoadBalancerMember>

export const LoadBalancerPool = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  admin_state_up: z.boolean(),
  lb_algorithm: z.string(),
  protocol: z.string(),
  healthmonitor: z.unknown(),
  session_persistence: z.unknown(),
  members: z.array(LoadBalancerMember),
})
export type LoadBalancerPool = z.infer<typeof LoadBalancerPool>

export const LoadBalancerListener = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  admin_state_up: z.boolean(),
  protocol: z.enum(['HTTP', 'HTTPS', 'TCP']),
  protocol_port: z.number().int().min(1).max(65_535),
  default_pool: LoadBalancerPool.nullable(),
})
export type LoadBalancerListener = z.infer<typeof LoadBalancerListener>

export const LoadBalancerService = z.object({
  id: Id,
  tenant_id: z.string(),
  name: z.string(),
  admin_state_up: z.boolean(),
  status: z.string(),
  vip_address: Ip,
  vip_port: z
    .object({
      id: Id,
      name: z.string(),
      device_id: z.string(),
      device_owner: z.string(),
      network_id: Id,
      mac_address: Mac,
      fixed_ips: z.array(z.object({ subnet_id: Id, ip_address: Ip })),
    })
    .nullable(),
  listeners: z.array(LoadBalancerListener),
})
export type LoadBalancerService = z.infer<typeof LoadBalancerService>

/** Body of `PUT /v1/system/config`: the whole configuration, every time. */
export const ApplianceConfig = z.object({
  tenant_id: z.string().min(1),
  hostname: z.string().min(1).max(255),
  /** Management first, then external, then internal. Load balancer: its VIP's network, then management. */
  networks: z.array(ApplianceNetwork),
  /** Without it an appliance leaves its router part alone. */
  asn: Asn.optional(),
  neighbor_asn: Asn.optional(),
  /** Gateway of the external IPv4 subnet that holds the external address; '' when there is none. */
  default_v4_gateway: z.union([z.ipv4(), z.literal('')]).optional(),
  /** False: machines without a floating IP leave with addresses of their own. Absent: with the router's. */
  enable_snat: z.literal(false).optional(),
  floating_ips: z.array(FloatingIpMapping).optional(),
  /** The router's extra routes: pairs of destination and next hop. Absent when there are none. */
  static_routes: z.array(z.tuple([Cidr, Ip])).optional(),
  /** Traffic counters: name → CIDRs. */
  labels: z.record(z.string(), z.array(Cidr)).optional(),
  orchestrator: OrchestratorAddress.optional(),
  ha_resource: z.boolean().optional(),
  ha_config: HaConfig.optional(),
  vpn: VpnConfig.optional(),
  services: z.object({ loadbalancer: LoadBalancerService.optional() }).optional(),
})
export type ApplianceConfig = z.infer<typeof ApplianceConfig>

/** One interface as `GET /v1/system/interfaces` reports it; the orchestrator needs `ifname` and `lladdr`. */
export const ApplianceInterface = z.object({
  ifname: z.string().max(64),
  /** MAC address; null for the loopback. */
  lladdr: z.string().max(64).nullable(),
  addresses: z.array(z.string()).optional(),
  description: z.string().nullable().optional(),
  groups: z.array(z.string()).optional(),
  media: z.string().nullable().optional(),
  mtu: z.number().nullable().optional(),
  state: z.enum(['up', 'down']).optional(),
})
export type ApplianceInterface = z.infer<typeof ApplianceInterface>

/** `GET /v1/system/interfaces`. An appliance with more than this many is not an appliance. */
export const MAX_APPLIANCE_INTERFACES = 1024
export const InterfacesAnswer = z.object({ interfaces: z.array(ApplianceInterface).max(MAX_APPLIANCE_INTERFACES) })
export type InterfacesAnswer = z.infer<typeof InterfacesAnswer>

/** `GET /v1/system/interface/<ifname>`. */
export const InterfaceAnswer = z.object({ interface: ApplianceInterface })
export type InterfaceAnswer = z.infer<typeof InterfaceAnswer>

/** `GET /v1/status/`: whether the outside is reachable. Any 200 means alive. */
export const ApplianceStatusAnswer = z.object({ v4: z.boolean(), v6: z.boolean() })
export type ApplianceStatusAnswer = z.infer<typeof ApplianceStatusAnswer>

/** `GET` and `PUT /v1/system/config`: what is in force, in the appliance's own words. */
export const ConfigurationAnswer = z.object({ configuration: z.record(z.string(), z.unknown()) })
export type ConfigurationAnswer = z.infer<typeof ConfigurationAnswer>

/** One traffic counter; bytes and packets since the last POST. */
export const LabelCounter = z.object({
  name: z.string().max(255),
  total_packets: z.number(),
  total_bytes: z.number(),
  packets_in: z.number(),
  bytes_in: z.number(),
  packets_out: z.number(),
  bytes_out: z.number(),
})
export type LabelCounter = z.infer<typeof LabelCounter>

/** `GET /v1/firewall/labels` reads, `POST` reads and resets. Original images answer 404. */
export const LabelsAnswer = z.object({ labels: z.array(LabelCounter).max(1024) })
export type LabelsAnswer = z.infer<typeof LabelsAnswer>

/** Every refusal (400, 404, 415, 422, 500). Original images answer plain text instead. */
export const ApplianceErrorAnswer = z.object({
  error: z.string(),
  details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type ApplianceErrorAnswer = z.infer<typeof ApplianceErrorAnswer>
