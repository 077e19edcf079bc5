import type { DebugMark, Resource, ResourceList } from '../../contract/index.ts'
import { type Paging, type ResourceFilter, selectPage } from '../api/index.ts'
import type { ResourceReport } from '../worker/protocol.ts'

/** What changed in the table. */
export type TableChange =
  | { readonly type: 'resource'; readonly resource: Resource }
  | { readonly type: 'removed'; readonly id: string; readonly revision: number; readonly last: Resource }

/** The main process's picture of every resource: what the workers reported last. The API serves and streams it. */
export class ResourceTable {
  readonly #host: string
  readonly #debugOf: (id: string, tenantId: string) => DebugMark | null
  readonly #byId = new Map<string, Resource>()
  readonly #listeners = new Set<(change: TableChange) => void>()
  #revision = 0

  /** `debugOf`: the debug mode that holds a resource now. Default: none does. */
  constructor(host: string, debugOf: (id: string, tenantId: string) => DebugMark | null = () => null) {
    this.#host = host
    this.#debugOf = debugOf
  }

  get revision(): number {
    return this.#revision
  }

  get size(): number {
    return this.#byId.size
  }

  get(id: string): Resource | undefined {
    return this.#byId.get(id)
  }

  values(): IterableIterator<Resource> {
    return this.#byId.values()
  }

  /** Takes a worker's report; returns the resource as it now stands. */
  apply(report: ResourceReport, worker: string): Resource {
    const { id, tenant_id: tenantId, step, action, queue } = report.resource
    const known = this.#byId.get(id)
    // A worker that has only just got it (after a restart) knows less than was known before.
    const facts = report.fresh && known ? { ...known, step, action, queue } : report.resource
    return this.#put({
      ...facts,
      debug: this.#debugOf(id, tenantId),
      worker,
      host: this.#host,
      revision: ++this.#revision,
    })
  }

  /** Debug modes have changed: marks the resources anew. Only those that differ change. */
  remark(): void {
    for (const resource of [...this.#byId.values()]) {
      const debug = this.#debugOf(resource.id, resource.tenant_id)
      if (debug !== resource.debug) this.#put({ ...resource, debug, revision: ++this.#revision })
    }
  }

  remove(id: string): void {
    const last = this.#byId.get(id)
    if (!last) return
    this.#byId.delete(id)
    this.#tell({ type: 'removed', id, revision: ++this.#revision, last })
  }

  list(filter: ResourceFilter, paging: Paging): ResourceList {
    return selectPage(this.#byId.values(), filter, paging, this.#revision)
  }

  subscribe(listener: (change: TableChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #put(resource: Resource): Resource {
    this.#byId.set(resource.id, resource)
    this.#tell({ type: 'resource', resource })
    return resource
  }

  #tell(change: TableChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}
