import type { DriverName } from '../../contract/index.ts'
import type { ResourceEvent } from './types.ts'

/** What a resource is attached to. */
export interface IndexedResource {
  readonly resourceId: string
  readonly driver: DriverName
  readonly tenantId: string
  /** All networks, external ones included. */
  readonly networkIds: readonly string[]
  /** Those of `networkIds` where it only has its gateway: other ports there are none of its business. */
  readonly externalNetworkIds?: readonly string[]
  readonly subnetIds: readonly string[]
  readonly portIds: readonly string[]
}

/** A message of a port concerns fewer than one of its network: none that only has its gateway there. */
export const isOfPort = (event: ResourceEvent): boolean => event.type.startsWith('port.')

/** Ids of resources by the id of something. */
class Relation {
  readonly #ids = new Map<string, Set<string>>()

  add(key: string, resourceId: string): void {
    const ids = this.#ids.get(key)
    if (ids) ids.add(resourceId)
    else this.#ids.set(key, new Set([resourceId]))
  }

  remove(key: string, resourceId: string): void {
    const ids = this.#ids.get(key)
    if (ids?.delete(resourceId) && ids.size === 0) this.#ids.delete(key)
  }

  get(key: string): Iterable<string> {
    return this.#ids.get(key) ?? []
  }
}

/**
 * Finds the resources that an event without a resource id concerns: those attached to its network, subnet or port, several of a tenant and
 * those of other tenants on a shared network included. A look-up costs its result, whatever the number of resources.
 */
export class ResourceIndex {
  readonly #byId = new Map<string, IndexedResource>()
  readonly #byTenant = new Relation()
  readonly #byNetwork = new Relation()
  readonly #byInternalNetwork = new Relation()
  readonly #bySubnet = new Relation()
  readonly #byPort = new Relation()

  get size(): number {
    return this.#byId.size
  }

  get(resourceId: string): IndexedResource | undefined {
    return this.#byId.get(resourceId)
  }

  /** Takes what is known of a resource now, in place of what was known before. */
  upsert(resource: IndexedResource): void {
    const before = this.#byId.get(resource.resourceId)
    if (before && isSame(before, resource)) return
    if (before) this.#unlink(before)
    this.#byId.set(resource.resourceId, resource)
    this.#each(resource, (relation, key) => relation.add(key, resource.resourceId))
  }

  remove(resourceId: string): void {
    const before = this.#byId.get(resourceId)
    if (!before) return
    this.#byId.delete(resourceId)
    this.#unlink(before)
  }

  /**
   * Ids of the resources an event concerns, each once. An event with an id: that id, known or not. `*` and `error`: all of its tenant and
   * driver (the caller leaves out those not in error). A message that names neither network nor subnet and whose port is unknown: the
   * resources of its owner, else of its tenant. A network that nothing is attached to: none.
   */
  resolve(event: ResourceEvent): readonly string[] {
    if (event.resourceId !== null && event.resourceId !== '*' && event.resourceId !== 'error') return [event.resourceId]
    const ids = event.resourceId === null ? this.#byHints(event) : this.#ofTenant(event.tenantId)
    if (event.driver === null) return [...ids]
    return [...ids].filter((id) => this.#byId.get(id)?.driver === event.driver)
  }

  #byHints(event: ResourceEvent): Iterable<string> {
    const { hints } = event
    const found = new Set<string>()
    if (hints === null) return this.#ofTenant(event.tenantId ?? '')
    const take = (relation: Relation, keys: readonly string[]): void => {
      for (const key of keys) for (const id of relation.get(key)) found.add(id)
    }
    take(this.#byPort, hints.portIds)
    if (isOfPort(event) && hints.networkIds.length > 0) {
      // A port on a public network must not wake every router that has its gateway there.
      take(this.#byInternalNetwork, hints.networkIds)
      return found
    }
    take(this.#byNetwork, hints.networkIds)
    take(this.#bySubnet, hints.subnetIds)
    if (found.size > 0 || hints.networkIds.length > 0 || hints.subnetIds.length > 0) return found
    return this.#byTenant.get(hints.ownerTenantId ?? event.tenantId ?? '')
  }

  #ofTenant(tenantId: string | null): Iterable<string> {
    const all = tenantId === null || tenantId === '*' || tenantId === 'error'
    return all ? this.#byId.keys() : this.#byTenant.get(tenantId)
  }

  #unlink(resource: IndexedResource): void {
    this.#each(resource, (relation, key) => relation.remove(key, resource.resourceId))
  }

  #each(resource: IndexedResource, visit: (relation: Relation, key: string) => void): void {
    const external = new Set(resource.externalNetworkIds)
    visit(this.#byTenant, resource.tenantId)
    for (const id of resource.networkIds) {
      visit(this.#byNetwork, id)
      if (!external.has(id)) visit(this.#byInternalNetwork, id)
    }
    for (const id of resource.subnetIds) visit(this.#bySubnet, id)
    for (const id of resource.portIds) visit(this.#byPort, id)
  }
}

/** Most reports change something else: what a resource is attached to seldom changes. */
function isSame(a: IndexedResource, b: IndexedResource): boolean {
  const same = (x: readonly string[] = [], y: readonly string[] = []): boolean =>
    x.length === y.length && x.every((id, i) => id === y[i])
  return (
    a.driver === b.driver &&
    a.tenantId === b.tenantId &&
    same(a.networkIds, b.networkIds) &&
    same(a.externalNetworkIds, b.externalNetworkIds) &&
    same(a.subnetIds, b.subnetIds) &&
    same(a.portIds, b.portIds)
  )
}
