import { callRemarks } from '../../cli/index.ts'
import type { ConfigChange, TimelineEntry } from '../../contract/index.ts'
import { assertNever } from '../../shared/index.ts'
import type { Line, Span } from '../line.ts'
import { shown } from '../text.ts'
import type { Theme } from '../theme.ts'
import { stateToken } from '../theme.ts'

/** 12 ms, 3.4 s. */
function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

const by = (who: string | null): string => (who === null ? '' : ` by ${shown(who)}`)
const because = (reason: string | null): string => (reason === null ? '' : `: ${shown(reason)}`)

function callStatus(status: number | string | null): Span {
  const good = typeof status === 'number' ? status < 400 : status === 'ok'
  return [good ? 'ok' : 'bad', shown(String(status ?? 'no answer'))]
}

/** What happened, in one line, without its time. */
export function describeEntry(entry: TimelineEntry, theme: Theme): Line {
  switch (entry.type) {
    case 'event':
      return [
        ['accent', 'event   '],
        [null, `${entry.action}  ${shown(entry.cause)}`],
        ['muted', `  from ${shown(entry.source)}`],
        ...(entry.accepted ? [] : [['busy', '  passed over'] as const]),
      ]
    case 'command':
      return [
        ['marked', 'command '],
        [null, `${shown(entry.action)}${by(entry.by)}${because(entry.reason)}`],
      ]
    case 'step':
      return [
        ['muted', 'step    '],
        [null, entry.step],
        ['muted', entry.action === null ? '' : ` (${entry.action})`],
        [entry.result === 'ok' ? 'muted' : 'bad', `  ${entry.result}  ${duration(entry.duration_ms)}`],
      ]
    case 'call':
      return [
        ['muted', 'call    '],
        [null, `${shown(entry.service)} ${shown(entry.method)} ${shown(entry.path)}  `],
        callStatus(entry.status),
        ['muted', `  ${[duration(entry.duration_ms), ...callRemarks(entry)].map(shown).join('  ')}`],
      ]
    case 'config':
      return [
        ['accent', 'config  '],
        [entry.result === 'accepted' ? 'ok' : 'bad', entry.result],
        [null, `  ${entry.total_changes} ${entry.total_changes === 1 ? 'change' : 'changes'}`],
        ['muted', `  ${shown(entry.fingerprint).slice(0, 12)}`],
      ]
    case 'state':
      return [
        ['strong', 'state   '],
        [stateToken(entry.from), `${theme.glyph(entry.from)} ${entry.from}`],
        [null, ` ${theme.signs.next} `],
        [stateToken(entry.to), `${theme.glyph(entry.to)} ${entry.to}`],
      ]
    case 'error':
      return [
        ['bad', `error   ${shown(entry.code)}: ${shown(entry.message)}`],
        ['muted', entry.next_retry_at === null ? '' : `  again at ${entry.next_retry_at.slice(11, 19)}`],
      ]
    case 'unchanged':
      return [
        ['muted', `look    nothing to do, ${entry.count}×  ${shown(entry.cause)}, last ${entry.last_at.slice(11, 19)}`],
      ]
    default:
      return assertNever(entry)
  }
}

const SIGN = { added: '+', removed: '-', changed: '~' } as const

const json = (value: unknown): string => shown(JSON.stringify(value) ?? 'nothing')

/** One difference between two configurations: the place, then what was and what is. */
export function describeChange({ path, change, before, after }: ConfigChange): Line[] {
  const token = change === 'changed' ? 'busy' : change
  const head: Line = [[token, `${SIGN[change]} ${shown(path) || '(everything)'}`]]
  return [
    head,
    ...(before === undefined ? [] : [[['removed', `    - ${json(before)}`]] as Line]),
    ...(after === undefined ? [] : [[['added', `    + ${json(after)}`]] as Line]),
  ]
}
