import { normalizeUuid } from '../../shared/index.ts'
import { at, field, isObject, type Path, UnreadableError } from './payload.ts'

/** Objects whose own tenant counts. `router_interface` is what today's Neutron calls what the original knew as `router.interface`. */
const OWNED: readonly Path[] = [
  ['router', 'tenant_id'],
  ['port', 'tenant_id'],
  ['subnet', 'tenant_id'],
  ['router_interface', 'tenant_id'],
]

/** A tenant as found in a message, not yet checked, and where. */
export interface FoundTenant {
  readonly tenantId: string | null
  readonly from: 'payload' | 'context' | 'none'
}

/**
 * Tenant of a notification (tenant_id.json): the first object in the payload that names one, else the context's `tenant_id`, else its
 * `project_id`. In the payload an empty string counts as absent, in the context it does not.
 */
export function findTenant(payload: unknown, context: unknown): FoundTenant {
  for (const path of OWNED) {
    const value = at(payload, path)
    if (typeof value === 'string' && value !== '') return { tenantId: value, from: 'payload' }
  }
  const value = field(context, 'tenant_id') ?? field(context, 'project_id')
  return typeof value === 'string' ? { tenantId: value, from: 'context' } : { tenantId: null, from: 'none' }
}

/** The same in canonical form. A requester without a proper tenant is unknown; a malformed owner makes the message unreadable. */
export function tenantOf(payload: unknown, context: unknown): FoundTenant {
  const found = findTenant(payload, context)
  if (found.tenantId === null) return found
  const tenantId = normalizeUuid(found.tenantId)
  if (tenantId !== null) return { tenantId, from: found.from }
  if (found.from === 'payload') throw new UnreadableError('bad_tenant', 'the tenant in the payload is not a UUID')
  return { tenantId: null, from: 'none' }
}

/** Tenant that owns an object (`tenant_id`, else `project_id`), or null when it does not say. */
export function ownerOf(object: unknown): string | null {
  if (!isObject(object)) return null
  const value = field(object, 'tenant_id') ?? field(object, 'project_id')
  return typeof value === 'string' ? normalizeUuid(value) : null
}
