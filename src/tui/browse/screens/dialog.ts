import { joinWhole, type Line, plainLine } from '../../line.ts'
import { shown } from '../../text.ts'
import type { Theme } from '../../theme.ts'
import type { AnyPane } from '../list-pane.ts'
import type { Mode, PendingAction } from '../state.ts'
import { fieldLine } from './footer.ts'

/** Asked for more than this many, a person types the word instead of one key. */
export const ONE_KEY_LIMIT = 1

const CONSEQUENCE: Readonly<Record<PendingAction['action'], string>> = {
  rebuild: 'Its instances are replaced: its traffic stops until the new ones are configured.',
  update: 'It is looked at again and its configuration is pushed.',
  debug: 'Its events are ignored and nothing is repaired until it is managed again.',
  manage: 'Its events count again, and it is reconciled now.',
}

const VERB: Readonly<Record<PendingAction['action'], string>> = {
  rebuild: 'Rebuild',
  update: 'Update',
  debug: 'Debug mode for',
  manage: 'End the debug mode of',
}

/** What will be done to what: `Rebuild r1 (5f3c…)`, `Rebuild 3 resources`. */
export function deedTitle({ action, target }: PendingAction, nameOf: (id: string) => string): string {
  if (target.kind === 'global') return `${VERB[action]} the whole cluster`
  const [only] = target.ids
  if (target.ids.length === 1 && only !== undefined) {
    const name = target.kind === 'tenant' ? '' : shown(nameOf(only))
    return target.kind === 'tenant'
      ? `${VERB[action]} tenant ${only}`
      : `${VERB[action]} ${name === '' ? only : `${name} (${only})`}`
  }
  return `${VERB[action]} ${target.ids.length} ${target.kind}s`
}

interface Context {
  readonly theme: Theme
  readonly width: number
  readonly nameOf: (id: string) => string
}

/** Names of what is hit, as many as fit on two lines. */
function victims({ target }: PendingAction, { width, nameOf }: Context): Line[] {
  if (target.ids.length < 2) return []
  const named = target.ids.map(
    (id): Line => [
      [null, shown(nameOf(id)) || id.slice(0, 8)],
      ['muted', ` ${id.slice(0, 8)}`],
    ],
  )
  const line = joinWhole(named.slice(0, 40), '  ', width - 16)
  const shownCount = line.filter(([token]) => token === 'muted').length
  const more = target.ids.length - shownCount
  return [[...line, ['strong', more > 0 ? `  and ${more} more` : '']]]
}

function confirmLines(mode: Extract<Mode, { kind: 'confirm' }>, context: Context): Line[] {
  const { pending, typed } = mode
  return [
    [['bad', deedTitle(pending, context.nameOf)]],
    ...victims(pending, context),
    plainLine(CONSEQUENCE[pending.action]),
    typed === null
      ? [
          ['strong', 'y'],
          [null, ' do it   '],
          ['strong', 'any other key'],
          [null, ' leave it'],
        ]
      : fieldLine(`Type ${pending.action} and Enter to do it, Esc to leave it: `, typed, context.width),
  ]
}

function columnLines(
  mode: Extract<Mode, { kind: 'columns' }>,
  pane: AnyPane,
  shownNow: readonly string[],
  { width }: Context,
): Line[] {
  const cells = pane.columnIds.map((id, n): Line => {
    const text = `[${shownNow.includes(id) ? 'x' : ' '}] ${pane.headerOf(id).toLowerCase()}`
    return [[n === mode.cursor ? 'selected' : null, text.padEnd(18)]]
  })
  const perLine = Math.max(1, Math.floor(width / 20))
  const rows: Line[] = []
  for (let n = 0; n < cells.length; n += perLine) {
    rows.push(
      cells.slice(n, n + perLine).flatMap((cell, i): Line => [...(i > 0 ? [[null, '  '] as const] : []), ...cell]),
    )
  }
  return [
    [['header', 'Columns']],
    ...rows,
    [['muted', 'Space on or off   ← → move   0 what fits   Enter keep   Esc undo']],
  ]
}

/** What is asked, at the foot of the screen; empty when nothing is. */
export function dialogLines(mode: Mode, pane: AnyPane | null, shownNow: readonly string[], context: Context): Line[] {
  const rule: Line = [['accent', context.theme.signs.line.repeat(context.width)]]
  switch (mode.kind) {
    case 'confirm':
      return [rule, ...confirmLines(mode, context)]
    case 'reason':
      return [
        rule,
        [['strong', deedTitle(mode.pending, context.nameOf)]],
        ...victims(mode.pending, context),
        plainLine(CONSEQUENCE[mode.pending.action]),
        fieldLine('Reason (Enter to go on, Esc to leave it): ', mode.field, context.width),
      ]
    case 'columns':
      return pane === null ? [] : [rule, ...columnLines(mode, pane, shownNow, context)]
    default:
      return []
  }
}
