import type { Resource } from '../../contract/index.ts'
import { plainAddress } from './address.ts'

/** What tells of resources: the main process's table. */
export interface ResourceSource {
  values(): Iterable<Resource>
  subscribe(
    listener: (
      change:
        | { readonly type: 'resource'; readonly resource: Resource }
        | { readonly type: 'removed'; readonly id: string },
    ) => void,
  ): () => void
}

/** Which resource an appliance belongs to, by its management address. A look-up costs the same whatever the number of appliances. */
export class ApplianceBook {
  readonly #byAddress = new Map<string, string>()
  readonly #byResource = new Map<string, readonly string[]>()
  readonly #unsubscribe: () => void

  constructor(source: ResourceSource) {
    for (const resource of source.values()) this.#put(resource)
    this.#unsubscribe = source.subscribe((change) => {
      if (change.type === 'resource') this.#put(change.resource)
      else this.#replace(change.id, [])
    })
  }

  /** Id of the resource whose appliance has this address; null: nobody's. */
  resourceAt(address: string): string | null {
    return this.#byAddress.get(address) ?? null
  }

  close(): void {
    this.#unsubscribe()
  }

  #put({ id, instances }: Resource): void {
    this.#replace(
      id,
      instances.flatMap(({ management_address: address }) => (address === null ? [] : (plainAddress(address) ?? []))),
    )
  }

  #replace(id: string, addresses: readonly string[]): void {
    const before = this.#byResource.get(id) ?? []
    if (before.length === addresses.length && before.every((address, index) => address === addresses[index])) return
    for (const address of before) if (this.#byAddress.get(address) === id) this.#byAddress.delete(address)
    // The latest to report an address has it: a rebuilt neighbour may have been given a dead one's.
    for (const address of addresses) this.#byAddress.set(address, id)
    if (addresses.length === 0) this.#byResource.delete(id)
    else this.#byResource.set(id, addresses)
  }
}
