import { z } from 'zod'
import { cidr, identifier, ip, label } from './fields.ts'

/** Names a section of strongSwan's file, where a dot would mean another one. */
const connectionId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, 'expected an identifier ([A-Za-z0-9_-])')

/** Names of algorithms and actions; those that are not offered are told as a warning, because tenants choose them. */
const word = z.string().regex(/^[a-z0-9-]{1,32}$/, 'expected a name ([a-z0-9-])')

const lifetime = z.object({
  units: z.enum(['seconds', 'kilobytes']).default('seconds'),
  value: z.int().min(60).max(2_147_483_647).default(3600),
})

const policy = {
  auth_algorithm: word.default('sha1'),
  encryption_algorithm: word.default('aes-128'),
  pfs: word.default('group5'),
  lifetime: lifetime.prefault({}),
}

const ikePolicy = z.object({
  ...policy,
  ike_version: z.enum(['v1', 'v2']).default('v1'),
  phase1_negotiation_mode: z.enum(['main', 'aggressive']).default('main'),
})

const ipsecPolicy = z.object({
  ...policy,
  transform_protocol: z.enum(['esp', 'ah', 'ah-esp']).default('esp'),
  encapsulation_mode: z.enum(['tunnel', 'transport']).default('tunnel'),
})

const endpointGroup = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subnet'), endpoints: z.array(identifier).max(64) }),
  z.object({ type: z.literal('cidr'), endpoints: z.array(cidr).max(64) }),
])

const connection = z.object({
  id: connectionId,
  name: label.nullish().transform((value) => value ?? ''),
  admin_state_up: z.boolean().default(true),
  status: label.nullish().transform((value) => value ?? null),
  peer_address: ip,
  // An address, a name, a mail address or a distinguished name. No wildcard: it would let others in.
  peer_id: z.string().regex(/^[A-Za-z0-9@._:+=,/ -]{1,255}$/, 'expected an identity ([A-Za-z0-9@._:+=,/ -])'),
  peer_cidrs: z.array(cidr).max(64).default([]),
  route_mode: z.literal('static').default('static'),
  mtu: z.int().min(68).max(65_535).default(1500),
  initiator: z.enum(['bi-directional', 'response-only']).default('bi-directional'),
  auth_mode: z.literal('psk').default('psk'),
  /** Secret. */
  psk: z.string().min(1).max(1024),
  dpd: z
    .object({
      action: z.enum(['clear', 'hold', 'restart', 'disabled', 'restart-by-peer']).default('hold'),
      interval: z.int().min(1).max(86_400).default(30),
      timeout: z.int().min(1).max(86_400).default(120),
    })
    .prefault({}),
  ikepolicy: ikePolicy,
  ipsecpolicy: ipsecPolicy,
  local_ep_group: endpointGroup.nullish().transform((value) => value ?? null),
  peer_ep_group: endpointGroup.nullish().transform((value) => value ?? null),
})

const service = z.object({
  id: identifier,
  name: label.nullish().transform((value) => value ?? ''),
  status: label.nullish().transform((value) => value ?? null),
  admin_state_up: z.boolean().default(true),
  external_v4_ip: ip.nullish().transform((value) => value ?? null),
  external_v6_ip: ip.nullish().transform((value) => value ?? null),
  router_id: identifier.nullish().transform((value) => value ?? null),
  subnet_id: identifier.nullish().transform((value) => value ?? null),
  ipsec_connections: z.array(connection).max(256).default([]),
})

/** `vpn`: nothing, `{}`, or the services of Neutron's VPNaaS with their connections. */
export const vpn = z.strictObject({ ipsec: z.array(service).max(64).default([]) })
