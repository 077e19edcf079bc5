import type { StreamQuery } from '../types.ts'

/** A query of the stream under the API's names. */
export const streamQueryOf = ({
  types,
  driver,
  tenantId,
  id,
  instanceState,
}: StreamQuery): Readonly<Record<string, string>> => ({
  ...(types === undefined ? {} : { types: types.join(',') }),
  ...(driver === undefined ? {} : { driver }),
  ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
  ...(id === undefined ? {} : { id }),
  ...(instanceState === undefined ? {} : { instance_state: instanceState }),
})
