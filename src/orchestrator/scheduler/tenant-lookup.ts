import DataLoader from 'dataloader'
import type { OpenStack } from '../../openstack/index.ts'
import { type Logger, messageOf, normalizeUuid } from '../../shared/index.ts'

/** Look-ups within this time travel in one question. */
const WINDOW_MS = 10

/**
 * Finds out whose a router is, many at a time. null: Neutron does not have it, or cannot be asked now (then the reconcile that follows
 * puts things right).
 */
export function tenantLookup(
  openstack: OpenStack,
  options: { readonly signal: AbortSignal; readonly logger: Logger },
): (routerId: string) => Promise<string | null> {
  const { signal, logger } = options
  const loader = new DataLoader<string, string | null>(
    async (ids) => {
      try {
        const routers = await openstack.neutron.listRouters({ id: [...new Set(ids)] }, { signal })
        const tenants = new Map(
          routers.map((router) => [router.id, normalizeUuid(router.tenant_id) ?? router.tenant_id]),
        )
        return ids.map((id) => tenants.get(id) ?? null)
      } catch (error) {
        if (!signal.aborted) logger.warn({ routers: ids.length }, `owners of routers not found: ${messageOf(error)}`)
        return ids.map(() => null)
      }
    },
    { cache: false, batchScheduleFn: (flush) => setTimeout(flush, WINDOW_MS) },
  )
  return (routerId) => loader.load(routerId)
}
