import { hasStatus, type OpenStack } from '../../../openstack/index.ts'
import { AstaraError } from '../../../shared/index.ts'
import { type RouterDetail, routerFromRest } from './detail.ts'

/** Ids in one filter: keeps a request line under 8 kB, the smallest limit met on the way to Neutron. */
const REST_CHUNK = 150
/** Direct look-ups made for ids that a list did not name, per batch: many missing at once is a sick Neutron, not many deletions. */
const MAX_DIRECT = 16

type Found = RouterDetail | Error

/** True when Neutron says so itself for this very id. */
export async function routerExists(openstack: OpenStack, id: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await openstack.neutron.getRouter(id, signal ? { signal } : {})
    return true
  } catch (error) {
    // Only Neutron's own 404 counts, not any error filed under not_found.
    if (hasStatus(error, 404)) return false
    throw error
  }
}

/**
 * Details of routers by REST: three lists for up to 150 of them. An id that the list does not name is asked for directly: a 404 leaves it
 * out of the result, anything else makes it an Error (an empty list is not a deletion).
 */
export async function fetchRoutersByRest(
  openstack: OpenStack,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  const chunks = Array.from({ length: Math.ceil(ids.length / REST_CHUNK) }, (_, i) =>
    ids.slice(i * REST_CHUNK, (i + 1) * REST_CHUNK),
  )
  await Promise.all(chunks.map((chunk) => fetchChunk(openstack, chunk, found, signal)))
  return found
}

async function fetchChunk(
  openstack: OpenStack,
  ids: readonly string[],
  found: Map<string, Found>,
  signal?: AbortSignal,
): Promise<void> {
  const options = signal ? { signal } : {}
  try {
    const [routers, ports, floatingIps] = await Promise.all([
      openstack.neutron.listRouters({ id: ids }, options),
      openstack.neutron.listPorts({ device_id: ids }, options),
      openstack.neutron.listFloatingIps({ router_id: ids }, options),
    ])
    const portsOf = Map.groupBy(ports, (port) => port.device_id)
    const floatingIpsOf = Map.groupBy(floatingIps, (ip) => ip.router_id)
    for (const router of routers) {
      found.set(router.id, routerFromRest(router, portsOf.get(router.id) ?? [], floatingIpsOf.get(router.id) ?? []))
    }
  } catch (error) {
    signal?.throwIfAborted()
    for (const id of ids) found.set(id, asError(error))
    return
  }
  const missing = ids.filter((id) => !found.has(id))
  await Promise.all(missing.map((id, i) => lookDirectly(openstack, id, i, found, signal)))
}

async function lookDirectly(
  openstack: OpenStack,
  id: string,
  position: number,
  found: Map<string, Found>,
  signal?: AbortSignal,
): Promise<void> {
  if (position >= MAX_DIRECT) {
    found.set(id, new AstaraError('unavailable', 'Neutron left many routers out of its list at once; not believed'))
    return
  }
  try {
    if (await routerExists(openstack, id, signal)) {
      found.set(id, new AstaraError('unavailable', `Neutron's list left out router ${id}, which it has`))
    }
  } catch (error) {
    signal?.throwIfAborted()
    found.set(id, asError(error))
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
