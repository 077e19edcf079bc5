import { type Debugger, PRETENCES, pretencesOf } from '../../orchestrator/debugger/index.ts'
import { fieldLine } from '../browse/screens/footer.ts'
import { joinWhole, type Line, paintLine, plainLine, recolour, type Span, spread } from '../line.ts'
import { cut, shown } from '../text.ts'
import { stateToken, type Theme } from '../theme.ts'
import { DEBUG_BINDINGS } from './bindings.ts'
import { graphLines } from './graph-page.ts'
import { type HistoryRow, milliseconds, rowLine, selectedRow } from './rows.ts'
import type { Mode, ScreenState, Subject } from './state.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface Scene {
  readonly debug: Debugger
  readonly subject: Subject
  readonly theme: Theme
  readonly size: Size
  readonly state: ScreenState
  readonly rows: readonly HistoryRow[]
  readonly now: number
}

const LEAST: Size = { columns: 60, rows: 16 }
/** Title, machine, queue, what is next. */
const HEAD = 4
/** Boxes of the graph, and the rule under them. */
const GRAPH = 10
/** With more lines than this the ways on stand under the boxes. */
const ROOMY = 44
const WAYS = 12

function titleLine({ debug, subject, theme, size, state }: Scene): Line {
  const { orchestrator, id, name } = subject
  const held: Span = debug.dryRun
    ? ['accent', 'DRY RUN: nothing is written']
    : orchestrator?.held
      ? ['ok', `${theme.signs.live} in debug mode`]
      : ['bad', `${theme.signs.warn} OFFLINE: nobody was asked`]
  const page = state.pages.at(-1)
  const where: readonly Span[] = page === undefined ? [] : [['strong', ` ${theme.signs.crumb} ${shown(page.title)}`]]
  return spread(
    [['strong', 'debug-router'], ...where, [null, `  ${cut(shown(name), 24)}`], ['muted', `  ${id}`]],
    [held],
    size.columns,
  )
}

function machineLine({ debug, theme }: Scene): Line {
  const { step, action, instance_state: state, force } = debug.machine
  const { attempts, requiredInstances, instances } = debug.instances
  return [
    ['muted', 'step '],
    ['header', step],
    ['muted', '   action '],
    ['strong', action ?? 'none'],
    ['muted', force ? ' (forced)' : ''],
    ['muted', '   instance '],
    [stateToken(state), `${theme.glyph(state)} ${state}`],
    ['muted', `   ${instances.length}/${requiredInstances} there`],
    ['muted', attempts === 0 ? '' : `   ${attempts} boots`],
    ['busy', debug.cooldownMs === 0 ? '' : `   cools down ${milliseconds(debug.cooldownMs)}`],
  ]
}

function queueLine({ debug }: Scene): Line {
  const { queue } = debug.machine
  const items = queue.map(({ action, cause, force }) => `${action} (${cause}${force ? ', forced' : ''})`)
  const pretended = pretencesOf(debug).map(
    (name) => PRETENCES[name as keyof typeof PRETENCES]?.label ?? 'the next step fails',
  )
  return [
    ['muted', 'queue '],
    [null, items.length === 0 ? 'empty' : shown(items.join(', '))],
    ...(pretended.length === 0 ? [] : [['accent', `   pretending: ${pretended.join('; ')}`] as Span]),
  ]
}

/** What is under way, what failed, or what the next step would ask. */
function nextLine({ debug, now, theme }: Scene): Line {
  const { running, waiting, failure, exited, nextEffects, needsLook, foreseen } = debug
  if (waiting) return [['busy', `waits for ${waiting.reason}: ${milliseconds(Math.max(0, waiting.until - now))} left`]]
  if (running)
    return [['busy', `${theme.signs.now} ${running.what} … ${milliseconds(Math.max(0, now - running.since))}`]]
  if (failure) return [['bad', `${theme.signs.lost} ${shown(failure.error?.message ?? 'failed')}`]]
  if (exited) return [['muted', 'the machine has come to its end: the resource is gone']]
  if (needsLook)
    return [
      ['muted', 'next  '],
      ['accent', 'a look at Neutron, Nova and the appliances'],
    ]
  return [
    ['muted', 'next  '],
    ['accent', debug.machine.step],
    ...(foreseen === null
      ? [['muted', ` asks: ${nextEffects.join(', ')}`] as Span]
      : [['muted', ` asks nobody, and goes to `] as Span, ['accent', foreseen] as Span]),
  ]
}

function hints({ debug, size }: Scene): Line {
  const offered = DEBUG_BINDINGS.filter(
    ({ hint, afterFailure }) => hint !== undefined && (afterFailure !== true || debug.failure !== null),
  )
  const pieces = offered.map(
    ({ keys, hint = '' }): Line => [
      ['strong', keys[0] ?? ''],
      ['muted', ` ${hint}`],
    ],
  )
  const always = pieces.slice(-2)
  const end = joinWhole(always, '  ', size.columns)
  const room = size.columns - end.reduce((sum, [, text]) => sum + text.length, 0) - 2
  return [...joinWhole(pieces.slice(0, -2), '  ', room), [null, '  '], ...end]
}

/** The last lines: a question, a menu, a line being typed; else a message and what the keys do. */
function footLines(scene: Scene): Line[] {
  const { state, size, theme } = scene
  const { mode, message } = state
  const rule: Line = [['accent', theme.signs.line.repeat(size.columns)]]
  switch (mode.kind) {
    case 'menu':
      return [
        rule,
        [['header', mode.menu.title]],
        ...mode.menu.items.map(
          ({ key, label }): Line => [
            ['strong', ` ${key} `],
            [null, ` ${label}`],
          ],
        ),
        [['muted', 'any other key leaves it']],
      ]
    case 'command':
      return [
        fieldLine(':', mode.field, size.columns),
        [['muted', 'Enter do it   Esc leave   ? (outside) lists the commands']],
      ]
    case 'confirm':
      return [
        rule,
        ...mode.asked.lines.map((text, n): Line => [[n === 0 ? 'bad' : null, shown(text)]]),
        mode.field === null
          ? [
              ['strong', 'y'],
              [null, ' do it   '],
              ['strong', 'any other key'],
              [null, ' leaves it'],
            ]
          : fieldLine('> ', mode.field, size.columns),
      ]
    case 'keys':
      return [message === null ? [] : [[message.token, shown(message.text)]], hints(scene)]
  }
}

const footHeight = (mode: Mode): number => {
  if (mode.kind === 'menu') return mode.menu.items.length + 3
  return mode.kind === 'confirm' ? mode.asked.lines.length + 2 : 2
}

function graphHeight({ columns, rows }: Size): number {
  if (columns < 79 || rows < 22) return 0
  return rows >= ROOMY ? GRAPH + WAYS : GRAPH
}

/** Rows of the list of steps. */
export function listHeight(size: Size, { mode }: ScreenState): number {
  return Math.max(1, size.rows - HEAD - graphHeight(size) - footHeight(mode))
}

/** Lines of a page. */
export function pageHeight(size: Size, { mode }: ScreenState): number {
  return Math.max(1, size.rows - HEAD - footHeight(mode))
}

function graphBlock(scene: Scene): Line[] {
  const { debug, theme, size } = scene
  const height = graphHeight(size)
  if (height === 0) return []
  const lines = graphLines(debug, theme, size.columns).slice(0, height - 1)
  while (lines.length < height - 1) lines.push([])
  return [...lines, [['muted', theme.signs.line.repeat(size.columns)]]]
}

function listBlock({ rows, state, theme, size }: Scene): Line[] {
  const height = listHeight(size, state)
  if (rows.length === 0) return [[['muted', 'No step was taken yet.']]]
  const row = selectedRow(rows, state.selected)
  const at = row === undefined ? 0 : rows.indexOf(row)
  // The newest is followed with its calls as far as they fit; a chosen row stands in the middle.
  const last =
    state.selected === null ? Math.min(rows.length, at + height) : Math.min(rows.length, at + Math.ceil(height / 2))
  const top = Math.max(0, Math.min(last - height, rows.length - height))
  return rows.slice(top, top + height).map((one, n) => {
    const line = rowLine(one, theme, size.columns)
    return top + n === at && state.selected !== null ? recolour(line, 'selected') : line
  })
}

function pageBlock({ state, size }: Scene): Line[] {
  const page = state.pages.at(-1)
  if (page === undefined) return []
  const lines = page.lines(size.columns)
  const height = pageHeight(size, state)
  const top = Math.max(0, Math.min(page.top, lines.length - height))
  return lines.slice(top, top + height)
}

/** The screen, exactly `rows` lines, none wider than `columns`. */
export function buildScreen(scene: Scene): string[] {
  const { theme, size, state } = scene
  const { columns, rows } = size
  const { paint } = theme
  if (columns < LEAST.columns || rows < LEAST.rows) {
    const small = Array<string>(Math.max(1, rows)).fill('')
    small[0] = paintLine(plainLine(`Too small: needs ${LEAST.columns}x${LEAST.rows}`), columns, paint)
    return small
  }
  const head = [titleLine(scene), machineLine(scene), queueLine(scene), nextLine(scene)]
  const foot = footLines(scene)
  const body = state.pages.length > 0 ? pageBlock(scene) : [...graphBlock(scene), ...listBlock(scene)]
  const height = rows - head.length - foot.length
  const filled = [...body.slice(0, height)]
  while (filled.length < height) filled.push([])
  return [...head, ...filled, ...foot].slice(0, rows).map((line) => paintLine(line, columns, paint))
}
