import type { DriverName, InstanceState, Resource, StreamEvent } from '../../../contract/index.ts'
import type { LogEntry } from './event-log.ts'
import { frameOf } from './event-log.ts'

/** Which events a reader wants; every given field must match. */
export interface StreamFilter {
  /** null: everything but timelines. */
  readonly types: ReadonlySet<StreamEvent['type']> | null
  readonly driver: DriverName | null
  readonly tenantId: string | null
  readonly id: string | null
  readonly instanceState: InstanceState | null
}

/** True when the filter asks for the growth of timelines. */
export function wantsTimelines({ types }: StreamFilter): boolean {
  return types?.has('timeline') ?? false
}

/** What one reader is to see of the log. */
export class Selection {
  readonly filter: StreamFilter
  /** Resources of which the reader knows (or was told) that they are not among those it wants. */
  readonly #outside = new Set<string>()

  /** `resources`: all there are now, for a reader that begins and so knows them; null for one that goes on. */
  constructor(filter: StreamFilter, resources: Iterable<Resource> | null) {
    this.filter = filter
    if (filter.instanceState === null || resources === null) return
    for (const { id, instance_state } of resources) {
      if (instance_state !== filter.instanceState) this.#outside.add(id)
    }
  }

  /** The event as this reader is to see it, or null. */
  pick(entry: LogEntry): { readonly event: StreamEvent; readonly frame: string } | null {
    const { event, owner, frame } = entry
    const { driver, tenantId, id, instanceState, types } = this.filter
    if (event.type !== 'resync' && !(types === null ? event.type !== 'timeline' : types.has(event.type))) {
      // A resource that leaves the selection is a removal to those who want removals only.
      if (!(event.type === 'resource' && instanceState !== null && types?.has('removed'))) return null
    }
    if (owner === null) {
      const narrowed = driver !== null || tenantId !== null || id !== null || instanceState !== null
      return narrowed && types === null ? null : { event, frame }
    }
    const fits =
      (driver === null || owner.driver === driver) &&
      (tenantId === null || owner.tenantId === tenantId) &&
      (id === null || owner.id === id)
    if (!fits) return null
    if (instanceState === null || event.type === 'timeline') return { event, frame }
    if (event.type === 'resource' && event.resource.instance_state === instanceState) {
      this.#outside.delete(owner.id)
      return types === null || types.has('resource') ? { event, frame } : null
    }
    if (this.#outside.has(owner.id)) {
      if (event.type === 'removed') this.#outside.delete(owner.id)
      return null
    }
    if (event.type === 'removed') return { event, frame }
    this.#outside.add(owner.id)
    if (event.type !== 'resource' || !(types === null || types.has('removed'))) return null
    const left: StreamEvent = { type: 'removed', id: owner.id, revision: event.resource.revision }
    return { event: left, frame: frameOf(entry.id, left) }
  }
}
