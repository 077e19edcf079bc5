import type { OpenStack } from '../../openstack/index.ts'
import { normalizeUuid } from '../../shared/index.ts'
import { groupOf, INSTANCE_NAME_PREFIX } from '../drivers/index.ts'
import type { L3Agent } from '../l3-agent/index.ts'
import type { ListedResource, ReconcilerOptions } from './reconciler.ts'
import type { ResourceTable } from './resource-table.ts'

/** Every router that Neutron has. Throws OpenStackError: a refusal is not an empty cloud. */
async function listNeutronResources(openstack: OpenStack, signal: AbortSignal): Promise<readonly ListedResource[]> {
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
async function listInstanceOwners(openstack: OpenStack, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const group = `${INSTANCE_NAME_PREFIX}router-`
  const servers = await openstack.nova.listServers({ name: `^${group}` }, { signal })
  const ids = new Set<string>()
  for (const { name } of servers) {
    const id = normalizeUuid(groupOf(name)?.slice(group.length) ?? '')
    if (id !== null) ids.add(id)
  }
  return ids
}

/** What a reconcile compares: what Neutron has and is ours, and what we and Nova know of. */
export function reconcileSources(parts: {
  readonly openstack: OpenStack
  readonly table: ResourceTable
  /** null: everything that Neutron has is ours. */
  readonly l3Agent: Pick<L3Agent, 'ours' | 'isForeign'> | null
}): Pick<ReconcilerOptions, 'list' | 'known'> {
  const { openstack, table, l3Agent } = parts
  return {
    async list(signal) {
      const all = await listNeutronResources(openstack, signal)
      return l3Agent?.ours(all, signal) ?? all
    },
    async known(signal) {
      const known = new Map<string, { tenantId: string | null }>()
      for (const id of await listInstanceOwners(openstack, signal)) {
        if (!l3Agent?.isForeign(id)) known.set(id, { tenantId: id })
      }
      for (const { id, tenant_id: tenantId } of table.values()) known.set(id, { tenantId })
      return known
    },
  }
}
