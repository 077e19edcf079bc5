import type { KeyName } from '../keys.ts'

/** What a key does. */
export type DebugDeed =
  | 'step'
  | 'next'
  | 'run'
  | 'until'
  | 'retry'
  | 'accept'
  | 'inject'
  | 'outcome'
  | 'inspect'
  | 'graph'
  | 'stop'
  | 'down'
  | 'up'
  | 'pagedown'
  | 'pageup'
  | 'home'
  | 'end'
  | 'open'
  | 'command'
  | 'help'
  | 'quit'

/** One row of the key table: hints and help come from it. */
export interface DebugBinding {
  readonly deed: DebugDeed
  readonly keys: readonly KeyName[]
  /** A word or two, for the line of hints; absent: only in help. */
  readonly hint?: string
  /** The hint is of use only after a failure. */
  readonly afterFailure?: true
  readonly help: string
  readonly group: 'Step' | 'Change' | 'Look' | 'Move' | 'Screen'
}

export const DEBUG_BINDINGS: readonly DebugBinding[] = [
  { deed: 'step', keys: ['s', 'space'], hint: 'step', help: 'Take the next step', group: 'Step' },
  { deed: 'next', keys: ['n'], hint: 'over', help: 'Step over to the next CalcAction', group: 'Step' },
  { deed: 'run', keys: ['r'], hint: 'run', help: 'Step until nothing is left to do', group: 'Step' },
  { deed: 'until', keys: ['u'], hint: 'until', help: 'Step until: a step, a change of state, an error', group: 'Step' },
  {
    deed: 'retry',
    keys: ['t'],
    hint: 'retry',
    afterFailure: true,
    help: 'Take the last step again',
    group: 'Step',
  },
  {
    deed: 'accept',
    keys: ['a'],
    hint: 'accept',
    afterFailure: true,
    help: 'Let a failure stand: go where the orchestrator would',
    group: 'Step',
  },
  {
    deed: 'stop',
    keys: ['esc'],
    help: 'Stop a run after the step under way; twice: break the step off; else back',
    group: 'Step',
  },
  { deed: 'inject', keys: ['i'], hint: 'inject', help: 'Put an action into the queue', group: 'Change' },
  { deed: 'outcome', keys: ['o'], hint: 'outcome', help: 'Pretend a failure, for a rehearsal', group: 'Change' },
  {
    deed: 'inspect',
    keys: ['v'],
    hint: 'inspect',
    help: 'Router, ports, instances, interfaces, configuration',
    group: 'Look',
  },
  { deed: 'open', keys: ['enter'], hint: 'details', help: 'Details of the selected step or call', group: 'Look' },
  { deed: 'graph', keys: ['g'], hint: 'graph', help: 'The state graph, and when each way on is taken', group: 'Look' },
  { deed: 'down', keys: ['j', 'down'], help: 'One line down', group: 'Move' },
  { deed: 'up', keys: ['k', 'up'], help: 'One line up', group: 'Move' },
  { deed: 'pagedown', keys: ['pagedown', 'ctrl+f', 'ctrl+d'], help: 'One page down', group: 'Move' },
  { deed: 'pageup', keys: ['pageup', 'ctrl+b', 'ctrl+u'], help: 'One page up', group: 'Move' },
  { deed: 'home', keys: ['home'], help: 'To the first line', group: 'Move' },
  { deed: 'end', keys: ['G', 'end'], help: 'To the last line; new steps are followed there', group: 'Move' },
  { deed: 'command', keys: [':'], hint: 'command', help: 'Type a command, as in --script', group: 'Screen' },
  { deed: 'help', keys: ['?'], hint: 'help', help: 'Every key and command', group: 'Screen' },
  { deed: 'quit', keys: ['q', 'ctrl+c'], hint: 'quit', help: 'Leave', group: 'Screen' },
]

const byKey = new Map(DEBUG_BINDINGS.flatMap(({ deed, keys }) => keys.map((key) => [key, deed] as const)))

/** What this key does; undefined: nothing. */
export const deedOf = (key: KeyName): DebugDeed | undefined => byKey.get(key)
