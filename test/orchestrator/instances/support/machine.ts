import type { Action } from '../../../../src/contract/index.ts'
import type { InstanceManager } from '../../../../src/orchestrator/instances/index.ts'
import {
  admit,
  advance,
  type Effect,
  effectsOf,
  type Facts,
  initialMachine,
  type MachineState,
  resume,
} from '../../../../src/orchestrator/lifecycle/index.ts'
import type { Bench } from './bench.ts'

/** One resource's machine over a real instance manager: what a worker does, without its queue. */
export class Machine {
  state: MachineState = initialMachine()
  exited = false
  /** Steps taken, for looking at when a test fails. */
  readonly trail: string[] = []
  readonly #bench: Bench
  readonly manager: InstanceManager

  constructor(bench: Bench, manager: InstanceManager) {
    this.#bench = bench
    this.manager = manager
  }

  give(action: Action, force = false): void {
    if (action === 'delete') this.manager.noteDeleted()
    this.state = admit(
      this.state,
      { action, cause: 'test', force },
      { deleted: this.exited, instanceState: this.manager.state },
    ).machine
  }

  /** Passes until there is nothing to do or `limitMs` have passed. */
  async settle(limitMs = 3_600_000): Promise<void> {
    const end = this.#bench.clock.now() + limitMs
    while (this.#bench.clock.now() < end) {
      const pause = await this.pass()
      if (pause === null) return
      await this.#bench.clock.advance(pause)
    }
    throw new Error(`does not settle: ${this.trail.slice(-40).join(' → ')}`)
  }

  /** One pass; milliseconds until the next, null: idle. */
  async pass(): Promise<number | null> {
    const { manager } = this
    this.state = resume(this.state, this.#facts())
    for (let i = 0; i < 40; i += 1) {
      const outcome = await this.#step()
      const { machine, advice } = advance(this.state, this.#facts(), outcome)
      this.state = machine
      if (advice === 'continue') continue
      if (advice === 'exit') {
        this.exited = true
        return null
      }
      switch (advice.yield) {
        case 'idle':
          return manager.state === 'configured' ? null : 60_000
        case 'more':
          return 0
        case 'wait':
          return manager.wait?.ms ?? 1_000
        case 'cooldown':
          return Math.max(1, manager.errorCooldownLeftMs)
        default:
          return 2_000
      }
    }
    throw new Error(`endless pass: ${this.trail.slice(-40).join(' → ')}`)
  }

  async #step(): Promise<'ok' | 'failed'> {
    for (const effect of effectsOf(this.state, this.#facts())) {
      try {
        await this.#perform(effect)
        this.trail.push(`${this.state.step}.${effect}=${this.manager.state}`)
      } catch (error) {
        this.trail.push(`${this.state.step}.${effect}!${error instanceof Error ? error.message : ''}`)
        return 'failed'
      }
    }
    return 'ok'
  }

  async #perform(effect: Effect): Promise<void> {
    const context = { force: this.state.force, step: this.state.step }
    const { manager } = this
    const run = (name: Parameters<Bench['run']>[1]) => this.#bench.run(manager, name, context)
    switch (effect) {
      case 'update_state':
        return run('updateState')
      case 'boot':
        return run('boot')
      case 'configure':
        return run('configure')
      case 'replug':
        return run('replug')
      case 'stop':
        return run('stop')
      case 'read_stats':
        return run('readStats')
      case 'set_error':
        return run('setError')
      case 'clear_error':
        return run('clearError')
      case 'reset_boot_counter':
        return manager.resetBootCounter()
      case 'report_bandwidth':
        return
    }
  }

  #facts(): Facts {
    const { manager } = this
    return {
      instanceState: manager.state,
      inErrorCooldown: manager.inErrorCooldown,
      bootAttempts: manager.bootAttempts,
      rebootErrorThreshold: manager.rebootErrorThreshold,
      waiting: manager.wait !== null,
    }
  }
}
