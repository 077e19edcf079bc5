import type { Resource, ResourceList } from '../../contract/index.ts'
import type { Paging, ResourceFilter } from './port.ts'

/** True when `resource` is one of those that `filter` means. */
function matchesFilter(resource: Resource, filter: ResourceFilter): boolean {
  return (
    (filter.driver === undefined || resource.driver === filter.driver) &&
    (filter.tenantId === undefined || resource.tenant_id === filter.tenantId) &&
    (filter.instanceState === undefined || resource.instance_state === filter.instanceState) &&
    (filter.name === undefined || resource.name === filter.name) &&
    (filter.idPrefix === undefined || resource.id.startsWith(filter.idPrefix))
  )
}

/**
 * Cuts one page out of the table. The order is that of the ids and the marker is an id, not a position: a resource that is made or
 * removed between two pages neither repeats nor hides another one, and a marker that is gone by now still works.
 */
export function selectPage(
  table: Iterable<Resource>,
  filter: ResourceFilter,
  paging: Paging,
  revision: number,
): ResourceList {
  const { limit, marker } = paging
  const rest: Resource[] = []
  for (const resource of table) {
    if ((marker === null || resource.id > marker) && matchesFilter(resource, filter)) rest.push(resource)
  }
  rest.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const resources = rest.slice(0, limit)
  const last = resources.at(-1)
  return { resources, next_marker: rest.length > limit && last ? last.id : null, revision }
}
