import type { DebugState, InstanceState } from '../../contract/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import { HealthLane, StallGuard } from '../health/index.ts'
import { admit, complete, type QueuedAction } from '../lifecycle/index.ts'
import { type DebugChange, DebugMarks } from '../store/index.ts'
import { Recorder } from '../timeline/index.ts'
import { Automaton } from './automaton.ts'
import { Blindness } from './blindness.ts'
import { Observations } from './observations.ts'
import type { WorkerOptions, WorkerSettings } from './options.ts'
import { Outbox } from './outbox.ts'
import { concerns, lookAgain, priorityOf, suspicion, wordFor } from './own-events.ts'
import { Pacing } from './pacing.ts'
import { type PassEnd, runPass } from './pass.ts'
import type { Question, TimelineWatch, WorkerStats } from './protocol.ts'
import { RecentIds } from './recent-ids.ts'
import { RunSlots } from './run-slots.ts'
import { Unplugged } from './unplugged.ts'
import { WorkQueue } from './work-queue.ts'

/**
 * One worker: the automata of its tenants, their work queue and their health lane. It knows neither processes nor AMQP: events come in by
 * `take`, everything it has to tell goes out by `send`.
 */
export class Worker {
  readonly #o: WorkerOptions
  readonly #automata = new Map<string, Automaton>()
  readonly #blindness: Blindness
  readonly #observing: Observations
  readonly #queue: WorkQueue
  readonly #slots: RunSlots
  readonly #pacing: Pacing
  readonly #outbox: Outbox
  readonly #health: HealthLane
  readonly #stallGuard: StallGuard
  readonly #abort = new AbortController()
  /** Resources that are gone for good: a straggler of theirs does not raise them from the dead. */
  readonly #deleted = new RecentIds(2_000)
  readonly #unplugged: Unplugged
  #settings: WorkerSettings
  #marks: DebugMarks
  #draining = false

  constructor(options: WorkerOptions) {
    this.#o = options
    const { clock, random, logger, settings } = options
    this.#settings = settings
    this.#marks = new DebugMarks(options.debug)
    this.#queue = new WorkQueue({ clock, onReady: () => this.#slots.fillSoon() })
    this.#slots = new RunSlots({
      queue: this.#queue,
      clock,
      count: () => this.#settings.maxPasses,
      start: (id) => this.#start(id),
    })
    this.#pacing = new Pacing({ queue: this.#queue, clock, random, settings: () => this.#settings })
    this.#outbox = new Outbox({ clock, send: options.send, report: (id) => this.#automata.get(id)?.report() })
    this.#unplugged = new Unplugged({
      clock,
      find: (id) => this.#automata.get(id),
      look: (automaton, event) => this.#admit(automaton, event),
    })
    this.#blindness = new Blindness(clock, logger)
    this.#observing = new Observations({ logger, onChange: (changed) => this.#noteChange(changed) })
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

  /**
   * Somebody else takes care of these from now on: the step under way is finished, then they are forgotten. Nothing of theirs is touched,
   * and should they come back they are looked at anew.
   */
  release(ids: readonly string[]): void {
    for (const id of ids) {
      const automaton = this.#automata.get(id)
      if (!automaton) {
        this.#outbox.removed(id)
        continue
      }
      automaton.released = true
      this.#health.remove(id)
      this.#queue.forget(id)
      if (!this.#slots.has(id)) this.#forget(automaton)
    }
  }

  /**
   * The debug modes in force from now on. What is held from now on finishes the step under way and rests; what is managed again goes on
   * with what it has queued and looks at the world anew, never beside a pass that still runs.
   */
  setDebug(state: DebugState, change: DebugChange | null): void {
    this.#marks = new DebugMarks(state)
    for (const automaton of this.#automata.values()) {
      if (automaton.released) continue
      const before = automaton.held
      automaton.held = this.#marks.of(automaton.id, automaton.tenantId)
      if (change && concerns(change.target, automaton)) {
        automaton.recorder.command(wordFor(change), change.by, change.reason)
      }
      if (!before && automaton.held) this.#holdBack(automaton)
      else if (before && !automaton.held) this.#manage(automaton, change)
    }
  }

  /** Options that were read again. */
  applySettings(settings: WorkerSettings): void {
    this.#settings = settings
    this.#health.setPace({ periodMs: settings.healthPeriodMs, concurrency: settings.healthConcurrency })
    this.#stallGuard.thresholdMs = settings.stallThresholdMs
    this.#slots.fill()
  }

  /** Whose timelines are told as they grow. */
  watch(watch: TimelineWatch): void {
    this.#outbox.watch(watch)
  }

  /** What only the worker knows of a resource; null: it does not have it. */
  answer({ kind, resourceId }: Question): unknown {
    const automaton = this.#automata.get(resourceId)
    if (!automaton) return null
    if (kind === 'config') return automaton.recorder.config()
    return { resource_id: resourceId, entries: automaton.recorder.entries() }
  }

  get stats(): Pick<WorkerStats, 'resources' | 'queued' | 'queueDepth' | 'queueAgeSeconds' | 'running'> {
    const depth = this.#queue.depth
    const running = this.#slots.ids().flatMap((id) => {
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
    this.#unplugged.close()
    const deadline = this.#o.clock.after(graceMs, () => this.#abort.abort(new Error('shutting down')))
    await this.#slots.close()
    deadline.cancel()
    this.#abort.abort(new Error('shut down'))
    this.#stallGuard.close()
    this.#outbox.flush()
  }

  #takeOne(event: ResourceEvent): void {
    const { resourceId, unpluggedPort } = event
    if (unpluggedPort !== undefined) {
      this.#unplugged.take(event, unpluggedPort)
    } else if (resourceId === null) {
      for (const id of this.#slots.ids()) {
        const automaton = this.#automata.get(id)
        if (!automaton?.held) this.#admit(automaton, event)
      }
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
    if (event.action === 'poll') this.#health.checkNow(meant.filter((a) => !a.fresh && !a.held).map((a) => a.id))
    else for (const automaton of meant) this.#admit(automaton, event)
  }

  #create(event: ResourceEvent, id: string): Automaton | undefined {
    // A command of the original that names no driver concerns only what is already managed.
    if (event.driver === null || event.tenantId === null) return undefined
    const { tenantId, driver } = event
    const recorder = new Recorder({
      resourceId: id,
      limit: this.#settings.timelineEntries,
      clock: this.#o.clock,
      onEntry: (...news) => this.#outbox.entry(...news),
    })
    const automaton = new Automaton(id, tenantId, driver, this.#o.createManager({ id, tenantId, driver }), recorder)
    automaton.held = this.#marks.of(id, tenantId)
    this.#automata.set(id, automaton)
    this.#noteChange(automaton)
    this.#health.add(id)
    if (automaton.held) this.#health.checkNow([id])
    return automaton
  }

  #admit(automaton: Automaton | undefined, event: ResourceEvent): void {
    if (!automaton) return
    if (automaton.released) {
      // It was let go and has been given back while its last step ran.
      automaton.cameBack = event
      return
    }
    if (automaton.held) {
      this.#drop(automaton, event)
      return
    }
    const { manager } = automaton
    const queued: QueuedAction = { action: event.action, cause: event.type, force: event.force }
    const { accepted, machine } = admit(automaton.machine, queued, {
      deleted: automaton.deleted,
      instanceState: manager.state,
    })
    automaton.recorder.event(event, accepted)
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
    if (machine.queue.length === this.#settings.queueWarningThreshold) {
      this.#o.logger.warn({ resource_id: automaton.id, queue: machine.queue.length }, 'long queue of one resource')
    }
    if (automaton.runningSince !== null && event.priority !== 'resync') automaton.dirty = true
    this.#pacing.makeReady(automaton, event.priority)
    this.#noteChange(automaton)
  }

  /** Debug mode: what comes is dropped. A delete is remembered, for it comes only once. */
  #drop(automaton: Automaton, event: ResourceEvent): void {
    const { action, type, source } = event
    if (action === 'delete') automaton.deleteDropped = true
    automaton.recorder.event(event, false)
    const routine = source === 'health' || source === 'resync' || source === 'supervisor'
    this.#o.logger[routine ? 'debug' : 'info'](
      { resource_id: automaton.id, event_type: type, action, debug_scope: automaton.held?.scope },
      'event dropped: debug mode',
    )
  }

  #holdBack(automaton: Automaton): void {
    automaton.pause = null
    automaton.nextLookAt = null
    this.#queue.forget(automaton.id)
    this.#noteChange(automaton)
    if (automaton.fresh) this.#health.checkNow([automaton.id])
  }

  #manage(automaton: Automaton, change: DebugChange | null): void {
    const action = automaton.deleteDropped ? 'delete' : 'update'
    automaton.deleteDropped = false
    if (!this.#slots.has(automaton.id)) {
      // What was known is old: the next pass begins with a look, and with no step that was planned on old knowledge.
      automaton.fresh = true
      automaton.machine = complete(automaton.machine, automaton.facts(), 'failed')
    }
    this.#admit(automaton, lookAgain(automaton, action, priorityOf(change)))
    // One that is in error takes no look, but has its turn all the same.
    this.#queue.add(automaton.id, priorityOf(change))
  }

  #start(id: string): Promise<void> | null {
    const automaton = this.#automata.get(id)
    return automaton && !automaton.held ? this.#run(automaton) : null
  }

  async #run(automaton: Automaton): Promise<void> {
    const { clock, counters, logger } = this.#o
    const { manager, recorder, pause } = automaton
    const stateBefore = manager.state
    recorder.beginPass(pause === 'wait' ? (manager.wait?.reason ?? pause) : (pause ?? 'look'))
    this.#pacing.begin(automaton)
    automaton.failure = null
    automaton.runningSince = clock.now()
    automaton.pause = null
    automaton.nextLookAt = null
    automaton.dirty = false
    await this.#observing.stop(automaton.id)
    const end = await runPass(automaton, {
      clock,
      counters,
      logger,
      signal: this.#abort.signal,
      draining: () => this.#draining || automaton.held !== null || automaton.released,
      onChange: (changed) => this.#noteChange(changed),
    }).catch((error: unknown): PassEnd => {
      logger.error({ err: error, resource_id: automaton.id }, 'pass broke')
      return { yield: 'retry' }
    })
    automaton.runningSince = null
    this.#settle(automaton, end, stateBefore)
    this.#noteChange(automaton)
  }

  /** What follows a pass. */
  #settle(automaton: Automaton, end: PassEnd, stateBefore: InstanceState): void {
    const { manager, recorder } = automaton
    if (automaton.released && end !== 'exit') {
      this.#forget(automaton)
      if (automaton.cameBack) this.#takeOne(automaton.cameBack)
      return
    }
    if (end === 'exit') {
      this.#remove(automaton)
      return
    }
    // While it is held nothing is planned; being managed again is what starts it.
    if (!automaton.held) this.#pacing.settle(automaton, end)
    const fell = manager.state === 'error' && stateBefore !== 'error'
    const error = automaton.failure ?? (fell ? manager.snapshot().lastError : null)
    const { pause, nextLookAt } = automaton
    recorder.endPass(error, pause === 'retry' || pause === 'cooldown' ? nextLookAt : null)
  }

  #remove(automaton: Automaton): void {
    this.#deleted.add(automaton.id)
    this.#forget(automaton)
  }

  #forget(automaton: Automaton): void {
    const { id } = automaton
    automaton.deleted = true
    this.#automata.delete(id)
    this.#queue.forget(id)
    this.#health.remove(id)
    this.#outbox.removed(id)
  }

  async #checkAlive(id: string, signal: AbortSignal): Promise<boolean> {
    const automaton = this.#automata.get(id)
    // One that is held is not touched. What was not known before it was held is looked at, so that it can be told.
    if (automaton?.held && automaton.fresh && !this.#slots.has(id)) await this.#observing.begin(automaton, signal)
    // One whose pass runs or is planned is being looked at anyway.
    if (!automaton || automaton.held || automaton.fresh || this.#slots.has(id) || automaton.pause !== null) return true
    if (automaton.manager.state !== 'configured') return false
    const alive = await this.#blindness.excuse(automaton.manager.quickAlive(signal))
    if (alive === null) return true
    this.#o.counters.aliveCheck(alive)
    if (alive) automaton.recorder.fine('health')
    this.#noteChange(automaton)
    return alive
  }

  #suspect(id: string): void {
    const automaton = this.#automata.get(id)
    if (!automaton) return
    this.#admit(automaton, suspicion(automaton))
  }

  #noteChange(automaton: Automaton): void {
    if (!automaton.deleted) this.#outbox.changed(automaton.id)
  }
}
