import type { Debugger } from '../../orchestrator/debugger/index.ts'
import { stateGraph } from '../components/state-graph.ts'
import type { Line } from '../line.ts'
import type { Theme } from '../theme.ts'
import type { Page } from './state.ts'

/** Steps shown as the way here. */
const WAY = 8

/** The state graph with the machine in it. */
export function graphLines(debug: Debugger, theme: Theme, width: number): Line[] {
  const { step, action, instance_state: state } = debug.machine
  const path = debug.history.filter(({ kind }) => kind === 'step').map(({ before }) => before.step)
  return stateGraph({ step, action, state, path: [...path.slice(1 - WAY), step] }, theme, width)
}

export const graphPage = (debug: Debugger, theme: Theme): Page => ({
  title: 'State graph',
  // Drawn anew each time: the machine may go on meanwhile.
  lines: (width) => graphLines(debug, theme, width),
  top: 0,
})
