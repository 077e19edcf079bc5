import { z } from 'zod'
import { address, mac } from './address-attributes.ts'
import { flag, text, uuid } from './attributes.ts'

const fixedIp = z.strictObject({ subnet_id: uuid.optional(), ip_address: address.optional() })
const addressPair = z.strictObject({ ip_address: z.string(), mac_address: z.string().optional() })

const changeable = {
  name: text,
  description: text,
  admin_state_up: flag,
  fixed_ips: z.array(fixedIp),
  mac_address: mac,
  device_id: text,
  device_owner: text,
  security_groups: z.array(uuid).nullable(),
  port_security_enabled: flag,
  allowed_address_pairs: z.array(addressPair).nullable(),
  extra_dhcp_opts: z.array(z.unknown()).nullable(),
  'binding:vnic_type': z.string(),
  'binding:profile': z.record(z.string(), z.unknown()).nullable(),
  'binding:host_id': z.string().nullable(),
}

/** What a POST of a port may carry. */
export const portCreate = z
  .object(changeable)
  .partial()
  .extend({ network_id: uuid, project_id: z.string().optional(), tenant_id: z.string().optional() })
/** What a PUT of a port may carry. */
export const portUpdate = z.object(changeable).partial()

export type PortCreate = z.infer<typeof portCreate>
export type PortUpdate = z.infer<typeof portUpdate>
export type RequestedIp = z.infer<typeof fixedIp>

/** Known attributes that Neutron decides. */
export const PORT_READ_ONLY = [
  'id',
  'network_id',
  'status',
  'binding:vif_type',
  'binding:vif_details',
  'ip_allocation',
  'tags',
  'created_at',
  'updated_at',
  'revision_number',
]
