import type { OpenStack } from '../../openstack/index.ts'
import { normalizeUuid } from '../../shared/index.ts'
import { groupOf, INSTANCE_NAME_PREFIX } from '../drivers/index.ts'
import type { ListedResource } from './reconciler.ts'

/** Every router that Neutron has. Throws OpenStackError: a refusal is not an empty cloud. */
export async function listNeutronResources(
  openstack: OpenStack,
  signal: AbortSignal,
): Promise<readonly ListedResource[]> {
  const routers = await openstack.neutron.listRouters({}, { signal })
  return routers.map(({ id, tenant_id: tenant }) => ({
    id,
    tenantId: normalizeUuid(tenant) ?? tenant,
    driver: 'router',
  }))
}

/**
 * Ids of the routers whose instances Nova lists, whatever has become of the routers themselves: an instance whose router was deleted while
 * nobody listened is found by its name. Throws OpenStackError.
 */
export async function listInstanceOwners(openstack: OpenStack, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const group = `${INSTANCE_NAME_PREFIX}router-`
  const servers = await openstack.nova.listServers({ name: `^${group}` }, { signal })
  const ids = new Set<string>()
  for (const { name } of servers) {
    const id = normalizeUuid(groupOf(name)?.slice(group.length) ?? '')
    if (id !== null) ids.add(id)
  }
  return ids
}
