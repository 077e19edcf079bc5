import type { Step } from '../../contract/index.ts'
import { STEPS } from '../../contract/index.ts'
import { TRANSITIONS, type Transition } from './transitions.ts'
import type { YieldReason } from './types.ts'

/** An edge of the state graph: when it is taken, in words, and whether the pass ends there. */
export interface GraphEdge {
  readonly from: Step
  readonly to: Step
  readonly when: string
  readonly yields: YieldReason | null
}

/** The machine as a graph, for diagrams, the console and the debugger. */
export interface StateGraph {
  readonly steps: readonly Step[]
  readonly edges: readonly GraphEdge[]
}

/** The condition of a row in words: `poll · configured`. */
export function describeCondition(transition: Transition): string {
  const parts = [transition.actions, transition.states].filter((part) => part !== 'any').map((part) => part.join(', '))
  if (transition.cooldown) parts.push('in cool-down')
  return parts.length > 0 ? parts.join(' · ') : 'otherwise'
}

/** Derived from TRANSITIONS; ClearError's edges are those that CalcAction may carry through it. */
export function graph(): StateGraph {
  const carried = TRANSITIONS.flatMap((t) => (t.carries === undefined ? [] : [{ step: t.carries, t }]))
  const edges = TRANSITIONS.flatMap((t): readonly GraphEdge[] =>
    t.to === 'carried'
      ? carried.map(({ step, t: by }) => ({
          from: t.from,
          to: step,
          when: by.actions === 'any' ? 'otherwise' : by.actions.join(', '),
          yields: null,
        }))
      : [{ from: t.from, to: t.to, when: describeCondition(t), yields: t.yields ?? null }],
  )
  return { steps: STEPS, edges }
}
