import { z } from 'zod'
import {
  DriverName,
  InstanceState,
  type Resource,
  type ResourceName,
  type ResourceNames,
} from '../../contract/index.ts'
import type { Paging, ResourceFilter } from './port.ts'
import { dashed, read, Uuid } from './request.ts'

/** Resources on one page when the client does not say, and at most. */
const MAX_PAGE = 1000

// Strict: a misspelt filter must not answer with everything.
const ListQuery = z.strictObject({
  driver: DriverName.optional(),
  tenant_id: Uuid.optional(),
  instance_state: InstanceState.optional(),
  name: z.string().optional(),
  id_prefix: z
    .string()
    .regex(/^[0-9a-f-]{1,36}$/i, 'must be the beginning of a UUID')
    .optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  marker: Uuid.optional(),
})

const NamesQuery = ListQuery.pick({ driver: true })

/** Everything that fits, with little of each. @throws AstaraError `bad_request` */
export function namesOf(resources: Iterable<Resource>, given: unknown): ResourceNames {
  const { driver: wanted } = read(NamesQuery, given)
  const names: ResourceName[] = []
  for (const { id, name, driver, instance_state } of resources) {
    if (wanted === undefined || driver === wanted) names.push({ id, name, driver, instance_state })
  }
  return { names: names.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) }
}

/** Hex digits as they stand at the beginning of a dashed id. */
function dashedPrefix(text: string): string {
  const hex = text.replaceAll('-', '').toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .filter((part) => part !== '')
    .join('-')
}

/** @throws AstaraError `bad_request` */
export function listQueryOf(given: unknown): { readonly filter: ResourceFilter; readonly paging: Paging } {
  const query = read(ListQuery, given)
  const tenantId = dashed(query.tenant_id)
  return {
    filter: {
      ...(query.driver === undefined ? {} : { driver: query.driver }),
      ...(tenantId === null ? {} : { tenantId }),
      ...(query.instance_state === undefined ? {} : { instanceState: query.instance_state }),
      ...(query.name === undefined ? {} : { name: query.name }),
      ...(query.id_prefix === undefined ? {} : { idPrefix: dashedPrefix(query.id_prefix) }),
    },
    paging: { limit: query.limit, marker: dashed(query.marker) },
  }
}
