import { z } from 'zod'
import {
  asn,
  cidr,
  genericName,
  hostname,
  identifier,
  interfaceAddress,
  ip,
  label,
  mac,
  mtu,
  optionalIp,
  port,
} from './fields.ts'
import { loadBalancer } from './loadbalancer.ts'
import { vpn } from './vpn.ts'

const subnet = z.object({
  id: identifier,
  cidr,
  gateway_ip: optionalIp,
  dhcp_enabled: z.boolean(),
  // Whatever else is said of it says no more than dhcp_enabled does.
  ipv6_ra_mode: z.string().max(64).nullish(),
  dns_nameservers: z.array(ip).max(64),
  host_routes: z
    .array(z.object({ destination: cidr, nexthop: ip }))
    .max(1024)
    .default([]),
})

const allocation = z.object({
  mac_address: mac,
  ip_addresses: z.record(z.string().max(64), z.boolean()),
  // Only what could break out of a line is refused; a name that is no host name is served without one.
  hostname: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9._-]*$/, 'expected a host name')
    .nullable(),
  // Any tenant can write anything into a port's device_id: it is looked up, never rendered.
  device_id: z.string().max(255).nullable(),
})

const networkInterface = z.object({
  ifname: genericName,
  addresses: z.array(interfaceAddress).max(256).default([]),
  mtu,
  description: z.string().max(255).regex(/^\w*$/, 'description may hold only [A-Za-z0-9_]').default(''),
  groups: z
    .array(
      z
        .string()
        .max(255)
        .regex(/^[\w.-]*$/, 'group may hold only [A-Za-z0-9_.-]'),
    )
    .max(64)
    .default([]),
  lladdr: mac.nullish().transform((value) => value ?? null),
  media: label.nullish().transform((value) => value ?? null),
  state: z.enum(['up', 'down']).default('up'),
})

const network = z
  .object({
    network_id: identifier,
    network_type: z.enum(['external', 'internal', 'isolated', 'management', 'loadbalancer']).default('isolated'),
    interface: networkInterface,
    name: label.nullish().transform((value) => value ?? ''),
    v4_conf_service: z.enum(['dhcp', 'static']).default('static'),
    v6_conf_service: z.enum(['dhcp', 'ra', 'static']).default('static'),
    subnets: z.array(subnet).max(256).default([]),
    allocations: z.array(allocation).max(65_536).optional(),
    address_allocations: z.array(allocation).max(65_536).optional(),
  })
  .transform(({ allocations, address_allocations, ...rest }) => ({
    ...rest,
    allocations: allocations ?? address_allocations ?? [],
  }))

const staticRoute = z.union([
  z.tuple([cidr, ip]).transform(([destination, next_hop]) => ({ destination, next_hop })),
  z.object({ destination: cidr, next_hop: ip }),
])

const bookName = z.string().regex(/^[A-Za-z][\w.-]{0,62}$/, 'expected a name ([A-Za-z0-9_.-])')

const anchorRule = z.object({
  action: z.enum(['pass', 'block']),
  direction: z.enum(['in', 'out']).nullish(),
  interface: genericName.nullish(),
  family: z.enum(['inet', 'inet6']).nullish(),
  // The original accepted only the misspelt `imcp`.
  protocol: z.enum(['tcp', 'udp', 'icmp', 'imcp']).nullish(),
  source: z.union([cidr, bookName]).nullish(),
  source_port: port.nullish(),
  destination_interface: genericName.nullish(),
  destination: z.union([cidr, bookName]).nullish(),
  destination_port: port.nullish(),
  redirect: ip.nullish(),
  redirect_port: port.nullish(),
})

/** The configuration body, unwrapped. Unknown keys are dropped. */
export const configurationSchema = z.object({
  tenant_id: identifier.optional(),
  hostname: hostname.optional(),
  networks: z.array(network).max(256).default([]),
  asn: asn.nullish().transform((value) => value ?? 64512),
  neighbor_asn: asn.nullish().transform((value) => value ?? null),
  default_v4_gateway: optionalIp,
  enable_snat: z.boolean().default(true),
  floating_ips: z
    .array(z.object({ floating_ip: ip, fixed_ip: ip }))
    .max(4096)
    .default([]),
  static_routes: z.array(staticRoute).max(1024).default([]),
  labels: z
    .record(z.string().regex(/^[\w.:-]{1,64}$/, 'expected a label name ([A-Za-z0-9_.:-])'), z.array(cidr).max(1024))
    .default({}),
  address_book: z.record(bookName, z.array(cidr).max(1024)).default({}),
  anchors: z
    .array(z.object({ name: label, rules: z.array(anchorRule).max(1024) }))
    .max(256)
    .default([]),
  orchestrator: z
    .object({
      address: ip.optional(),
      metadata_port: port.optional(),
      host: label.nullish(),
    })
    .default({}),
  ha_resource: z.boolean().default(false),
  ha_config: z
    .object({ peers: z.array(ip).max(8).default([]), priority: z.int().min(1).max(254).default(50) })
    .partial()
    .default({}),
  vpn: vpn.nullish().transform((value) => value?.ipsec ?? []),
  services: z.object({ loadbalancer: loadBalancer.nullish() }).nullish(),
})

/** A configuration whose every field has its right form. What fields say about each other is checked by the model. */
export type Configuration = z.output<typeof configurationSchema>
export type ConfiguredNetwork = Configuration['networks'][number]
export type ConfiguredVpnService = Configuration['vpn'][number]
export type ConfiguredAnchorRule = Configuration['anchors'][number]['rules'][number]
