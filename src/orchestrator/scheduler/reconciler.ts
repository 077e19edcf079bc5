import { type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import { lookAgain } from '../look-again.ts'

/** A resource as Neutron lists it. */
export interface ListedResource {
  readonly id: string
  readonly tenantId: string
  readonly driver: 'router' | 'loadbalancer'
}

export interface ReconcilerOptions {
  /** Everything Neutron has. Throws when it cannot be known; an empty answer is an answer, but never proof of a deletion. */
  readonly list: (signal: AbortSignal) => Promise<readonly ListedResource[]>
  /** Ids of the resources that we manage, and of those whose instances Nova still lists. */
  readonly known: (signal: AbortSignal) => Promise<ReadonlyMap<string, { readonly tenantId: string | null }>>
  readonly dispatch: (event: ResourceEvent) => Promise<unknown>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly intervalMs: number
  /** Longest pause between two tries while Neutron is away, milliseconds (`[astara_appliance] max_sleep`). */
  readonly maxSleepMs: number
}

/** More than this share of the known resources missing from one list (and more than VANISH_FLOOR of them) trips the breaker. */
const VANISH_SHARE = 0.05
const VANISH_FLOOR = 10
/** A larger disappearance is believed, in portions, only after it was seen this many times in a row. */
const VANISH_ROUNDS = 3

/** How the last reconcile went. */
export interface ReconcileState {
  /** Wall-clock time of the last success, or null. */
  readonly lastSuccessAt: number | null
  readonly lastError: string | null
  readonly rounds: number
  /** Resources that Neutron's list lacks while the breaker holds their deletion back. */
  readonly heldBack: number
}

/**
 * Level-triggered safety net: at start, after every reconnect to the bus, when a worker was replaced and every interval, everything that
 * Neutron has is looked at again at low priority. Requests that come while a round runs lead to one more round.
 */
export class Reconciler {
  readonly #o: ReconcilerOptions
  #wanted: string | null = null
  #running: Promise<void> | null = null
  #state: ReconcileState = { lastSuccessAt: null, lastError: null, rounds: 0, heldBack: 0 }
  #missingRounds = new Map<string, number>()
  readonly #waiters: (() => void)[] = []

  constructor(options: ReconcilerOptions) {
    this.#o = options
  }

  get state(): ReconcileState {
    return this.#state
  }

  /** Runs until the signal aborts: a first round at once, then one per interval. */
  async run(signal: AbortSignal): Promise<void> {
    this.request('start', signal)
    while (!signal.aborted) {
      try {
        await this.#o.clock.sleep(this.#o.intervalMs, signal)
      } catch {
        break
      }
      this.request('interval', signal)
    }
    await this.#running
  }

  /** Asks for a round; `why` is for the log. */
  request(why: string, signal: AbortSignal): void {
    this.#wanted = why
    this.#running ??= this.#loop(signal).finally(() => {
      this.#running = null
    })
  }

  /** Resolves after the first round that succeeded. */
  firstRound(): Promise<void> {
    if (this.#state.lastSuccessAt !== null) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  async #loop(signal: AbortSignal): Promise<void> {
    let pauseMs = 1_000
    while (this.#wanted !== null && !signal.aborted) {
      const why = this.#wanted
      this.#wanted = null
      try {
        await this.#round(why, signal)
        pauseMs = 1_000
      } catch (error) {
        if (signal.aborted) return
        this.#state = { ...this.#state, lastError: messageOf(error) }
        this.#o.logger.warn({ err: error, why, retry_in_ms: pauseMs }, 'reconcile failed: Neutron could not be listed')
        this.#wanted ??= why
        try {
          await this.#o.clock.sleep(pauseMs * (0.75 + 0.5 * this.#o.random()), signal)
        } catch {
          return
        }
        pauseMs = Math.min(this.#o.maxSleepMs, pauseMs * 2)
      }
    }
  }

  async #round(why: string, signal: AbortSignal): Promise<void> {
    const started = this.#o.clock.monotonic()
    const listed = await this.#o.list(signal)
    const known = await this.#o.known(signal)
    const present = new Set(listed.map((resource) => resource.id))
    await Promise.all(listed.map((r) => this.#o.dispatch(look(r.id, r.tenantId, r.driver))))
    const missing = [...known].filter(([id]) => !present.has(id))
    const heldBack = await this.#checkMissing(missing, known.size)
    this.#state = {
      lastSuccessAt: this.#o.clock.now(),
      lastError: null,
      rounds: this.#state.rounds + 1,
      heldBack,
    }
    this.#o.logger.info(
      {
        why,
        resources: listed.length,
        missing: missing.length,
        held_back: heldBack,
        ms: Math.round(this.#o.clock.monotonic() - started),
      },
      'reconcile handed out',
    )
    for (const waiter of this.#waiters.splice(0)) waiter()
  }

  /**
   * Absence is not deletion: a missing resource is only asked to be looked at, and its own pass finds out by direct questions. When many
   * vanish at once even that waits, because then the list is more likely wrong than the world.
   */
  async #checkMissing(
    missing: readonly (readonly [string, { readonly tenantId: string | null }])[],
    knownCount: number,
  ): Promise<number> {
    const rounds = new Map(missing.map(([id]) => [id, (this.#missingRounds.get(id) ?? 0) + 1]))
    this.#missingRounds = rounds
    const portion = Math.max(VANISH_FLOOR, Math.floor(knownCount * VANISH_SHARE))
    const tripped = missing.length > portion
    const believed = tripped
      ? missing.filter(([id]) => (rounds.get(id) ?? 0) >= VANISH_ROUNDS).slice(0, portion)
      : missing
    if (tripped) {
      this.#o.logger.error(
        { missing: missing.length, known: knownCount, looked_at_now: believed.length },
        'many resources vanished from Neutron at once: not believed, nothing is deleted; `astara ctl router update <id>` looks at one of them',
      )
    }
    for (const [id, { tenantId }] of believed) await this.#o.dispatch(look(id, tenantId, 'router'))
    return missing.length - believed.length
  }
}

/** A request to look at a resource again, at low priority. */
function look(resourceId: string, tenantId: string | null, driver: ListedResource['driver']): ResourceEvent {
  return { ...lookAgain(resourceId, tenantId, driver, 'resync'), priority: 'resync' }
}
