import { MessagingTimeoutError, MessagingUnavailableError, RemoteError } from '../../messaging/index.ts'
import type { NeutronClient } from '../../openstack/index.ts'
import { backoffMs, type Clock, type Logger, messageOf, type Random, type Timer } from '../../shared/index.ts'
import type { L3Facts } from '../drivers/index.ts'
import type { AgentEvent, ResourceEvent } from '../events/index.ts'
import type { ListedResource } from '../scheduler/reconciler.ts'
import type { ResourceReport } from '../worker/protocol.ts'
import { type AgentIdentity, countRouters, reportArgs } from './agent-state.ts'
import { FloatingIpStatuses } from './floating-ip-statuses.ts'
import { Reporter } from './reporter.ts'
import { type Here, Schedule } from './schedule.ts'

/** A call to a topic of Neutron's; throws what the transport throws. */
export type NeutronCall = (
  topic: 'q-reports-plugin' | 'q-l3-plugin',
  method: string,
  args: Readonly<Record<string, unknown>>,
  options: { readonly version: string; readonly signal: AbortSignal },
) => Promise<unknown>

export interface L3AgentOptions {
  readonly identity: AgentIdentity
  readonly reportIntervalMs: number
  readonly call: NeutronCall
  readonly neutron: NeutronClient
  /** Whether the bus is there at this moment. */
  readonly isConnected: () => boolean
  /** Whether a worker has this router. */
  readonly isHeld: (routerId: string) => boolean
  /** Ids of the routers that workers have. */
  readonly held: () => Iterable<string>
  /** Hands routers that are scheduled here to the workers; resolves with the ids of those that found none. */
  readonly manage: (routerIds: readonly string[]) => Promise<readonly string[]>
  /** Has the workers forget this router; nothing of it is touched. */
  readonly release: (routerId: string) => void
  /** Neutron does not have this router any more. */
  readonly deleted: (routerId: string) => Promise<unknown>
  /** Has everything reconciled; `why` is for the log. */
  readonly resync: (why: string) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** So long the first list of a reconcile waits for our report to be taken. */
const REPORT_PATIENCE_MS = 5_000
/** Many new routers are looked up together. */
const GATHER_MS = 200
const LOOK_GAP_MS = 1_000
/**
 * After a router was taken from us we ask for no new ones for so long: the question would have Neutron schedule it right back, before
 * whoever took it away can give it to another agent.
 */
const HANDS_OFF_MS = 20_000
/** So much longer than a report takes to come we wait with asking for the routers of an agent whose record was deleted. */
const AFTER_OWNER_MS = 5_000
const RETRY = { baseMs: 1_000, maxMs: 30_000 }
/** Routers let go without a new owner whose deletion we still care for. */
const MAX_ORPHANS = 10_000

/**
 * astara as the L3 agent of stock Neutron: reports that it lives and what it has, and manages exactly the routers that Neutron schedules to
 * its host. A router that moves to another host is forgotten here and nothing of it is touched: its instance lives in Nova, where the new
 * owner finds it by its name. Absence from an answer never lets go of a router; only Neutron's word that another agent has it, or its order
 * to let go, do.
 */
export class L3Agent {
  readonly #o: L3AgentOptions
  readonly #schedule: Schedule
  readonly #reporter: Reporter
  readonly #floatingIps: FloatingIpStatuses
  readonly #facts = new Map<string, L3Facts | null>()
  /** What Neutron said last of what is scheduled here; null: not asked yet. */
  #here: Here | null = null
  /** Whether this Neutron schedules routers at all; null: not asked yet. */
  #kept: boolean | null = null
  /** Routers of other agents, as of the last list. */
  #foreign: ReadonlySet<string> = new Set()
  readonly #orphans = new Set<string>()
  #lookTimer: Timer | null = null
  #lookAt = 0
  #lastLookAt = Number.NEGATIVE_INFINITY
  #handsOffUntil = Number.NEGATIVE_INFINITY
  #lookFailures = 0
  #said = false

  constructor(options: L3AgentOptions) {
    this.#o = options
    const { call, clock, random, logger, signal, identity } = options
    const plugin = (method: string, args: Readonly<Record<string, unknown>>, version: string, stop: AbortSignal) =>
      call('q-l3-plugin', method, args, { version, signal: stop })
    this.#schedule = new Schedule({
      host: identity.host,
      neutron: options.neutron,
      isUnheard: (error) => error instanceof MessagingUnavailableError || error instanceof MessagingTimeoutError,
      async getRouterIds(stop) {
        const ids = await plugin('get_router_ids', { host: identity.host }, '1.0', stop)
        return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : []
      },
    })
    this.#reporter = new Reporter({
      report: (starting, stop) =>
        call(
          'q-reports-plugin',
          'report_state',
          reportArgs(identity, countRouters(this.#facts.values()), { now: clock.now(), starting }),
          { version: '1.0', signal: stop },
        ),
      onAnswer: (answer) => this.#answered(answer),
      intervalMs: options.reportIntervalMs,
      clock,
      random,
      logger,
    })
    this.#floatingIps = new FloatingIpStatuses({
      async send(routerId, statuses) {
        await plugin('update_floatingip_statuses', { router_id: routerId, fip_statuses: statuses }, '1.1', signal)
      },
      isRefusal: (error) => error instanceof RemoteError && /NoSuchMethod|UnsupportedVersion/.test(error.className),
      clock,
      random,
      logger,
    })
  }

  /** Reports until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#o
    await this.#reporter.run(signal)
    this.#lookTimer?.cancel()
    this.#floatingIps.close()
  }

  /** The bus is there again. */
  reconnected(): void {
    this.#reporter.wake()
  }

  /**
   * Of everything that Neutron has, what is ours: what is scheduled here, and what we have and nobody else has been given. What another
   * agent has been given meanwhile is let go. Throws when it cannot be known.
   */
  async ours(all: readonly ListedResource[], signal: AbortSignal): Promise<readonly ListedResource[]> {
    if (this.#o.isConnected()) await this.#reporter.heard(REPORT_PATIENCE_MS)
    this.#kept = this.#kept === true || (await this.#schedule.isKept(signal))
    if (!this.#kept) {
      if (!this.#said) this.#o.logger.info('this Neutron does not schedule routers: all of them are ours')
      this.#said = true
    }
    const here = this.#kept ? await this.#schedule.here(signal) : 'everything'
    this.#here = here
    if (here === 'everything') {
      this.#foreign = new Set()
      return all
    }
    const listed = new Set(all.map(({ id }) => id))
    const doubtful = [...this.#o.held()].filter((id) => listed.has(id) && !here.has(id))
    const elsewhere = await this.#schedule.elsewhere(doubtful, signal)
    for (const id of elsewhere) this.#release(id, 'elsewhere')
    const kept = new Set(doubtful.filter((id) => !elsewhere.has(id)))
    const ours = all.filter(({ id }) => here.has(id) || kept.has(id))
    this.#foreign = new Set(all.flatMap(({ id }) => (here.has(id) || kept.has(id) ? [] : [id])))
    return ours
  }

  /** True for routers that Neutron has and that are none of our business. */
  isForeign(routerId: string): boolean {
    return this.#foreign.has(routerId)
  }

  /** Whether an event may make us take on a router that no worker has. What it may not is looked up in the schedule when it could be new. */
  takes(event: ResourceEvent, routerId: string): boolean {
    const here = this.#here
    if (here === 'everything' || event.driver === 'loadbalancer') return true
    // What these are about was chosen from the schedule.
    if (event.source === 'resync' || event.source === 'supervisor') return true
    // A router that left us for nobody: nobody else would clear away what is left of it.
    if (event.action === 'delete') return here?.has(routerId) === true || this.#orphans.delete(routerId)
    if (here?.has(routerId)) return true
    if (event.type === 'router_added_to_agent') {
      if (here) this.#here = new Set([...here, routerId])
      return true
    }
    if (event.source === 'rpc' || event.type === 'router.create.end') this.#lookSoon()
    return false
  }

  /** Neutron's word about the agent or its schedule. */
  async take(event: AgentEvent): Promise<void> {
    if (event.type === 'router_removed_from_agent') {
      await Promise.all(event.routerIds.map((id) => this.#removed(id)))
      return
    }
    const { logger, resync } = this.#o
    if (event.type === 'agent_deleted') {
      // An agent that lives reports anew before, and has its own routers back.
      this.#lookSoon(this.#o.reportIntervalMs + AFTER_OWNER_MS)
    } else if (event.adminStateUp) {
      logger.info('enabled as an L3 agent')
      resync('agent enabled')
    } else {
      logger.warn('disabled as an L3 agent: Neutron gives us no new routers; those we have are cared for')
    }
  }

  /** What a worker reports of a router. */
  note(routerId: string, { l3, fresh, resource }: ResourceReport): void {
    this.#facts.set(routerId, l3)
    this.#orphans.delete(routerId)
    // Before the first look nothing is known of its instance: that it is down is only how everything begins.
    if (l3 && !fresh) this.#floatingIps.note(routerId, resource.instance_state, l3)
  }

  /** No worker has it any more. */
  forget(routerId: string): void {
    this.#facts.delete(routerId)
    this.#floatingIps.forget(routerId)
  }

  #answered(answer: unknown): void {
    const { logger, resync } = this.#o
    if (answer === 'alive') return
    if (answer !== 'new' && answer !== 'revived') {
      logger.debug({ answer }, 'Neutron passed over a state report')
      return
    }
    logger.info({ answer }, 'registered with Neutron as an L3 agent')
    // Before the first list there is nothing to repeat.
    if (this.#here !== null) resync(`agent ${answer}`)
  }

  /** Looks soon for routers that are new here; together with all that ask until then. */
  #lookSoon(ms = GATHER_MS): void {
    const { clock, signal } = this.#o
    if (signal.aborted) return
    const now = clock.monotonic()
    const wait = Math.max(ms, this.#lastLookAt + LOOK_GAP_MS - now, this.#handsOffUntil - now)
    if (this.#lookTimer !== null && this.#lookAt <= now + wait) return
    this.#lookTimer?.cancel()
    this.#lookAt = now + wait
    this.#lookTimer = clock.after(
      wait,
      () => {
        this.#lookTimer = null
        void this.#look()
      },
      { unref: true },
    )
  }

  async #look(): Promise<void> {
    const { clock, random, logger, signal, isHeld, manage } = this.#o
    this.#lastLookAt = clock.monotonic()
    try {
      const here = await this.#schedule.here(signal)
      this.#here = here
      if (here === 'everything') {
        this.#o.resync('schedule unknown')
        return
      }
      const lost = await manage([...here].filter((id) => !isHeld(id)))
      this.#lookFailures = 0
      // Whose they are could not be found out just now.
      if (lost.length > 0) this.#lookSoon(RETRY.maxMs)
    } catch (error) {
      if (signal.aborted) return
      this.#lookFailures += 1
      if (this.#lookFailures === 1) {
        logger.warn({ error: messageOf(error) }, 'Neutron did not say which routers are scheduled here; asking again')
      }
      this.#lookSoon(backoffMs(this.#lookFailures, RETRY, random))
    }
  }

  /** Neutron told us to let go of it: so it is when Neutron, asked directly, says the same. */
  async #removed(routerId: string): Promise<void> {
    const { clock, random, logger, signal, isHeld } = this.#o
    this.#handsOffUntil = clock.monotonic() + HANDS_OFF_MS
    if (this.#here instanceof Set) this.#here = new Set([...this.#here].filter((id) => id !== routerId))
    for (let attempt = 1; isHeld(routerId); attempt += 1) {
      try {
        const place = await this.#schedule.placeOf(routerId, signal)
        if (place === 'here') this.#lookSoon()
        else if (place === 'absent') await this.#o.deleted(routerId)
        else this.#release(routerId, place)
        return
      } catch (error) {
        if (signal.aborted) return
        const ms = backoffMs(attempt, RETRY, random)
        logger.warn({ resource_id: routerId, retry_in_ms: ms }, `where a router went is not known: ${messageOf(error)}`)
        await clock.sleep(ms, signal).catch(() => {})
      }
    }
  }

  #release(routerId: string, place: 'elsewhere' | 'nowhere'): void {
    const { logger, release } = this.#o
    logger.info(
      { resource_id: routerId },
      place === 'elsewhere'
        ? 'router scheduled to another agent: let go, its instance is left to the new owner'
        : 'router taken from this agent: let go, its instance stays as it is',
    )
    if (place === 'nowhere' && this.#orphans.size < MAX_ORPHANS) this.#orphans.add(routerId)
    this.forget(routerId)
    release(routerId)
  }
}
