import type { DriverName, InstanceState, Resource } from '../../contract/index.ts'
import type { ResourceReport } from '../worker/protocol.ts'

/** Which resources a list asks for. */
export interface ResourceFilter {
  readonly driver?: DriverName
  readonly tenantId?: string
  readonly instanceState?: InstanceState
  readonly name?: string
}

export interface ResourcePage {
  readonly resources: readonly Resource[]
  readonly nextMarker: string | null
  readonly revision: number
}

/** What changed in the table. */
export type TableChange =
  | { readonly type: 'resource'; readonly resource: Resource }
  | { readonly type: 'removed'; readonly id: string; readonly revision: number }

/** The main process's picture of every resource: what the workers reported last. The API serves and streams it. */
export class ResourceTable {
  readonly #host: string
  readonly #byId = new Map<string, Resource>()
  readonly #listeners = new Set<(change: TableChange) => void>()
  #ids: string[] | null = null
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
    if (!this.#byId.has(id)) this.#ids = null
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
    this.#ids = null
    this.#tell({ type: 'removed', id, revision: ++this.#revision })
  }

  /** Pages in order of id; `marker` is the last id of the page before. */
  list(filter: ResourceFilter, page: { readonly limit: number; readonly marker?: string }): ResourcePage {
    this.#ids ??= [...this.#byId.keys()].sort()
    const ids = this.#ids
    const resources: Resource[] = []
    let next: string | null = null
    for (let i = page.marker === undefined ? 0 : firstAfter(ids, page.marker); i < ids.length; i++) {
      const resource = this.#byId.get(ids[i] ?? '')
      if (!resource || !matches(resource, filter)) continue
      if (resources.length === page.limit) {
        next = resources.at(-1)?.id ?? null
        break
      }
      resources.push(resource)
    }
    return { resources, nextMarker: next, revision: this.#revision }
  }

  subscribe(listener: (change: TableChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(change: TableChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

function matches(resource: Resource, filter: ResourceFilter): boolean {
  return (
    (filter.driver === undefined || resource.driver === filter.driver) &&
    (filter.tenantId === undefined || resource.tenant_id === filter.tenantId) &&
    (filter.instanceState === undefined || resource.instance_state === filter.instanceState) &&
    (filter.name === undefined || resource.name === filter.name)
  )
}

/** Index of the first id that sorts after `marker`. */
function firstAfter(ids: readonly string[], marker: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const mid = (low + high) >> 1
    if ((ids[mid] ?? '') <= marker) low = mid + 1
    else high = mid
  }
  return low
}
