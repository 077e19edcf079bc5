import type { Action, InstanceState } from '../../../src/contract/index.ts'
import {
  type Advice,
  advance,
  type Effect,
  effectsOf,
  type Facts,
  initialMachine,
  type MachineState,
  type Outcome,
  type QueuedAction,
  resume,
} from '../../../src/orchestrator/lifecycle/index.ts'

export const facts = (instanceState: InstanceState, changes: Partial<Facts> = {}): Facts => ({
  instanceState,
  inErrorCooldown: false,
  bootAttempts: 0,
  rebootErrorThreshold: 5,
  ...changes,
})

export const inCooldown = (): Facts => facts('error', { inErrorCooldown: true })

export const item = (action: Action, force = false): QueuedAction => ({ action, cause: 'test', force })

export const machine = (changes: Partial<MachineState> = {}): MachineState => ({ ...initialMachine(), ...changes })

export interface PassResult {
  readonly machine: MachineState
  readonly advice: Advice
  readonly effects: readonly Effect[]
  readonly steps: number
}

/** One pass, as the runner makes it: `perform` carries out a step's effects and says how they ended. */
export function pass(
  start: MachineState,
  factsNow: () => Facts,
  perform: (effects: readonly Effect[], machine: MachineState) => Outcome = () => 'ok',
): PassResult {
  let current = resume(start, factsNow())
  const done: Effect[] = []
  for (let steps = 1; ; steps += 1) {
    if (steps > 100) throw new Error(`endless pass at ${current.step}`)
    const effects = effectsOf(current, factsNow())
    const outcome = perform(effects, current)
    done.push(...effects)
    const { machine: next, advice } = advance(current, factsNow(), outcome)
    current = next
    if (advice !== 'continue') return { machine: current, advice, effects: done, steps }
  }
}
