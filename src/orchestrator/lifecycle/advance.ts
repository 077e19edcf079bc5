import { collapse, collapseInCooldown, putFirst } from './collapse.ts'
import { nextStep, transitionFor } from './transitions.ts'
import type { Advice, Facts, MachineState, Outcome } from './types.ts'

const inCooldown = (facts: Facts): boolean => facts.instanceState === 'error' && facts.inErrorCooldown

/**
 * True when the queue holds what may not wait for anything: a delete, or a rebuild that overrides the action under way (during an error
 * cool-down: any rebuild). The runner starts a pass for it at once instead of waiting for its timer.
 */
export function isUrgent(machine: MachineState, facts: Facts): boolean {
  const { action } = inCooldown(facts) ? collapseInCooldown(machine) : collapse(machine, false)
  return action !== machine.action && (action === 'delete' || action === 'rebuild')
}

/** Sends a machine that something urgent overrides back to CalcAction. Called by the runner when a pass starts. */
export function resume(machine: MachineState, facts: Facts): MachineState {
  if (machine.step === 'CalcAction' || machine.step === 'Exit' || !isUrgent(machine, facts)) return machine
  return { ...machine, step: 'CalcAction', carried: null }
}

/** What the step itself changes in action and queue once its effects are through (execute_effects.csv). */
function executed(machine: MachineState, facts: Facts): MachineState {
  const { action, queue } = machine
  switch (machine.step) {
    case 'CalcAction':
      return inCooldown(facts) ? collapseInCooldown(machine) : collapse(machine, facts.instanceState === 'degraded')
    case 'PushUpdate':
      return { ...machine, queue: putFirst(queue, 'update', 'PushUpdate') }
    case 'CheckBoot':
      // Booting takes many looks: the action goes back to the queue so that CalcAction can weigh it against what came meanwhile.
      if (action === null || facts.instanceState === 'down' || facts.instanceState === 'gone') return machine
      return { ...machine, queue: putFirst(queue, action, 'CheckBoot') }
    case 'StopInstance':
      return facts.instanceState === 'gone' ? { ...machine, action: 'delete' } : machine
    case 'RebuildInstance':
      return { ...machine, action: facts.instanceState === 'gone' ? 'delete' : 'create' }
    case 'ConfigureInstance':
      if (facts.instanceState !== 'configured') return machine
      return { ...machine, action: action === 'read' ? 'read' : 'poll', force: false }
    case 'ReadStats':
      return { ...machine, action: 'poll' }
    default:
      return machine
  }
}

/**
 * After a failed effect nothing is assumed: the machine starts over from CalcAction with its action, so that the next pass looks at the
 * world first. An order under way (stop, rebuild) is simply given again.
 */
function failed(machine: MachineState): MachineState {
  const underWay = machine.step === 'StopInstance' || machine.step === 'RebuildInstance'
  return underWay ? machine : { ...machine, step: 'CalcAction', carried: null }
}

/**
 * The machine after its step: action and queue as the step leaves them, and the next step by the facts gathered after the effects.
 * Something urgent in the queue takes it back to CalcAction at once.
 */
export function complete(machine: MachineState, factsAfter: Facts, outcome: Outcome): MachineState {
  if (machine.step === 'Exit') return machine
  if (outcome === 'failed') return resume(failed(machine), factsAfter)
  const after = executed(machine, factsAfter)
  const next = nextStep(after.step, after.action, factsAfter.instanceState, inCooldown(factsAfter), after.carried)
  return resume({ ...after, ...next }, factsAfter)
}

function adviceOf(from: MachineState, to: MachineState, facts: Facts, outcome: Outcome): Advice {
  if (to.step === 'Exit') return 'exit'
  if (to.step === 'CalcAction' && isUrgent(to, facts)) return { yield: 'more' }
  if (outcome === 'failed') return { yield: 'retry' }
  const after = executed(from, facts)
  const reason = transitionFor(from.step, after.action, facts.instanceState, inCooldown(facts)).yields
  if (reason === undefined) {
    // ClearError without a successor is the one way back to CalcAction that the table does not spell out.
    if (to.step === 'CalcAction') return { yield: 'more' }
    return facts.waiting ? { yield: 'wait' } : 'continue'
  }
  if (reason === 'idle') return { yield: to.queue.length > 0 ? 'more' : 'idle' }
  if (reason === 'cooldown') return { yield: inCooldown(facts) ? 'cooldown' : 'retry' }
  return { yield: facts.waiting ? 'wait' : reason }
}

/**
 * Completes a step and says what the runner does next. The loop of a pass:
 *
 *     machine = resume(machine, facts())
 *     do {
 *       outcome = run(effectsOf(machine, facts()))
 *       ({ machine, advice } = advance(machine, facts(), outcome))
 *     } while (advice === 'continue')
 *
 * Events that arrive while effects run are admitted into the same machine before it is advanced.
 */
export function advance(
  machine: MachineState,
  factsAfter: Facts,
  outcome: Outcome,
): { readonly machine: MachineState; readonly advice: Advice } {
  const next = complete(machine, factsAfter, outcome)
  return { machine: next, advice: adviceOf(machine, next, factsAfter, outcome) }
}
