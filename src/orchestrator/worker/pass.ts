import { type Clock, type Logger, messageOf } from '../../shared/index.ts'
import { type PassCall, type PassContext, type PassPush, toResourceError } from '../instances/index.ts'
import { type Advice, advance, type Effect, effectsOf, type Outcome, resume } from '../lifecycle/index.ts'
import type { Automaton } from './automaton.ts'
import type { Counters } from './counters.ts'

export interface PassOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly counters: Counters
  /** Aborts what the pass waits for. */
  readonly signal: AbortSignal
  /** True: finish the step under way and take no further one. */
  readonly draining: () => boolean
  /** The resource changed: tell the outside. */
  readonly onChange: (automaton: Automaton) => void
}

/** A pass ends after this many steps whatever the table says; the longest path through it has eight. */
const MAX_STEPS = 40

/** How a pass ended. */
export type PassEnd = Exclude<Advice, 'continue'> | { readonly yield: 'drained' }

/** Runs one resource's machine until it yields. Never throws; a failed effect is part of how the pass ended. */
export async function runPass(automaton: Automaton, options: PassOptions): Promise<PassEnd> {
  if (!(await look(automaton, options))) return { yield: 'retry' }
  if (options.draining()) return { yield: 'drained' }
  automaton.machine = resume(automaton.machine, automaton.facts())
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const outcome = await takeStep(automaton, options)
    const { machine, advice } = advance(automaton.machine, automaton.facts(), outcome)
    automaton.machine = machine
    automaton.recorder.state(automaton.manager.state)
    options.onChange(automaton)
    if (advice !== 'continue') return advice
    if (options.draining()) return { yield: 'drained' }
  }
  options.logger.error({ resource_id: automaton.id, step: automaton.machine.step }, 'pass cut off: too many steps')
  return { yield: 'retry' }
}

/**
 * Before anything else: a machine that knows nothing of the world looks at it first, and a delete is believed only when Neutron, asked
 * directly, does not have the resource (absence in a message or a list is not deletion). False: the look failed.
 */
export async function look(automaton: Automaton, options: PassOptions): Promise<boolean> {
  if (!automaton.fresh && !automaton.deleteUnconfirmed) return true
  const outcome = await perform('update_state', automaton, options)
  if (outcome === 'failed') return false
  automaton.fresh = false
  automaton.recorder.state(automaton.manager.state)
  if (automaton.deleteUnconfirmed) {
    automaton.deleteUnconfirmed = false
    if (automaton.manager.state !== 'gone') {
      options.logger.warn({ resource_id: automaton.id }, 'delete ignored: Neutron still has the resource')
      const { machine } = automaton
      const queue = machine.queue.map((item) =>
        item.action === 'delete' ? { ...item, action: 'update' as const } : item,
      )
      automaton.machine = { ...machine, queue, action: machine.action === 'delete' ? 'update' : machine.action }
    }
  }
  options.onChange(automaton)
  return true
}

/** Carries out the effects of the machine's step, up to the first that fails. The machine is not advanced. Never throws. */
export async function takeStep(automaton: Automaton, options: PassOptions): Promise<Outcome> {
  const { clock, counters } = options
  const { step, action } = automaton.machine
  const effects = effectsOf(automaton.machine, automaton.facts())
  const started = clock.monotonic()
  let outcome: Outcome = 'ok'
  for (const effect of effects) {
    outcome = await perform(effect, automaton, options)
    if (outcome === 'failed') break
  }
  const took = clock.monotonic() - started
  counters.step(step, outcome, took)
  automaton.recorder.step(step, action, took, outcome)
  return outcome
}

const asksForInstance = ({ service, method, pathTemplate }: PassCall): boolean =>
  service === 'nova' && method === 'POST' && pathTemplate === '/v2.1/servers'

const wasDone = ({ status }: PassCall): boolean => typeof status === 'number' && status < 300

async function perform(effect: Effect, automaton: Automaton, options: PassOptions): Promise<Outcome> {
  const { clock, counters, logger, signal } = options
  const { manager, recorder } = automaton
  const context: PassContext = {
    signal,
    force: automaton.machine.force,
    step: automaton.machine.step,
    onCall(call: PassCall) {
      // The clients of OpenStack and the bus count for themselves, once for all who share a call.
      if (call.service === 'appliance') {
        counters.call(call.service, call.method, call.pathTemplate, call.status, call.durationMs)
      }
      if (asksForInstance(call)) counters.boot(wasDone(call) ? 'requested' : 'failed')
      recorder.call(call)
    },
    onConfig(push: PassPush) {
      counters.push(push.result)
      if (push.result !== 'unchanged') recorder.push({ ...push, result: push.result })
    },
  }
  try {
    switch (effect) {
      case 'update_state':
        await manager.updateState(context)
        break
      case 'boot':
        await manager.boot(context)
        break
      case 'configure':
        await manager.configure(context)
        break
      case 'replug':
        await manager.replug(context)
        break
      case 'stop':
        await manager.stop(context)
        break
      case 'set_error':
        await manager.setError(context)
        break
      case 'clear_error':
        await manager.clearError(context)
        break
      case 'reset_boot_counter':
        manager.resetBootCounter()
        break
      case 'read_stats':
        await manager.readStats(context)
        break
      case 'report_bandwidth':
        break
    }
    return 'ok'
  } catch (error) {
    if (!signal.aborted) {
      automaton.failure = toResourceError(error, clock.now())
      logger.warn(
        {
          resource_id: automaton.id,
          tenant_id: automaton.tenantId,
          effect,
          step: automaton.machine.step,
          code: automaton.failure.code,
        },
        `${effect} failed: ${messageOf(error)}`,
      )
    }
    return 'failed'
  }
}
