import type { InstanceState } from '../../contract/index.ts'
import { backoffMs, type Clock, type Logger, messageOf, type Random, type Timer } from '../../shared/index.ts'
import type { L3Facts } from '../drivers/index.ts'

type Status = 'ACTIVE' | 'DOWN' | 'ERROR'
type Statuses = ReadonlyMap<string, Status>

/** What a worker says of one router's floating IPs. */
export interface CarriedFacts extends Pick<L3Facts, 'isUp' | 'floatingIps'> {
  /** Those in the configuration that the appliance accepted last. */
  readonly carried: readonly string[]
}

export interface FloatingIpStatusesOptions {
  /** `update_floatingip_statuses` for one router; must end by itself. */
  readonly send: (routerId: string, statuses: Readonly<Record<string, string>>) => Promise<void>
  /** True when Neutron will never take it, however often it is sent. */
  readonly isRefusal: (error: unknown) => boolean
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Changes of so long travel together. */
const GATHER_MS = 100
/** Neutron writes each status to its database: so many routers at a time. */
const CONCURRENCY = 4
const RETRY = { baseMs: 2_000, maxMs: 60_000 }

/** The statuses that follow from a router's state; null: nothing to say at this moment. */
function statusesOf(state: InstanceState, { isUp, floatingIps, carried }: CarriedFacts): Statuses | null {
  const all = (ids: readonly string[], status: Status): Statuses => new Map(ids.map((id) => [id, status]))
  const pointing = floatingIps.map(({ id }) => id)
  switch (state) {
    case 'configured':
      return isUp ? all(carried, 'ACTIVE') : all(pointing, 'DOWN')
    case 'error':
      return all(pointing, 'ERROR')
    case 'down':
    case 'booting':
    case 'restart':
      return all(pointing, 'DOWN')
    default:
      return null
  }
}

/**
 * Tells Neutron which floating IPs work: ACTIVE once the appliance has accepted a configuration with them, DOWN while there is none that
 * could carry them and when they have left the router, ERROR when the router is. Only differences from what Neutron knows are sent, a
 * router at a time; what fails is sent again later.
 */
export class FloatingIpStatuses {
  readonly #o: FloatingIpStatusesOptions
  /** What Neutron knows of each floating IP. */
  readonly #told = new Map<string, string | null>()
  /** The router that each floating IP was seen on last: one that moved on is none of the business of the router that it left. */
  readonly #routerOf = new Map<string, string>()
  /** By router, those seen on it that no other router has; the ones that have left stay until Neutron was told. */
  readonly #seen = new Map<string, Set<string>>()
  readonly #pending = new Map<string, Statuses>()
  #timer: Timer | null = null
  #sending = false
  #failures = 0
  #refused = false
  #closed = false

  constructor(options: FloatingIpStatusesOptions) {
    this.#o = options
  }

  /** The router is in this state. */
  note(routerId: string, state: InstanceState, facts: CarriedFacts): void {
    if (this.#refused || this.#closed) return
    const seen = this.#see(routerId, facts)
    const wanted = statusesOf(state, facts)
    if (wanted === null) return
    const present = new Set(facts.floatingIps.map(({ id }) => id))
    const statuses = new Map(wanted)
    for (const id of [...seen].filter((one) => !present.has(one))) {
      if (this.#told.get(id) === 'DOWN') {
        seen.delete(id)
        this.#forgetOne(id)
      } else {
        statuses.set(id, 'DOWN')
      }
    }
    if ([...statuses].some(([id, status]) => this.#told.get(id) !== status)) {
      this.#pending.set(routerId, statuses)
      this.#plan(GATHER_MS)
    } else {
      this.#pending.delete(routerId)
    }
  }

  /** The router is not ours any more. */
  forget(routerId: string): void {
    for (const id of this.#seen.get(routerId) ?? []) this.#forgetOne(id)
    this.#seen.delete(routerId)
    this.#pending.delete(routerId)
  }

  /** Notes where they are now; returns all that this router must tell of. */
  #see(routerId: string, { floatingIps }: CarriedFacts): Set<string> {
    const seen = this.#seen.get(routerId) ?? new Set()
    this.#seen.set(routerId, seen)
    for (const { id, status } of floatingIps) {
      const before = this.#routerOf.get(id)
      if (before !== undefined && before !== routerId) this.#seen.get(before)?.delete(id)
      this.#routerOf.set(id, routerId)
      seen.add(id)
      if (!this.#told.has(id)) this.#told.set(id, status)
    }
    return seen
  }

  #forgetOne(id: string): void {
    this.#told.delete(id)
    this.#routerOf.delete(id)
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#pending.clear()
  }

  #plan(ms: number): void {
    if (this.#sending || this.#closed) return
    this.#timer ??= this.#o.clock.after(ms, () => void this.#flush(), { unref: true })
  }

  async #flush(): Promise<void> {
    this.#timer = null
    this.#sending = true
    const due = [...this.#pending.keys()]
    let failure: unknown = null
    const line = async (): Promise<void> => {
      for (let id = due.shift(); id !== undefined && failure === null; id = due.shift()) {
        await this.#send(id).catch((error: unknown) => {
          failure ??= error
        })
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, line))
    this.#sending = false
    if (failure === null) this.#failures = 0
    else this.#failed(failure)
    if (this.#pending.size > 0) {
      this.#plan(failure === null ? GATHER_MS : backoffMs(this.#failures, RETRY, this.#o.random))
    }
  }

  async #send(routerId: string): Promise<void> {
    const statuses = this.#pending.get(routerId)
    if (!statuses) return
    // What has moved on meanwhile is its new router's to tell of.
    const own = [...statuses].filter(([id]) => this.#routerOf.get(id) === routerId)
    if (own.length > 0) await this.#o.send(routerId, Object.fromEntries(own))
    for (const [id, status] of own) if (this.#routerOf.has(id)) this.#told.set(id, status)
    // The router may have changed again meanwhile: then this is not all.
    if (this.#pending.get(routerId) !== statuses) return
    this.#pending.delete(routerId)
  }

  #failed(error: unknown): void {
    if (this.#closed) return
    const { logger, isRefusal } = this.#o
    if (isRefusal(error)) {
      this.#refused = true
      this.#pending.clear()
      logger.warn({ error: messageOf(error) }, 'Neutron takes no statuses of floating IPs: none are sent any more')
      return
    }
    this.#failures += 1
    if (this.#failures === 1) {
      logger.warn(
        { error: messageOf(error), routers: this.#pending.size },
        'Neutron was not told the statuses of floating IPs; trying again',
      )
    }
  }
}
