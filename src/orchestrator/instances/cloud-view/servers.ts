import type { NovaServer, OpenStack } from '../../../openstack/index.ts'
import { groupOf, INSTANCE_NAME_PREFIX, instanceIndex } from '../../drivers/index.ts'

/** Up to so many groups are asked for by name; more, and all of ours are listed at once. */
const BY_NAME_LIMIT = 80

/** Servers of many groups by one list. Keyed by group name; a group without servers is missing. */
export async function fetchServers(
  openstack: OpenStack,
  groups: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, readonly NovaServer[]>> {
  const servers = await openstack.nova.listServers({ name: namePattern(groups) }, signal ? { signal } : {})
  const byGroup = new Map<string, NovaServer[]>()
  for (const server of servers) {
    const group = groupOf(server.name)
    if (group === null || instanceIndex(group, server.name) === null) continue
    const known = byGroup.get(group)
    if (known) known.push(server)
    else byGroup.set(group, [server])
  }
  return byGroup
}

/** Nova takes the name filter as a regular expression of its database: only what every dialect knows is used. */
export function namePattern(groups: readonly string[]): string {
  if (groups.length > BY_NAME_LIMIT) return `^${INSTANCE_NAME_PREFIX}`
  const escaped = groups.map((group) => group.replaceAll(/[^A-Za-z0-9_-]/g, '.'))
  return escaped.length === 1 ? `^${escaped[0]}_` : `^(${escaped.join('|')})_`
}
