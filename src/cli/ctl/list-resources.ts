import type { ResourceQuery } from '../../client/index.ts'
import type { ResourceList } from '../../contract/index.ts'
import { AstaraError, normalizeUuid } from '../../shared/index.ts'
import { type OutputOptions, printList } from '../output.ts'
import { resourceColumns } from '../resource-columns.ts'
import { callOf, type Work } from './context.ts'

/** Prints the resources that `query` means. */
export async function listResources(
  work: Work & { readonly query: ResourceQuery; readonly output: OutputOptions },
): Promise<ResourceList> {
  const { io, client, query, output } = work
  const tenantId = query.tenantId === undefined ? undefined : normalizeUuid(query.tenantId)
  if (tenantId === null) throw new AstaraError('usage', '--tenant-id must be a UUID')
  const asked = { ...query, ...(tenantId === undefined ? {} : { tenantId }) }
  const list = await io.busy('Asking for resources', client.list(asked, callOf(work)))
  const set = query.driver === 'router' ? { ...resourceColumns, noun: 'routers' } : resourceColumns
  await printList(io, set, list.resources, output, (resources) => ({ ...list, resources }))
  return list
}
