import type { NovaServer, OpenStack } from '../../../openstack/index.ts'
import { groupOf, INSTANCE_NAME_PREFIX, instanceIndex } from '../../drivers/index.ts'

/** So many groups are asked for by name in one call. */
const BY_NAME_LIMIT = 80
/** More groups than this, and all of ours are listed: ten thousand servers are ten pages of the dearest list there is. */
const LIST_ALL_ABOVE = 800

/** Servers of many groups by few lists. Keyed by group name; a group without servers is missing. */
export async function fetchServers(
  openstack: OpenStack,
  groups: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, readonly NovaServer[]>> {
  const lists = await Promise.all(
    namePatterns(groups).map((name) => openstack.nova.listServers({ name }, signal ? { signal } : {})),
  )
  const byGroup = new Map<string, NovaServer[]>()
  for (const server of lists.flat()) {
    const group = groupOf(server.name)
    if (group === null || instanceIndex(group, server.name) === null) continue
    const known = byGroup.get(group)
    if (known) known.push(server)
    else byGroup.set(group, [server])
  }
  return byGroup
}

/** Filters that together find these groups. */
export function namePatterns(groups: readonly string[]): readonly string[] {
  if (groups.length > LIST_ALL_ABOVE) return [`^${INSTANCE_NAME_PREFIX}`]
  return Array.from({ length: Math.ceil(groups.length / BY_NAME_LIMIT) }, (_, i) =>
    namePattern(groups.slice(i * BY_NAME_LIMIT, (i + 1) * BY_NAME_LIMIT)),
  )
}

/** Nova takes the name filter as a regular expression of its database: only what every dialect knows is used. */
function namePattern(groups: readonly string[]): string {
  const escaped = groups.map((group) => group.replaceAll(/[^A-Za-z0-9_-]/g, '.'))
  return escaped.length === 1 ? `^${escaped[0]}_` : `^(${escaped.join('|')})_`
}
