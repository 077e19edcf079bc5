import type { Resource, ResourceList } from '../../contract/index.ts'
import { type Paging, type ResourceFilter, selectPage } from '../api/index.ts'
import type { ResourceReport } from '../worker/protocol.ts'

/** What changed in the table. */
export type TableChange =
  | { readonly type: 'resource'; readonly resource: Resource }
  | { readonly type: 'removed'; readonly id: string; readonly revision: number }

/** The main process's picture of every resource: what the workers reported last. The API serves and streams it. */
export class ResourceTable {
  readonly #host: string
  readonly #byId = new Map<string, Resource>()
  readonly #listeners = new Set<(change: TableChange) => void>()
  #revision = 0

  constructor(host: string) {
    this.#host = host
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
    const id = report.resource.id
    const resource: Resource = {
      ...report.resource,
      debug: null,
      worker,
      host: this.#host,
      revision: ++this.#revision,
    }
    this.#byId.set(id, resource)
    this.#tell({ type: 'resource', resource })
    return resource
  }

  remove(id: string): void {
    if (!this.#byId.delete(id)) return
    this.#tell({ type: 'removed', id, revision: ++this.#revision })
  }

  list(filter: ResourceFilter, paging: Paging): ResourceList {
    return selectPage(this.#byId.values(), filter, paging, this.#revision)
  }

  subscribe(listener: (change: TableChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(change: TableChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}
