import {
  type CallOptions,
  hasStatus,
  type NeutronNetwork,
  type NeutronPort,
  type NeutronSubnet,
  type NovaServer,
  type OpenStack,
} from '../../../openstack/index.ts'
import type { Clock } from '../../../shared/index.ts'
import type { Driver, ResourceDetail } from '../../drivers/index.ts'
import { AbsenceJudge, type AbsenceOptions } from './absence.ts'
import { Batcher, type BatchWindow } from './batcher.ts'
import { fetchServers } from './servers.ts'
import { Turnstile } from './turnstile.ts'

/** Keys in one Neutron filter. */
const CHUNK = 150

export interface CloudViewOptions {
  readonly openstack: OpenStack
  readonly clock: Clock
  readonly managementNetworkId: string
  /** Ends every call under way. */
  readonly signal?: AbortSignal
  readonly window?: Partial<BatchWindow>
  readonly absence?: Partial<Pick<AbsenceOptions, 'confirmMs' | 'breakerMinimum' | 'breakerShare' | 'breakerWindowMs'>>
  /** How long the management network, its subnets and flavours are remembered. */
  readonly staticTtlMs?: number
}

export type Lookup<D> = { readonly kind: 'found'; readonly detail: D } | { readonly kind: 'absent' }

/**
 * The cloud as many resources see it together: their look-ups are merged into few calls. One object per process, shared by all instance
 * managers. Answers are never older than the question, except for the management network and flavours, which hardly change.
 */
export class CloudView {
  readonly absence: AbsenceJudge
  readonly #openstack: OpenStack
  readonly #clock: Clock
  readonly #options: CloudViewOptions
  readonly #window: BatchWindow
  readonly #turnstile: Turnstile
  readonly #details = new Map<Driver, Batcher<Lookup<ResourceDetail>>>()
  readonly #servers: Batcher<readonly NovaServer[]>
  readonly #devicePorts: Batcher<readonly NeutronPort[]>
  readonly #namedPorts: Batcher<readonly NeutronPort[]>
  readonly #networkPorts: Batcher<readonly NeutronPort[]>
  readonly #subnets: Batcher<readonly NeutronSubnet[]>
  readonly #networks: Batcher<NeutronNetwork | null>
  readonly #static = new Map<string, { readonly until: number; readonly value: Promise<unknown> }>()

  constructor(options: CloudViewOptions) {
    const { openstack, clock } = options
    const { neutron } = openstack
    this.#openstack = openstack
    this.#clock = clock
    this.#turnstile = new Turnstile(clock)
    this.#options = options
    this.#window = { windowMs: 4, maxWaitMs: 250, ...options.window }
    this.absence = new AbsenceJudge({
      confirmMs: 5_000,
      ...options.absence,
      clock,
      witness: async (signal) => (await this.#listManagementNetwork(signal)).length > 0,
    })
    this.#servers = this.#batcher((groups) => fetchServers(openstack, groups, options.signal), [])
    this.#devicePorts = this.#ports('device_id')
    this.#namedPorts = this.#ports('name')
    this.#networkPorts = this.#ports('network_id')
    this.#subnets = this.#batcher(
      async (ids) =>
        Map.groupBy(
          await inChunks(ids, (chunk) => neutron.listSubnets({ network_id: chunk }, this.#call())),
          (subnet) => subnet.network_id,
        ),
      [],
    )
    this.#networks = this.#batcher<NeutronNetwork | null>(async (ids) => {
      const networks = await inChunks(ids, (chunk) => neutron.listNetworks({ id: chunk }, this.#call()))
      return new Map(networks.map((network) => [network.id, network]))
    }, null)
  }

  /** A resource's details. `absent` is a direct 404: ask `absence` what it is worth. Rejects when Neutron could not tell. */
  async detail<D extends ResourceDetail>(driver: Driver<D>, id: string, signal?: AbortSignal): Promise<Lookup<D>> {
    let batcher = this.#details.get(driver)
    if (!batcher) {
      batcher = this.#batcher<Lookup<ResourceDetail>>(
        async (ids) => {
          const found = await driver.fetch(ids, this.#call())
          return new Map([...found].map(([key, value]) => [key, value instanceof Error ? value : lookup(value)]))
        },
        { kind: 'absent' },
      )
      this.#details.set(driver, batcher)
    }
    // One batcher serves one driver, so what comes back is that driver's own detail.
    const result = (await batcher.load(id, signal)) as Lookup<D>
    if (result.kind === 'found') this.absence.found(id)
    return result
  }

  /** Servers of one instance group, exact names only. */
  servers(group: string, signal?: AbortSignal): Promise<readonly NovaServer[]> {
    return this.#servers.load(group, signal)
  }

  /** Direct look-up; null only on a 404. */
  async server(id: string, signal?: AbortSignal): Promise<NovaServer | null> {
    return orNull(this.#openstack.nova.getServer(id, signal ? { signal } : {}))
  }

  /** Direct look-up; null only on a 404. */
  async port(id: string, signal?: AbortSignal): Promise<NeutronPort | null> {
    return orNull(this.#openstack.neutron.getPort(id, signal ? { signal } : {}))
  }

  portsOfDevice(deviceId: string, signal?: AbortSignal): Promise<readonly NeutronPort[]> {
    return this.#devicePorts.load(deviceId, signal)
  }

  portsNamed(name: string, signal?: AbortSignal): Promise<readonly NeutronPort[]> {
    return this.#namedPorts.load(name, signal)
  }

  portsOfNetwork(networkId: string, signal?: AbortSignal): Promise<readonly NeutronPort[]> {
    return this.#networkPorts.load(networkId, signal)
  }

  /** Subnets of any network; those of the management network are remembered for a while. */
  subnetsOfNetwork(networkId: string, signal?: AbortSignal): Promise<readonly NeutronSubnet[]> {
    return networkId === this.#options.managementNetworkId
      ? this.#remember('subnets', () => this.#subnets.load(networkId))
      : this.#subnets.load(networkId, signal)
  }

  /** A network, null when Neutron's list does not name it; the management network is remembered for a while. */
  network(networkId: string, signal?: AbortSignal): Promise<NeutronNetwork | null> {
    return networkId === this.#options.managementNetworkId
      ? this.#remember('network', () => this.#networks.load(networkId))
      : this.#networks.load(networkId, signal)
  }

  /** Id of a flavour given by id or name. */
  flavorId(idOrName: string): Promise<string> {
    return this.#remember(`flavor ${idOrName}`, async () => {
      const flavor = await this.#openstack.nova.getFlavor(idOrName, this.#call())
      return flavor.id
    })
  }

  #listManagementNetwork(signal?: AbortSignal): Promise<readonly NeutronNetwork[]> {
    return this.#openstack.neutron.listNetworks(
      { id: [this.#options.managementNetworkId] },
      signal ? { signal } : this.#call(),
    )
  }

  #ports(filter: 'device_id' | 'name' | 'network_id'): Batcher<readonly NeutronPort[]> {
    return this.#batcher(
      async (keys) =>
        Map.groupBy(
          await inChunks(keys, (chunk) => this.#openstack.neutron.listPorts({ [filter]: chunk }, this.#call())),
          (port) => port[filter],
        ),
      [],
    )
  }

  #batcher<V>(fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, V | Error>>, absent: V): Batcher<V> {
    return new Batcher<V>({
      clock: this.#clock,
      ...this.#window,
      fetch,
      absent: () => absent,
      turnstile: this.#turnstile,
    })
  }

  #call(): CallOptions {
    return this.#options.signal ? { signal: this.#options.signal } : {}
  }

  /** Only successes are remembered, and never an empty answer's worth of nothing for longer than it takes to ask again. */
  async #remember<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const now = this.#clock.monotonic()
    const known = this.#static.get(key)
    if (known && known.until > now) return known.value as Promise<T>
    const value = ask()
    this.#static.set(key, { until: now + (this.#options.staticTtlMs ?? 300_000), value })
    try {
      const result = await value
      if (result === null || (Array.isArray(result) && result.length === 0)) this.#static.delete(key)
      return result
    } catch (error) {
      this.#static.delete(key)
      throw error
    }
  }
}

function lookup<D>(detail: D): Lookup<D> {
  return { kind: 'found', detail }
}

async function inChunks<T>(
  keys: readonly string[],
  ask: (chunk: readonly string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const chunks = Array.from({ length: Math.ceil(keys.length / CHUNK) }, (_, i) =>
    keys.slice(i * CHUNK, (i + 1) * CHUNK),
  )
  return (await Promise.all(chunks.map(ask))).flat()
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise
  } catch (error) {
    if (hasStatus(error, 404)) return null
    throw error
  }
}
