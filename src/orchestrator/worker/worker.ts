import type { DriverName } from '../../contract/index.ts'
import { backoffMs, type Clock, type Logger, type Random, type Timer } from '../../shared/index.ts'
import type { Priority, ResourceEvent } from '../events/index.ts'
import { HealthLane, StallGuard } from '../health/index.ts'
import type { InstanceManager } from '../instances/index.ts'
import { admit, isUrgent, type QueuedAction } from '../lifecycle/index.ts'
import { Automaton, type Pause } from './automaton.ts'
import type { Counters } from './counters.ts'
import { type PassEnd, runPass } from './pass.ts'
import type { FromWorker, WorkerStats } from './protocol.ts'
import { RecentIds } from './recent-ids.ts'
import { WorkQueue } from './work-queue.ts'

export interface WorkerSettings {
  /** Passes at the same time (`num_worker_threads`). */
  readonly maxPasses: number
  readonly healthPeriodMs: number
  readonly healthConcurrency: number
  /** A stall of this process longer than this makes failed alive checks inconclusive. */
  readonly stallThresholdMs: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  /** A longer queue of one resource is warned about (`queue_warning_threshold`). */
  readonly queueWarningThreshold: number
}

export interface WorkerOptions {
  readonly settings: WorkerSettings
  readonly createManager: (resource: {
    readonly id: string
    readonly tenantId: string
    readonly driver: DriverName
  }) => InstanceManager
  readonly send: (message: FromWorker) => void
  readonly counters: Counters
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Changes are told to the main process in bundles, this far apart. */
const REPORT_MS = 50
/** A resource that failed is not tried again sooner than this for a tenant's event. */
const MIN_RETRY_GAP_MS = 1_000
/** When a step waits and does not say for how long. */
const DEFAULT_WAIT_MS = 1_000

/**
 * One worker: the automata of its tenants, their work queue and their health lane. It knows neither processes nor AMQP: events come in by
 * `take`, everything it has to tell goes out by `send`.
 */
export class Worker {
  readonly #o: WorkerOptions
  readonly #automata = new Map<string, Automaton>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #queue: WorkQueue
  readonly #health: HealthLane
  readonly #stallGuard: StallGuard
  readonly #abort = new AbortController()
  /** Resources that are gone for good: a straggler of theirs does not raise them from the dead. */
  readonly #deleted = new RecentIds(2_000)
  readonly #changed = new Set<string>()
  readonly #removed = new Set<string>()
  #reportTimer: Timer | null = null
  #draining = false

  constructor(options: WorkerOptions) {
    this.#o = options
    const { clock, random, logger, settings } = options
    this.#queue = new WorkQueue({ clock, onReady: () => this.#pump() })
    this.#stallGuard = new StallGuard(clock, settings.stallThresholdMs)
    this.#health = new HealthLane({
      clock,
      random,
      logger,
      periodMs: settings.healthPeriodMs,
      concurrency: settings.healthConcurrency,
      check: (id, signal) => this.#checkAlive(id, signal),
      onSuspect: (id) => this.#suspect(id),
      stallGuard: this.#stallGuard,
    })
  }

  /** Takes events into the queues of the automata they concern. */
  take(events: readonly ResourceEvent[]): void {
    for (const event of events) this.#takeOne(event)
  }

  get stats(): Pick<WorkerStats, 'resources' | 'queued' | 'queueDepth' | 'queueAgeSeconds' | 'running'> {
    const depth = this.#queue.depth
    const running = [...this.#running.keys()].flatMap((id) => {
      const automaton = this.#automata.get(id)
      if (!automaton || automaton.runningSince === null) return []
      return [{ resource_id: id, step: automaton.machine.step, since: new Date(automaton.runningSince).toISOString() }]
    })
    return {
      resources: this.#automata.size,
      queued: depth.ready.operator + depth.ready.event + depth.ready.resync,
      queueDepth: depth.ready,
      queueAgeSeconds: depth.oldestMs / 1000,
      running,
    }
  }

  /** Finishes the steps under way, at most `graceMs`, then cuts off what is left. */
  async shutdown(graceMs: number): Promise<void> {
    this.#draining = true
    this.#health.close()
    this.#queue.close()
    const deadline = this.#o.clock.after(graceMs, () => this.#abort.abort(new Error('shutting down')))
    await Promise.allSettled(this.#running.values())
    deadline.cancel()
    this.#abort.abort(new Error('shut down'))
    this.#stallGuard.close()
    this.#flushReports()
  }

  #takeOne(event: ResourceEvent): void {
    const { resourceId } = event
    if (resourceId === null) {
      for (const id of this.#running.keys()) this.#admit(this.#automata.get(id), event)
    } else if (resourceId === '*' || resourceId === 'error') {
      this.#takeWildcard(event, resourceId)
    } else if (!this.#deleted.has(resourceId)) {
      this.#admit(this.#automata.get(resourceId) ?? this.#create(event, resourceId), event)
    }
  }

  #takeWildcard(event: ResourceEvent, which: '*' | 'error'): void {
    const ofTenant = (a: Automaton): boolean =>
      event.tenantId === null || event.tenantId === '*' || event.tenantId === a.tenantId
    const meant = [...this.#automata.values()].filter(
      (a) =>
        ofTenant(a) &&
        (event.driver === null || event.driver === a.driver) &&
        (which === '*' || a.manager.state === 'error'),
    )
    if (event.action === 'poll') this.#health.checkNow(meant.filter((a) => !a.fresh).map((a) => a.id))
    else for (const automaton of meant) this.#admit(automaton, event)
  }

  #create(event: ResourceEvent, id: string): Automaton | undefined {
    // A command of the original that names no driver concerns only what is already managed.
    if (event.driver === null || event.tenantId === null) return undefined
    const { tenantId, driver } = event
    const automaton = new Automaton(id, tenantId, driver, this.#o.createManager({ id, tenantId, driver }))
    this.#automata.set(id, automaton)
    this.#health.add(id)
    return automaton
  }

  #admit(automaton: Automaton | undefined, event: ResourceEvent): void {
    if (!automaton) return
    const { manager } = automaton
    const queued: QueuedAction = { action: event.action, cause: event.type, force: event.force }
    const { accepted, machine } = admit(automaton.machine, queued, {
      deleted: automaton.deleted,
      instanceState: manager.state,
    })
    if (!accepted) return
    automaton.machine = machine
    if (event.action === 'delete') {
      manager.noteDeleted()
      automaton.deleteUnconfirmed = manager.state !== 'gone'
    }
    if (event.action === 'rebuild') manager.useImage(event.imageUuid)
    if (event.source !== 'health' && event.source !== 'resync') {
      automaton.lastEventAt = this.#o.clock.now()
      automaton.lastEventType = event.type
    }
    if (machine.queue.length === this.#o.settings.queueWarningThreshold) {
      this.#o.logger.warn({ resource_id: automaton.id, queue: machine.queue.length }, 'long queue of one resource')
    }
    if (automaton.runningSince !== null && event.priority !== 'resync') automaton.dirty = true
    this.#makeReady(automaton, event.priority)
    this.#noteChange(automaton)
  }

  /**
   * When a new action gets its pass. Normally at once. While the resource waits for something that takes its time, the timer decides,
   * unless the action is urgent; while it backs off after a failure, a tenant's event shortens the wait but never to a hot loop.
   */
  #makeReady(automaton: Automaton, priority: Priority): void {
    const { id, pause, lastFailureAt } = automaton
    if (pause === null || priority === 'operator' || isUrgent(automaton.machine, automaton.facts())) {
      this.#queue.add(id, priority)
    } else if (pause === 'retry' && priority === 'event') {
      const since = this.#o.clock.monotonic() - (lastFailureAt ?? Number.NEGATIVE_INFINITY)
      this.#queue.addAfter(id, Math.max(0, MIN_RETRY_GAP_MS - since), priority)
    }
  }

  #pump(): void {
    while (!this.#draining && this.#running.size < this.#o.settings.maxPasses) {
      const id = this.#queue.take()
      if (id === null) return
      const automaton = this.#automata.get(id)
      if (!automaton) {
        this.#queue.done(id)
        continue
      }
      const pass = this.#run(automaton).finally(() => {
        this.#running.delete(id)
        this.#queue.done(id)
        this.#pump()
      })
      this.#running.set(id, pass)
    }
  }

  async #run(automaton: Automaton): Promise<void> {
    const { clock, counters, logger } = this.#o
    automaton.runningSince = clock.now()
    automaton.pause = null
    automaton.nextLookAt = null
    automaton.dirty = false
    const end = await runPass(automaton, {
      clock,
      counters,
      logger,
      signal: this.#abort.signal,
      draining: () => this.#draining,
      onChange: (changed) => this.#noteChange(changed),
    }).catch((error: unknown): PassEnd => {
      logger.error({ err: error, resource_id: automaton.id }, 'pass broke')
      return { yield: 'retry' }
    })
    automaton.runningSince = null
    this.#settle(automaton, end)
    this.#noteChange(automaton)
  }

  /** What follows a pass. */
  #settle(automaton: Automaton, end: PassEnd): void {
    if (end === 'exit') {
      this.#remove(automaton)
      return
    }
    const { manager } = automaton
    switch (end.yield) {
      case 'idle':
        automaton.failures = 0
        automaton.lastFailureAt = null
        // A state other than configured may not be left to itself.
        if (manager.state !== 'configured' && manager.state !== 'gone')
          this.#pauseFor(automaton, 'retry', this.#backoff(automaton))
        return
      case 'more':
        this.#queue.add(automaton.id, 'event')
        return
      case 'wait':
        this.#pauseFor(automaton, 'wait', manager.wait?.ms ?? DEFAULT_WAIT_MS)
        return
      case 'cooldown':
        this.#pauseFor(automaton, 'cooldown', Math.max(manager.errorCooldownLeftMs, this.#backoff(automaton)))
        return
      case 'retry':
        this.#pauseFor(automaton, 'retry', Math.max(manager.wait?.ms ?? 0, this.#backoff(automaton)))
        return
      case 'drained':
        return
    }
  }

  #backoff(automaton: Automaton): number {
    const { settings, random, clock } = this.#o
    automaton.failures++
    automaton.lastFailureAt = clock.monotonic()
    return backoffMs(automaton.failures, { baseMs: settings.retryBaseMs, maxMs: settings.retryMaxMs }, random)
  }

  #pauseFor(automaton: Automaton, pause: Pause, fullMs: number): void {
    const ms = Math.max(1, pause === 'retry' && automaton.dirty ? Math.min(fullMs, MIN_RETRY_GAP_MS) : fullMs)
    automaton.pause = pause
    automaton.nextLookAt = this.#o.clock.now() + ms
    // What came in while the pass ran has marked the key: unless it is urgent it waits with the timer.
    this.#queue.forget(automaton.id)
    this.#queue.addAfter(automaton.id, ms, 'event')
    if (isUrgent(automaton.machine, automaton.facts())) this.#queue.add(automaton.id, 'event')
  }

  #remove(automaton: Automaton): void {
    const { id } = automaton
    automaton.deleted = true
    this.#automata.delete(id)
    this.#deleted.add(id)
    this.#queue.forget(id)
    this.#health.remove(id)
    this.#changed.delete(id)
    this.#removed.add(id)
    this.#planReport()
  }

  async #checkAlive(id: string, signal: AbortSignal): Promise<boolean> {
    const automaton = this.#automata.get(id)
    // One whose pass runs or is planned is being looked at anyway.
    if (!automaton || automaton.fresh || this.#running.has(id) || automaton.pause !== null) return true
    if (automaton.manager.state !== 'configured') return false
    const alive = await automaton.manager.quickAlive(signal)
    this.#o.counters.aliveCheck(alive)
    this.#noteChange(automaton)
    return alive
  }

  #suspect(id: string): void {
    const automaton = this.#automata.get(id)
    if (!automaton) return
    this.#admit(automaton, {
      kind: 'resource',
      driver: automaton.driver,
      resourceId: id,
      tenantId: automaton.tenantId,
      tenantFrom: 'payload',
      action: 'poll',
      priority: 'event',
      source: 'health',
      type: 'health',
      hints: null,
      imageUuid: null,
      reason: null,
      force: false,
    })
  }

  #noteChange(automaton: Automaton): void {
    if (automaton.deleted) return
    this.#changed.add(automaton.id)
    this.#planReport()
  }

  #planReport(): void {
    this.#reportTimer ??= this.#o.clock.after(REPORT_MS, () => this.#flushReports(), { unref: true })
  }

  #flushReports(): void {
    this.#reportTimer?.cancel()
    this.#reportTimer = null
    if (this.#changed.size === 0 && this.#removed.size === 0) return
    const changed = [...this.#changed].flatMap((id) => this.#automata.get(id)?.report() ?? [])
    const removed = [...this.#removed]
    this.#changed.clear()
    this.#removed.clear()
    this.#o.send({ type: 'reports', changed, removed })
  }
}
