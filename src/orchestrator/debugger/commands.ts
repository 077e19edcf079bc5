import { type Action, INSTANCE_STATES, type InstanceState, STEPS, type Step } from '../../contract/index.ts'
import { AstaraError, nearest } from '../../shared/index.ts'
import { isPretence, PRETENCE_NAMES, type PretenceName } from './pretend.ts'
import { INSPECTIONS, type InspectionKind, type Until } from './types.ts'

/** What can be injected. */
const INJECTED = ['create', 'update', 'rebuild', 'poll', 'delete'] as const satisfies readonly Action[]
export type InjectedAction = (typeof INJECTED)[number]

/** The word for making the next effect fail, whatever it is. */
export const FAIL_NEXT = 'step-fails'

/** One command of a script or of the command line. */
export type DebugCommand =
  | { readonly do: 'step'; readonly times: number }
  | { readonly do: 'run'; readonly until: Until }
  | { readonly do: 'inject'; readonly action: InjectedAction; readonly imageUuid: string | null }
  | { readonly do: 'retry' }
  | { readonly do: 'accept' }
  | { readonly do: 'pretend'; readonly name: PretenceName | typeof FAIL_NEXT; readonly on: boolean }
  | { readonly do: 'pretend-nothing' }
  | { readonly do: 'inspect'; readonly what: InspectionKind }

/** Every command with what it does, for help. */
export const COMMAND_HELP: readonly (readonly [usage: string, help: string])[] = [
  ['step [N]', 'Take the next step, or the next N'],
  ['next', 'Step over to the next CalcAction'],
  ['run', 'Step until nothing is left to do'],
  ['until STEP', 'Step until the machine comes to this step'],
  ['until change', 'Step until the instance state changes'],
  ['until STATE', 'Step until the instance state is this one'],
  ['until error', 'Step until something fails'],
  ['create, update, poll, delete', 'Put this action into the queue'],
  ['rebuild [IMAGE]', 'Put a rebuild into the queue, with this image'],
  ['retry', 'Take the last step again'],
  ['accept', 'Let a failure stand, as the orchestrator would'],
  ['pretend NAME [off]', `Rehearse: ${[...PRETENCE_NAMES, FAIL_NEXT].join(', ')}`],
  ['pretend nothing', 'End all of that'],
  [`inspect WHAT`, `Look into: ${INSPECTIONS.join(', ')}`],
]

const WORDS = ['step', 'next', 'run', 'until', 'retry', 'accept', 'pretend', 'inspect', ...INJECTED]
const MAX_STEPS = 500

const isOneOf = <T extends string>(list: readonly T[], text: string): text is T =>
  (list as readonly string[]).includes(text)

/** Commands separated by `;` or line ends. Throws AstaraError `usage` for the first that cannot be understood. */
export function parseScript(text: string): readonly DebugCommand[] {
  const commands = text
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('#'))
    .map(parseCommand)
  if (commands.length === 0)
    throw new AstaraError('usage', 'the script is empty', { suggestions: ['--script "update; run"'] })
  return commands
}

/** One command. Throws AstaraError `usage`. */
export function parseCommand(text: string): DebugCommand {
  const [word = '', ...rest] = text.trim().split(/\s+/)
  const [argument] = rest
  const most = word === 'pretend' ? 2 : ['step', 'until', 'rebuild', 'inspect'].includes(word) ? 1 : 0
  if (rest.length > most && isOneOf(WORDS, word)) throw wrong(text, `${word} takes ${most === 0 ? 'nothing' : 'less'}`)
  switch (word) {
    case 'step':
      return { do: 'step', times: parseTimes(text, argument) }
    case 'next':
      return { do: 'run', until: { kind: 'step', step: 'CalcAction' } }
    case 'run':
      return { do: 'run', until: { kind: 'rest' } }
    case 'until':
      return { do: 'run', until: parseUntil(text, argument) }
    case 'retry':
    case 'accept':
      return { do: word }
    case 'pretend':
      return parsePretend(text, rest)
    case 'inspect':
      if (argument !== undefined && isOneOf(INSPECTIONS, argument)) return { do: 'inspect', what: argument }
      throw wrong(text, `what can be inspected: ${INSPECTIONS.join(', ')}`)
    default:
      if (isOneOf(INJECTED, word)) return { do: 'inject', action: word, imageUuid: argument ?? null }
      throw wrong(text, 'no such command', word, WORDS)
  }
}

function parseTimes(text: string, argument: string | undefined): number {
  if (argument === undefined) return 1
  const times = Number(argument)
  if (Number.isInteger(times) && times > 0 && times <= MAX_STEPS) return times
  throw wrong(text, `step takes a number between 1 and ${MAX_STEPS}`)
}

/** What to run until: a step, `change`, `error`, or an instance state. Throws AstaraError `usage`. */
function parseUntil(text: string, argument = ''): Until {
  if (argument === 'error') return { kind: 'error' }
  if (argument === 'change') return { kind: 'state', state: null }
  const step = STEPS.find((name): name is Step => name.toLowerCase() === argument.toLowerCase())
  if (step !== undefined) return { kind: 'step', step }
  if (isOneOf<InstanceState>(INSTANCE_STATES, argument)) return { kind: 'state', state: argument }
  throw wrong(text, 'until takes a step, change, error or an instance state', argument, [
    ...STEPS,
    ...INSTANCE_STATES,
    'change',
  ])
}

function parsePretend(text: string, [name, off]: readonly string[]): DebugCommand {
  if (name === 'nothing' && off === undefined) return { do: 'pretend-nothing' }
  const names = [...PRETENCE_NAMES, FAIL_NEXT] as const
  if (name === undefined || !(isPretence(name) || name === FAIL_NEXT)) {
    throw wrong(text, `what can be pretended: ${names.join(', ')}`, name, names)
  }
  if (off !== undefined && off !== 'off' && off !== 'on') throw wrong(text, 'pretend NAME, pretend NAME off')
  return { do: 'pretend', name, on: off !== 'off' }
}

function wrong(text: string, why: string, word = '', known: readonly string[] = []): AstaraError {
  const near = word === '' ? null : nearest(word, known)
  return new AstaraError('usage', `${JSON.stringify(text.trim())}: ${why}`, {
    suggestions: near === null ? [] : [`Did you mean ${near}?`],
  })
}
