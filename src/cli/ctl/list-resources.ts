import type { ResourceQuery } from '../../client/index.ts'
import type { DriverName, InstanceState, Resource, ResourceList } from '../../contract/index.ts'
import type { ColumnSet } from '../columns.ts'
import { type OutputOptions, printList } from '../output.ts'
import { resourceColumns } from '../resource-columns.ts'
import { callOf, type Work } from './context.ts'
import { filterRows } from './filter.ts'
import { uuidFlag } from './select-resources.ts'

/** Which resources are listed; what is given must all fit. */
export interface Listing {
  readonly driver?: DriverName | undefined
  readonly tenant?: string | undefined
  readonly state?: InstanceState | undefined
  /** Exactly this. */
  readonly name?: string | undefined
  readonly filter?: string | undefined
}

/** The part of a listing that the orchestrator does itself. */
export function queryOf({ driver, tenant, state, name }: Listing): ResourceQuery {
  const tenantId = uuidFlag('tenant', tenant)
  return {
    ...(driver === undefined ? {} : { driver }),
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(state === undefined ? {} : { instanceState: state }),
    ...(name === undefined ? {} : { name }),
  }
}

export const columnsFor = ({ driver }: Listing): ColumnSet<Resource> =>
  driver === 'router' ? { ...resourceColumns, noun: 'routers' } : resourceColumns

/** Prints the resources that are meant. */
export async function listResources(
  work: Work & { readonly listing: Listing; readonly output: OutputOptions },
): Promise<ResourceList> {
  const { io, client, listing, output } = work
  const list = await io.busy('Asking for resources', client.list(queryOf(listing), callOf(work)))
  const resources = [...(await filterRows(list.resources, listing.filter, io.clock.now()))]
  await printList(io, columnsFor(listing), resources, output, (rows) => ({ ...list, resources: rows }))
  return { ...list, resources }
}
