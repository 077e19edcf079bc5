import type { Action, Step } from '../../contract/index.ts'
import { AstaraError } from '../../shared/index.ts'
import type { InstanceSnapshot } from '../instances/index.ts'
import { type Advice, admit, advance, type Effect, effectsOf, type MachineState, resume } from '../lifecycle/index.ts'
import { Recorder } from '../timeline/index.ts'
import { Automaton } from '../worker/automaton.ts'
import { Counters } from '../worker/counters.ts'
import { look, type PassOptions, takeStep } from '../worker/pass.ts'
import { type Phase, round } from './gate.ts'
import { carryOut, noInspector } from './inspect.ts'
import { busy, type DebuggerOptions, type Running } from './options.ts'
import type { PretenceName } from './pretend.ts'
import { Pushes } from './pushes.ts'
import { endOf, pauseAfter } from './run.ts'
import type { DebugStep, Inspection, InspectionKind, MachineView, RunEnd, Until } from './types.ts'
import { WatchedManager } from './watched-manager.ts'

/** Steps of one run; the longest way through the machine, with a boot that is looked at often, has fewer. */
const MAX_RUN = 500
/** Steps that are remembered with their calls. */
const MAX_HISTORY = 200

interface Before {
  readonly machine: MachineState
  readonly deleteUnconfirmed: boolean
}

/**
 * Steps one resource's machine by hand, with the parts that a worker steps it with. One thing at a time: a method that acts throws
 * AstaraError `refused` while another is under way. A step that fails leaves the machine where it was.
 */
export class Debugger {
  readonly #o: DebuggerOptions
  readonly #manager: WatchedManager
  readonly #automaton: Automaton
  readonly #counters = new Counters()
  readonly #history: DebugStep[] = []
  readonly #pushes = new Pushes()
  #running: Running | null = null
  #waiting: { readonly reason: string; readonly until: number } | null = null
  #before: Before | null = null
  #failed: DebugStep | null = null
  /** The orchestrator's pass would have ended before the next step. */
  #passEnded = true
  #exited = false
  #seq = 0

  constructor(options: DebuggerOptions) {
    this.#o = options
    const { resourceId, tenantId, clock } = options
    this.#manager = new WatchedManager({
      make: options.makeManager,
      clock,
      onPush: (push) => this.#pushes.note(push),
    })
    const recorder = new Recorder({ resourceId, limit: MAX_HISTORY, clock, onEntry: () => {} })
    this.#automaton = new Automaton(resourceId, tenantId, 'router', this.#manager, recorder)
  }

  get resourceId(): string {
    return this.#o.resourceId
  }

  get dryRun(): boolean {
    return this.#o.gate.dryRun
  }

  /** Where the machine stands. */
  get machine(): MachineView {
    const { step, action, queue, force } = this.#automaton.machine
    return { step, action, queue, force, instance_state: this.#manager.state }
  }

  /** What the next step asks the outside to do. */
  get nextEffects(): readonly Effect[] {
    if (this.needsLook) return ['update_state']
    return effectsOf(this.#resumed(), this.#automaton.facts())
  }

  /** Where the next step leads, when it asks nobody and so can be told beforehand; null: that depends. */
  get foreseen(): Step | null {
    const machine = this.#resumed()
    const facts = this.#automaton.facts()
    if (this.#exited || this.needsLook || effectsOf(machine, facts).length > 0) return null
    return advance(machine, facts, 'ok').machine.step
  }

  /** The next step is a look at the world: nothing is known yet, or a delete has to be confirmed. */
  get needsLook(): boolean {
    return this.#automaton.fresh || this.#automaton.deleteUnconfirmed
  }

  get instances(): InstanceSnapshot {
    return this.#manager.snapshot()
  }

  /** Milliseconds left of an error cool-down. */
  get cooldownMs(): number {
    return this.#manager.errorCooldownLeftMs
  }

  /** Steps taken, oldest first; the oldest of very many are forgotten. */
  get history(): readonly DebugStep[] {
    return this.#history
  }

  get running(): Running | null {
    return this.#running
  }

  /** Between two steps of a run: what is waited for, and until when (milliseconds since the epoch). */
  get waiting(): { readonly reason: string; readonly until: number } | null {
    return this.#waiting
  }

  /** The step that failed and was not taken note of by the machine; null: none. */
  get failure(): DebugStep | null {
    return this.#failed
  }

  /** The resource is gone, and the machine with it. */
  get exited(): boolean {
    return this.#exited
  }

  /** What is pretended for a rehearsal. */
  get pretences(): readonly PretenceName[] {
    return this.#o.gate.pretences
  }

  /** The next effect is made to fail. */
  get failNext(): boolean {
    return this.#manager.failNext
  }

  set failNext(on: boolean) {
    this.#manager.failNext = on
    this.#changed()
  }

  /** Writes that were sent. */
  get writes(): number {
    return this.#o.gate.writes
  }

  /** A configuration was accepted by an instance. */
  get configured(): boolean {
    return this.#pushes.any
  }

  pretend(name: PretenceName, on: boolean): void {
    this.#o.gate.pretend(name, on)
    this.#changed()
  }

  /** Looks at the world for the first time, and writes nothing. */
  open(signal: AbortSignal): Promise<DebugStep> {
    return this.#alone(async () => {
      this.#pushes.baseline = await this.#o.baseline?.(signal).catch(() => null)
      return await this.#take('look', signal, true)
    })
  }

  /**
   * Takes the machine's step, or the look that has to come before it.
   *
   * @throws AstaraError `refused` when the machine has come to its end; what the guard throws. A step that fails does not throw.
   */
  step(signal: AbortSignal): Promise<DebugStep> {
    return this.#alone(() => this.#next(signal))
  }

  /** Takes the last step again, from where the machine stood before it. The world stays as the first try left it. */
  retry(signal: AbortSignal): Promise<DebugStep> {
    return this.#alone(() => {
      const before = this.#before
      if (before === null) throw new AstaraError('refused', 'no step has been taken yet')
      this.#automaton.machine = before.machine
      this.#automaton.deleteUnconfirmed = before.deleteUnconfirmed
      this.#exited = false
      this.#passEnded = false
      return this.#next(signal)
    })
  }

  /** Lets a failure stand: the machine goes where the orchestrator's would. */
  accept(): DebugStep {
    const failed = this.#failed
    if (failed === null) throw new AstaraError('refused', 'no step has failed')
    if (this.#running) throw busy()
    const before = this.machine
    const { machine, advice } = advance(this.#automaton.machine, this.#automaton.facts(), 'failed')
    this.#automaton.machine = machine
    this.#failed = null
    return this.#conclude({
      kind: 'accept',
      before,
      advice,
      result: 'ok',
      effects: [],
      calls: [],
      pushes: [],
      log: [],
      error: null,
      duration_ms: 0,
    })
  }

  /**
   * Takes steps until what is asked for has come, and waits between them as the orchestrator would. `stop` ends it after the step under
   * way, `signal` at once.
   */
  run(
    until: Until,
    signal: AbortSignal,
    { onStep, stop }: { readonly onStep?: (step: DebugStep) => void; readonly stop?: AbortSignal } = {},
  ): Promise<RunEnd> {
    return this.#alone(async () => {
      const from = this.machine
      const ending = stop === undefined ? signal : AbortSignal.any([signal, stop])
      for (let taken = 0; taken < MAX_RUN; taken++) {
        const step = await this.#next(signal)
        onStep?.(step)
        if (signal.aborted) return 'interrupted'
        const end = endOf(until, from, step)
        if (end !== null) return end
        if (ending.aborted || !(await this.#pause(step, ending))) return 'interrupted'
      }
      return 'limit'
    })
  }

  /** Puts an action into the queue, as an event or an operator's command would. False: the resource takes it not. */
  inject(action: Action, options: { readonly imageUuid?: string | null } = {}): boolean {
    const automaton = this.#automaton
    const force = action === 'update' || action === 'rebuild'
    const { accepted, machine } = admit(
      automaton.machine,
      { action, cause: 'debugger', force },
      { deleted: this.#exited, instanceState: this.#manager.state },
    )
    if (!accepted) return false
    automaton.machine = machine
    if (action === 'delete') {
      this.#manager.noteDeleted()
      automaton.deleteUnconfirmed = this.#manager.state !== 'gone'
    }
    if (action === 'rebuild') this.#manager.useImage(options.imageUuid ?? null)
    this.#changed()
    return true
  }

  /** Looks into something between steps. Writes nothing and changes nothing that the machine believes. */
  inspect(what: InspectionKind, signal: AbortSignal): Promise<Inspection> {
    const { gate, clock, inspector = noInspector } = this.#o
    const known = { snapshot: this.#manager.snapshot(), before: (id: string) => this.#pushes.before(id) }
    return this.#alone(async () => {
      try {
        return await carryOut(inspector, what, { known, clock, begin: (phase) => this.#begin(what, phase), signal })
      } finally {
        gate.begin({ calls: [], log: [], readOnly: true })
      }
    })
  }

  async #next(signal: AbortSignal): Promise<DebugStep> {
    if (this.#exited) throw new AstaraError('refused', 'the machine has come to its end: the resource is gone')
    if (!this.dryRun) await this.#o.guard?.(signal)
    if (this.needsLook) return await this.#take('look', signal, false)
    this.#automaton.machine = this.#resumed()
    const step = await this.#take('step', signal, false)
    const notSent = step.result === 'failed' && step.calls.some((call) => call.result === 'refused')
    if (notSent) {
      // What was refused did not happen, whatever the manager now believes.
      this.#manager.forget()
      this.#automaton.fresh = true
      const before = this.#before
      await this.#take('look', signal, true)
      this.#before = before
      this.#failed = step
    }
    return step
  }

  async #take(kind: 'look' | 'step', signal: AbortSignal, readOnly: boolean): Promise<DebugStep> {
    const { clock } = this.#o
    const automaton = this.#automaton
    const phase: Phase = { calls: [], log: [], readOnly }
    const before = this.machine
    this.#before = { machine: automaton.machine, deleteUnconfirmed: automaton.deleteUnconfirmed }
    this.#pushes.take()
    this.#begin(kind === 'look' ? 'look' : before.step, phase)
    const started = clock.monotonic()
    const outcome = kind === 'look' ? await this.#look(signal) : await takeStep(automaton, this.#pass(signal))
    const effects = this.#manager.takeEffects()
    let advice: Advice | null = null
    if (outcome === 'ok' && kind === 'step') {
      const next = advance(automaton.machine, automaton.facts(), outcome)
      automaton.machine = next.machine
      advice = next.advice
    }
    const step = this.#conclude({
      kind,
      before,
      advice,
      result: outcome,
      effects,
      calls: phase.calls,
      pushes: this.#pushes.take(),
      log: phase.log,
      error: effects.find(({ error }) => error !== null)?.error ?? null,
      duration_ms: round(clock.monotonic() - started),
    })
    this.#failed = outcome === 'failed' ? step : null
    return step
  }

  async #look(signal: AbortSignal): Promise<'ok' | 'failed'> {
    return (await look(this.#automaton, this.#pass(signal))) ? 'ok' : 'failed'
  }

  #conclude(taken: Omit<DebugStep, 'seq' | 'at' | 'after' | 'wait'>): DebugStep {
    const { advice } = taken
    const step: DebugStep = {
      seq: ++this.#seq,
      at: new Date(this.#o.clock.now()).toISOString(),
      ...taken,
      after: this.machine,
      wait: this.#manager.wait,
    }
    if (advice === 'exit') this.#exited = true
    this.#passEnded = advice !== 'continue'
    this.#history.push(step)
    if (this.#history.length > MAX_HISTORY) this.#history.shift()
    this.#changed()
    return step
  }

  /** The machine as the next step finds it: something urgent overrides what was under way. */
  #resumed(): MachineState {
    const automaton = this.#automaton
    return this.#passEnded ? resume(automaton.machine, automaton.facts()) : automaton.machine
  }

  #pass(signal: AbortSignal): PassOptions {
    const { clock, logger } = this.#o
    return {
      clock,
      logger,
      counters: this.#counters,
      signal,
      draining: () => false,
      onChange: () => this.#changed(),
    }
  }

  /** False: interrupted. */
  async #pause(step: DebugStep, signal: AbortSignal): Promise<boolean> {
    const pause = pauseAfter(step)
    if (pause === null) return true
    const { clock } = this.#o
    this.#waiting = { reason: pause.reason, until: clock.now() + pause.ms }
    this.#changed()
    try {
      await clock.sleep(pause.ms, signal)
      return true
    } catch (error) {
      if (signal.aborted) return false
      throw error
    } finally {
      this.#waiting = null
      this.#changed()
    }
  }

  #begin(what: Running['what'], phase: Phase): void {
    this.#running = { what, since: this.#o.clock.now(), calls: phase.calls }
    this.#o.gate.begin(phase)
    this.#changed()
  }

  #acting = false

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#acting) throw busy()
    this.#acting = true
    try {
      return await work()
    } finally {
      this.#acting = false
      this.#running = null
      this.#changed()
    }
  }

  #changed(): void {
    this.#o.onChange?.()
  }
}
