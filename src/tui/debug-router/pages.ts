import { stringify } from 'yaml'
import type { ConfigChange } from '../../contract/index.ts'
import {
  COMMAND_HELP,
  type DebugCall,
  type DebugError,
  type DebugStep,
  type Inspection,
} from '../../orchestrator/debugger/index.ts'
import { type Line, labelled, plainLine } from '../line.ts'
import { shown, wrapped } from '../text.ts'
import { DEBUG_BINDINGS } from './bindings.ts'
import { adviceText, milliseconds } from './rows.ts'

/** Lines of a body; more are not drawn. */
const MAX_LINES = 5_000

const header = (text: string): Line => [['header', text]]
const blank = plainLine('')

/** JSON as a person reads it. */
function dataLines(data: unknown, indent = '  '): Line[] {
  if (data === null || data === undefined) return [[['muted', `${indent}nothing`]]]
  const text = stringify(data, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()
  const lines = text.split('\n')
  const drawn = lines.slice(0, MAX_LINES).map((line): Line => [[null, indent + shown(line)]])
  return lines.length > MAX_LINES ? [...drawn, [['muted', `${indent}… ${lines.length - MAX_LINES} more lines`]]] : drawn
}

const value = (of: unknown): string => shown(typeof of === 'string' ? of : (JSON.stringify(of) ?? ''))

/** One line for each place where two configurations differ. */
function changeLines(changes: readonly ConfigChange[], total: number): Line[] {
  if (total === 0) return [[['muted', '  no difference']]]
  const [first] = changes
  if (total === 1 && first?.path === '' && first.change === 'added')
    return [[['added', '  + everything: there was none before']]]
  const lines = changes.map(({ path, change, before, after }): Line => {
    if (change === 'added') return [['added', `  + ${shown(path)}: ${value(after)}`]]
    if (change === 'removed') return [['removed', `  - ${shown(path)}: ${value(before)}`]]
    return [
      ['accent', `  ~ ${shown(path)}: `],
      ['removed', value(before)],
      [null, ' -> '],
      ['added', value(after)],
    ]
  })
  return total > changes.length ? [...lines, [['muted', `  … ${total - changes.length} more`]]] : lines
}

/** An exception with its causes. */
function errorLines(error: DebugError, width: number): Line[] {
  const paragraph = (text: string, indent: string): string[] =>
    wrapped(shown(text), Math.max(20, width - indent.length)).map((line) => indent + line)
  return [
    [['bad', `  ${error.name}${error.code === null ? '' : ` (${error.code})`}`]],
    ...paragraph(error.message, '    ').map((line): Line => [['bad', line]]),
    ...error.causes.flatMap(({ name, message }): Line[] => [
      [['muted', `  because of ${shown(name)}`]],
      ...paragraph(message, '    ').map(plainLine),
    ]),
    ...error.suggestions.flatMap((text) => paragraph(text, '  ')).map((line): Line => [['accent', line]]),
    ...(error.stack === null ? [] : error.stack.split('\n').map((line): Line => [['muted', `    ${shown(line)}`]])),
  ]
}

/** Everything about one step. */
export function stepLines(step: DebugStep, width: number): Line[] {
  const { before, after, effects, pushes, log, error } = step
  const queue = (of: DebugStep['before']): string =>
    of.queue.length === 0 ? 'empty' : of.queue.map(({ action, cause }) => `${action} (${cause})`).join(', ')
  const changed = (a: string | null, b: string | null): Line => [
    [null, a === b ? (a ?? 'none') : `${a ?? 'none'} -> ${b ?? 'none'}`],
  ]
  return [
    labelled('Step', changed(before.step, after.step)),
    labelled('Action', changed(before.action, after.action)),
    labelled('Instance', changed(before.instance_state, after.instance_state)),
    labelled('Queue', [
      [null, shown(queue(before) === queue(after) ? queue(before) : `${queue(before)} -> ${queue(after)}`)],
    ]),
    labelled('Took', [[null, milliseconds(step.duration_ms)]]),
    labelled('Then', [[null, adviceText(step) || (error === null ? 'the next step' : 'nothing: it failed')]]),
    blank,
    header('Effects'),
    ...(effects.length === 0 ? [[['muted', '  none'] as const]] : []),
    ...effects.map(
      (one): Line => [
        [one.error === null ? 'ok' : 'bad', `  ${one.effect.padEnd(20)}`],
        [null, one.error === null ? 'ok' : 'failed'],
        ['muted', `  ${milliseconds(one.duration_ms)}`],
      ],
    ),
    ...(error === null ? [] : [blank, header('Exception'), ...errorLines(error, width)]),
    ...pushes.flatMap((push) => [
      blank,
      header(`Configuration for ${push.instance_id}: ${push.result}`),
      ...changeLines(push.changes, push.total_changes),
    ]),
    ...(log.length === 0 ? [] : [blank, header('Log'), ...log.map((line): Line => [['muted', `  ${shown(line)}`]])]),
  ]
}

/** Everything about one call. */
export function callLines(call: DebugCall): Line[] {
  const notSent = call.result === 'refused' || call.result === 'pretended'
  return [
    labelled('Call', [
      ['strong', `${call.method} ${shown(call.path)}`],
      ['muted', `  ${call.service}.${call.operation}`],
    ]),
    labelled('Result', [
      [call.result === 'ok' ? 'ok' : 'bad', call.status === null ? call.result : `${call.status} ${call.result}`],
      ['muted', call.duration_ms === null ? '' : `  ${milliseconds(call.duration_ms)}`],
    ]),
    ...(call.request_id === null ? [] : [labelled('Request id', [[null, shown(call.request_id)]])]),
    ...(call.error === null ? [] : [labelled('Error', [['bad', shown(call.error)]])]),
    blank,
    header(notSent ? 'Would have been sent' : 'Sent'),
    ...dataLines(call.request),
    blank,
    header(call.result === 'pretended' ? 'Pretended answer' : 'Answer'),
    ...dataLines(call.response),
    ...(call.tries.length === 0
      ? []
      : [
          blank,
          header('Requests'),
          ...call.tries.map(
            (one): Line => [
              [null, `  ${one.method} ${shown(one.path)}  ${one.status ?? '-'}  ${milliseconds(one.duration_ms)}`],
              ['muted', `  ${one.service}${one.attempt > 1 ? `, try ${one.attempt}` : ''}  ${one.request_id ?? ''}`],
              ['bad', one.error === null ? '' : `  ${shown(one.error)}`],
            ],
          ),
        ]),
  ]
}

interface Rendered {
  readonly name: string
  readonly compared_with: string
  readonly changes: readonly ConfigChange[]
  readonly total_changes: number
  readonly config: unknown
}

/** Configurations stand with their difference first. */
function renderedLines({ rendered }: { readonly rendered: readonly Rendered[] }): Line[] {
  return rendered.flatMap(({ name, compared_with, changes, total_changes, config }) => [
    header(`Difference for ${shown(name)}, compared with ${compared_with}`),
    ...changeLines(changes, total_changes),
    blank,
    header('The whole configuration'),
    ...dataLines(config),
    blank,
  ])
}

const isRendered = (data: unknown): data is { readonly rendered: readonly Rendered[] } =>
  typeof data === 'object' &&
  data !== null &&
  'rendered' in data &&
  Array.isArray(data.rendered) &&
  data.rendered.length > 0

export function inspectionLines({ data, error, duration_ms, calls }: Inspection, width: number): Line[] {
  const foot: Line = [['muted', `${calls.length} calls, ${milliseconds(duration_ms)}`]]
  if (error !== null) return [...errorLines(error, width), blank, foot]
  return [...(isRendered(data) ? renderedLines(data) : dataLines(data, '')), blank, foot]
}

const row = (left: string, right: string): Line => [
  ['strong', `  ${left.padEnd(30)}`],
  [null, right],
]

/** Every key and every command. */
export function helpLines(): Line[] {
  return [
    ...(['Step', 'Change', 'Look', 'Move', 'Screen'] as const).flatMap((group) => [
      header(group),
      ...DEBUG_BINDINGS.filter((binding) => binding.group === group).map(({ keys, help }) => row(keys.join(' '), help)),
      blank,
    ]),
    header('Commands (after :, and in --script separated by ;)'),
    ...COMMAND_HELP.map(([usage, help]) => row(usage, help)),
  ]
}
