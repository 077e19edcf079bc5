import { isUuid } from '../../shared/index.ts'
import { plainAddress } from './address.ts'
import type { InstanceLookup } from './instance-lookup.ts'

/** Whose metadata is asked for, as we know it and not as the asker says. */
export interface Identity {
  readonly instanceId: string
  /** Project of the instance's port, as Neutron writes it. */
  readonly tenantId: string
  /** Address from which the instance asked; one of its own. */
  readonly address: string | null
}

export type Verdict =
  | { readonly kind: 'granted'; readonly identity: Identity }
  /** `reason` is for the log, not for the asker. */
  | { readonly kind: 'refused'; readonly reason: string }

/** What an appliance said of the machine it asks for. */
export interface Claim {
  readonly instanceId: string
  readonly forwardedFor: string | null
}

/**
 * Decides whether the appliance of a router may ask for an instance's metadata: only when that instance has a port on one of the networks
 * behind that router. So whoever breaks into one appliance reads what its tenants could read anyway. Rejects when Neutron cannot be asked.
 */
export async function judge(claim: Claim, networkIds: ReadonlySet<string>, lookup: InstanceLookup): Promise<Verdict> {
  const { instanceId } = claim
  if (!isUuid(instanceId)) return { kind: 'refused', reason: 'the instance id is not a UUID' }
  const ports = (await lookup(instanceId)).filter((port) => networkIds.has(port.network_id))
  const [first] = ports
  if (!first) return { kind: 'refused', reason: 'the instance is on none of the networks of the appliance' }
  const claimed = claim.forwardedFor === null ? null : plainAddress(claim.forwardedFor)
  const port =
    ports.find((one) => one.fixed_ips.some((ip) => claimed !== null && plainAddress(ip.ip_address) === claimed)) ??
    first
  const addresses = port.fixed_ips.map((ip) => ip.ip_address)
  const address = addresses.find((one) => plainAddress(one) === claimed) ?? addresses[0] ?? null
  return { kind: 'granted', identity: { instanceId, tenantId: port.tenant_id, address } }
}
