import type { DebugCall, Debugger, DebugStep } from '../../orchestrator/debugger/index.ts'
import type { Line, Span } from '../line.ts'
import { cut, shown } from '../text.ts'
import { stateToken, type Theme, type Token } from '../theme.ts'

/** One row of the list of steps: a step, or a call of it. */
export interface HistoryRow {
  /** `s12` or `c45`. */
  readonly id: string
  readonly step: DebugStep | null
  readonly call: DebugCall | null
}

/** All steps with their calls, oldest first, and the calls of what is under way. */
export function historyRows(debug: Debugger): readonly HistoryRow[] {
  const rows = debug.history.flatMap((step): HistoryRow[] => [
    { id: `s${step.seq}`, step, call: null },
    ...step.calls.map((call) => ({ id: `c${call.seq}`, step, call })),
  ])
  const under = debug.running?.calls ?? []
  const told = new Set(rows.map(({ id }) => id))
  return [...rows, ...under.map((call) => ({ id: `c${call.seq}`, step: null, call })).filter(({ id }) => !told.has(id))]
}

/** The row that is meant; null selects the newest step. */
export function selectedRow(rows: readonly HistoryRow[], selected: string | null): HistoryRow | undefined {
  const found = selected === null ? undefined : rows.find(({ id }) => id === selected)
  return found ?? rows.findLast(({ call }) => call === null) ?? rows.at(-1)
}

/** `1.2 s`, `340 ms`, `0.4 ms`. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1_000)} s`
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
}

/** What the orchestrator would do after a step. */
export function adviceText({ advice, wait }: DebugStep): string {
  if (advice === null || advice === 'continue') return ''
  if (advice === 'exit') return 'the end'
  switch (advice.yield) {
    case 'idle':
      return 'at rest'
    case 'more':
      return 'more to do'
    case 'wait':
      return wait === null ? 'waits' : `waits for ${wait.reason} ${milliseconds(wait.ms)}`
    case 'retry':
      return 'would retry later'
    case 'cooldown':
      return 'cools down'
  }
}

const RESULTS: Readonly<Record<DebugCall['result'], Token>> = {
  pending: 'busy',
  ok: 'ok',
  failed: 'bad',
  refused: 'busy',
  pretended: 'accent',
}

function callLine(call: DebugCall, width: number): Line {
  const outcome = call.status === null ? call.result : `${call.status}${call.result === 'ok' ? '' : ` ${call.result}`}`
  const took = call.duration_ms === null ? '…' : milliseconds(call.duration_ms)
  const right = `${outcome.padEnd(14)}${took.padStart(8)}`
  const room = Math.max(10, width - right.length - 26)
  // Where there is little room the address of an appliance goes: its details have it.
  const path = width < 110 ? call.path.replace(/^http:\/\/[^/]*/, '') : call.path
  return [
    ['muted', `     ${call.service.padEnd(12)}`],
    [call.writes ? 'strong' : null, `${call.method.padEnd(7)} `],
    [null, cut(shown(path), room).padEnd(room)],
    [RESULTS[call.result], ` ${right}`],
  ]
}

const NAMES = { look: 'look', accept: 'failure let stand', step: '' } as const

function stepLine(step: DebugStep, theme: Theme): Line {
  const { before, after, kind, result, calls } = step
  const ok = result === 'ok'
  const name = kind === 'step' ? before.step : NAMES[kind]
  const writes = calls.filter((call) => call.writes && call.result === 'ok').length
  const changed = before.instance_state !== after.instance_state
  const state: Span[] = changed
    ? [
        [null, '  '],
        ['muted', `${before.instance_state} ${theme.signs.next} `],
        [stateToken(after.instance_state), `${theme.glyph(after.instance_state)} ${after.instance_state}`],
      ]
    : []
  const advice = adviceText(step)
  return [
    ['muted', `${`#${step.seq}`.padEnd(4)} `],
    ['strong', name.padEnd(17)],
    [ok ? 'ok' : 'bad', ok ? ` ${theme.signs.next} ${after.step}` : ` ${theme.signs.lost} failed, still ${after.step}`],
    ...state,
    ['muted', `  ${milliseconds(step.duration_ms)}`],
    ['muted', calls.length === 0 ? '' : `  ${calls.length} call${calls.length === 1 ? '' : 's'}`],
    ['strong', writes === 0 ? '' : ` (${writes} write${writes === 1 ? '' : 's'})`],
    ['busy', advice === '' ? '' : `  ${advice}`],
  ]
}

/** A row as it is drawn. */
export function rowLine(row: HistoryRow, theme: Theme, width: number): Line {
  if (row.call !== null) return callLine(row.call, width)
  return row.step === null ? [] : stepLine(row.step, theme)
}
