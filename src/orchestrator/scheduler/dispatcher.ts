import type { Clock, Logger } from '../../shared/index.ts'
import type { IndexedResource, ResourceEvent, ResourceIndex } from '../events/index.ts'
import { RecentMessages } from './recent-messages.ts'
import { pickWorkers } from './sharding.ts'

export interface DispatcherOptions {
  readonly workers: readonly { deliver(event: ResourceEvent): Promise<void> }[]
  readonly index: ResourceIndex
  /**
   * Tenant of a router that no worker knows yet, when the event names only its requester. null: Neutron does not know it or cannot be
   * asked; the requester's tenant then decides.
   */
  readonly tenantOf: (resourceId: string) => Promise<string | null>
  readonly clock: Clock
  readonly logger: Logger
  /** Whether a resource that no worker has may be taken on. Default: any may. */
  readonly takes?: (event: ResourceEvent, resourceId: string) => boolean
}

/** What became of an event. */
export type DispatchResult = 'delivered' | 'nobody' | 'no_tenant' | 'not_ours'

/**
 * Event → worker. A resource always goes to the worker of its own tenant, whoever asked: an administrator's change to a tenant's router
 * carries the administrator's tenant in its context.
 */
export class Dispatcher {
  readonly #o: DispatcherOptions
  /** Tenant of every resource that has been handed to a worker, from the first event on. */
  readonly #owners = new Map<string, string>()
  readonly #lookups = new Map<string, Promise<string | null>>()
  readonly #recent: RecentMessages

  constructor(options: DispatcherOptions) {
    this.#o = options
    this.#recent = new RecentMessages(options.clock)
  }

  /** Resolves once the event sits in the queue of every automaton that it concerns. */
  async dispatch(event: ResourceEvent): Promise<DispatchResult> {
    if (event.resourceId === '*' || event.resourceId === 'error') {
      await this.#broadcast(event)
      return 'delivered'
    }
    if (event.resourceId !== null) return this.#toOwner(event, event.resourceId)
    const kept = this.#recent.keep(event)
    const ids = this.#o.index.resolve(event)
    if (ids.length === 0) {
      // Whom it concerns is not known yet. A router whose pass is under way may be reading just now what this event changed. It is kept for
      // the one that turns out to be on its network; without a network every pass under way is followed by another. All others will read
      // it when they first come to it.
      if (!kept) await this.#broadcast(event)
      return 'nobody'
    }
    await Promise.all(ids.map((id) => this.#toOwner({ ...event, resourceId: id }, id)))
    return 'delivered'
  }

  /**
   * A worker reported what a resource of its own is attached to, read from `asOf` on (wall-clock milliseconds). What came of a network since
   * then, while it was not known to be there, is delivered to it now: it may have read its ports before that.
   */
  learn(resource: IndexedResource, asOf: number | null): void {
    const { resourceId, tenantId, networkIds } = resource
    const before = new Set(this.#o.index.get(resourceId)?.networkIds)
    this.#owners.set(resourceId, tenantId)
    this.#o.index.upsert(resource)
    if (asOf === null) return
    const later = networkIds.filter((id) => !before.has(id)).flatMap((id) => this.#recent.since(asOf, id))
    // One look reads all that they tell of.
    const missed = later.find((event) => this.#o.index.resolve(event).includes(resourceId))
    if (missed) void this.#toOwner({ ...missed, resourceId }, resourceId)
  }

  /** The resource is gone. */
  forget(resourceId: string): void {
    this.#owners.delete(resourceId)
    this.#o.index.remove(resourceId)
  }

  /** Whether it was handed to a worker. */
  holds(resourceId: string): boolean {
    return this.#owners.has(resourceId)
  }

  /** Everything that was handed to a worker. */
  held(): Iterable<string> {
    return this.#owners.keys()
  }

  /** Index of the worker that has this resource, or null. */
  workerOf(resourceId: string): number | null {
    const tenant = this.#owners.get(resourceId)
    return tenant === undefined ? null : (pickWorkers(tenant, this.#o.workers.length)[0] ?? null)
  }

  async #toOwner(event: ResourceEvent, id: string): Promise<DispatchResult> {
    if (!this.#owners.has(id)) {
      if (event.unpluggedPort !== undefined) return 'nobody'
      if (this.#o.takes?.(event, id) === false) return 'not_ours'
    }
    const tenant = this.#owners.get(id) ?? (await this.#findTenant(event, id))
    const index = tenant === null ? undefined : pickWorkers(tenant, this.#o.workers.length)[0]
    const worker = index === undefined ? undefined : this.#o.workers[index]
    if (tenant === null || !worker) {
      this.#o.logger.warn(
        { resource_id: id, event_type: event.type, tenant_id: tenant },
        'event dropped: no tenant to shard it by',
      )
      return 'no_tenant'
    }
    if (!this.#owners.has(id)) this.#owners.set(id, tenant)
    await worker.deliver({ ...event, tenantId: tenant })
    return 'delivered'
  }

  async #findTenant(event: ResourceEvent, id: string): Promise<string | null> {
    if (event.tenantFrom === 'payload' && event.tenantId !== null) return event.tenantId
    let lookup = this.#lookups.get(id)
    if (!lookup) {
      lookup = this.#o.tenantOf(id).finally(() => this.#lookups.delete(id))
      this.#lookups.set(id, lookup)
    }
    const found = await lookup
    // While we asked, another event of the same resource may have settled it.
    return this.#owners.get(id) ?? found ?? (event.tenantId === '*' ? null : event.tenantId)
  }

  async #broadcast(event: ResourceEvent): Promise<void> {
    await Promise.all(this.#o.workers.map((worker) => worker.deliver(event)))
  }
}
