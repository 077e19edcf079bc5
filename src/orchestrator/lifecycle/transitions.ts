import type { Action, InstanceState, Step } from '../../contract/index.ts'
import type { YieldReason } from './types.ts'

/** One row of the machine: the first row of a step that matches decides. */
export interface Transition {
  readonly from: Step
  readonly actions: readonly Action[] | 'any'
  readonly states: readonly InstanceState[] | 'any'
  /** Only during (true) an error cool-down; absent: always. */
  readonly cooldown?: true
  /** `carried`: the step that CalcAction chose when it sent the machine through ClearError. */
  readonly to: Step | 'carried'
  /** ClearError's successor. */
  readonly carries?: Step
  /** The pass ends here. Every cycle of the machine contains such a row, so that no pass is endless. */
  readonly yields?: YieldReason
}

type When = Partial<Pick<Transition, 'actions' | 'states' | 'cooldown' | 'carries' | 'yields'>>

const row = (from: Step, to: Step | 'carried', when: When = {}): Transition => ({
  from,
  actions: 'any',
  states: 'any',
  ...when,
  to,
})

/** Back to CalcAction after the work is done: how the pass ends depends on what has become of the instance. */
const settle = (from: Step): readonly Transition[] => [
  row(from, 'CalcAction', { states: ['configured'], yields: 'idle' }),
  row(from, 'CalcAction', { states: ['booting'], yields: 'wait' }),
  row(from, 'CalcAction', { states: ['error'], yields: 'cooldown' }),
  row(from, 'CalcAction', { yields: 'retry' }),
]

/**
 * The machine. Its targets are those of the original (transitions.csv) except three rows of CalcAction in error, see
 * test/fixtures/deviations.md; the `yields` are ours: where the original span, a pass ends.
 */
export const TRANSITIONS: readonly Transition[] = [
  row('CalcAction', 'StopInstance', { states: ['gone'] }),
  row('CalcAction', 'ClearError', { states: ['error'], actions: ['delete'], carries: 'StopInstance' }),
  row('CalcAction', 'ClearError', { states: ['error'], actions: ['rebuild'], carries: 'RebuildInstance' }),
  row('CalcAction', 'CalcAction', { states: ['error'], cooldown: true, yields: 'cooldown' }),
  row('CalcAction', 'ClearError', { states: ['error'], carries: 'Alive' }),
  row('CalcAction', 'StopInstance', { actions: ['delete'] }),
  row('CalcAction', 'RebuildInstance', { actions: ['rebuild'] }),
  row('CalcAction', 'CheckBoot', { states: ['booting'] }),
  row('CalcAction', 'CreateInstance', { states: ['down', 'degraded'] }),
  row('CalcAction', 'Alive'),

  row('ClearError', 'carried'),

  row('Alive', 'StopInstance', { states: ['gone'] }),
  row('Alive', 'CreateInstance', { states: ['down', 'degraded'] }),
  row('Alive', 'CalcAction', { states: ['configured'], actions: ['poll'], yields: 'idle' }),
  row('Alive', 'ReadStats', { states: ['configured'], actions: ['read'] }),
  row('Alive', 'ConfigureInstance'),

  row('CreateInstance', 'StopInstance', { states: ['gone'], yields: 'more' }),
  row('CreateInstance', 'CalcAction', { states: ['error'], yields: 'cooldown' }),
  row('CreateInstance', 'CreateInstance', { states: ['down'], yields: 'retry' }),
  row('CreateInstance', 'CheckBoot', { states: ['booting', 'degraded'], yields: 'wait' }),
  row('CreateInstance', 'CheckBoot', { yields: 'more' }),

  row('CheckBoot', 'ReplugInstance', { states: ['replug'] }),
  row('CheckBoot', 'StopInstance', { states: ['down', 'gone'] }),
  row('CheckBoot', 'ConfigureInstance', { states: ['up'] }),
  row('CheckBoot', 'CalcAction', { states: ['booting', 'degraded'], yields: 'wait' }),
  row('CheckBoot', 'CalcAction', { states: ['error'], yields: 'cooldown' }),
  row('CheckBoot', 'CalcAction', { yields: 'more' }),

  row('ReplugInstance', 'StopInstance', { states: ['restart'] }),
  row('ReplugInstance', 'ConfigureInstance', { yields: 'wait' }),

  row('StopInstance', 'Exit', { states: ['gone'] }),
  row('StopInstance', 'Exit', { states: ['down'], actions: ['delete'] }),
  row('StopInstance', 'CreateInstance', { states: ['down'] }),
  row('StopInstance', 'StopInstance', { yields: 'wait' }),

  row('RebuildInstance', 'Exit', { states: ['gone'] }),
  row('RebuildInstance', 'CreateInstance', { states: ['down'] }),
  row('RebuildInstance', 'RebuildInstance', { yields: 'wait' }),

  row('ConfigureInstance', 'ReplugInstance', { states: ['replug'] }),
  row('ConfigureInstance', 'StopInstance', { states: ['restart', 'down', 'gone'] }),
  row('ConfigureInstance', 'PushUpdate', { states: ['up'] }),
  row('ConfigureInstance', 'ReadStats', { actions: ['read'] }),
  ...settle('ConfigureInstance'),

  row('PushUpdate', 'CalcAction', { yields: 'retry' }),
  ...settle('ReadStats'),
  row('Exit', 'Exit'),
]

const byStep = new Map<Step, readonly Transition[]>()
for (const transition of TRANSITIONS) {
  byStep.set(transition.from, [...(byStep.get(transition.from) ?? []), transition])
}

/** The row that decides. No remembered action counts as a poll: have a look. */
export function transitionFor(
  step: Step,
  action: Action | null,
  instanceState: InstanceState,
  inCooldown: boolean,
): Transition {
  const wanted = action ?? 'poll'
  const found = byStep
    .get(step)
    ?.find(
      (t) =>
        (t.actions === 'any' || t.actions.includes(wanted)) &&
        (t.states === 'any' || t.states.includes(instanceState)) &&
        (t.cooldown === undefined || inCooldown),
    )
  if (found === undefined) throw new Error(`no transition from ${step}`)
  return found
}

/** Where a machine goes from `step`; `carried` is what it takes along through ClearError. */
export function nextStep(
  step: Step,
  action: Action | null,
  instanceState: InstanceState,
  inCooldown: boolean,
  carried: Step | null,
): { readonly step: Step; readonly carried: Step | null } {
  const { to, carries } = transitionFor(step, action, instanceState, inCooldown)
  return to === 'carried' ? { step: carried ?? 'CalcAction', carried: null } : { step: to, carried: carries ?? null }
}
