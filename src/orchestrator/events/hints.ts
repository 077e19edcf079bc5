import { at, field, idAt, type JsonObject, UnreadableError } from './payload.ts'
import type { EventRule } from './rule.ts'
import { ownerOf } from './tenant.ts'
import type { EventHints } from './types.ts'

const ids = (...found: readonly (string | null)[]): readonly string[] => found.filter((id) => id !== null)

/** Subnets of a port's addresses. */
function subnetsOfPort(port: unknown): readonly string[] {
  const addresses = field(port, 'fixed_ips')
  if (addresses === undefined) return []
  if (!Array.isArray(addresses)) throw new UnreadableError('bad_payload', 'port.fixed_ips is not a list')
  return [...new Set(addresses.flatMap((address: unknown) => ids(idAt(address, ['subnet_id']))))]
}

/** Whom an event without a resource id concerns, from what its payload says (`<kind>_id` alone in an old Neutron's deletes). */
export function hintsOf(rule: EventRule, payload: JsonObject): EventHints {
  const object = field(payload, rule.object)
  const owner = ownerOf(object)
  const base = { networkIds: [], subnetIds: [], portIds: [], ...(owner === null ? {} : { ownerTenantId: owner }) }
  switch (rule.hints) {
    case 'tenant':
      return base
    case 'network':
      return { ...base, networkIds: ids(idAt(object, ['id']) ?? idAt(payload, ['network_id'])) }
    case 'subnet':
      return {
        ...base,
        networkIds: ids(idAt(object, ['network_id'])),
        subnetIds: ids(idAt(object, ['id']) ?? idAt(payload, ['subnet_id'])),
      }
    case 'port':
      return {
        ...base,
        networkIds: ids(idAt(object, ['network_id'])),
        subnetIds: subnetsOfPort(object),
        portIds: ids(idAt(object, ['id']) ?? idAt(payload, ['port_id'])),
      }
    case 'floatingip':
      // Never its external network: every router with a gateway there would be meant.
      return {
        ...base,
        networkIds: ids(idAt(at(object, ['port_details']), ['network_id'])),
        portIds: ids(idAt(object, ['port_id'])),
      }
  }
}

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])]

/** Both of them (of one tenant): one look serves all that a bulk request made. */
export function mergeHints(a: EventHints, b: EventHints): EventHints {
  return {
    ...a,
    networkIds: union(a.networkIds, b.networkIds),
    subnetIds: union(a.subnetIds, b.subnetIds),
    portIds: union(a.portIds, b.portIds),
  }
}
