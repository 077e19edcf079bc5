import type { Resource } from '../../contract/index.ts'

/** The resources that a filter lets through; all of them without one. */
export async function filterRows(
  resources: readonly Resource[],
  filter: string | undefined,
  now: number,
): Promise<readonly Resource[]> {
  if (filter === undefined) return resources
  const { parseFilter } = await import('../../client/index.ts')
  const { matches } = parseFilter(filter)
  return resources.filter((resource) => matches(resource, now))
}
