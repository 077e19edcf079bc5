import type { ConfigAnswer } from '../../../contract/index.ts'
import { describeChange } from '../../components/timeline-entry.ts'
import { type Line, plainLine } from '../../line.ts'
import { shown } from '../../text.ts'

const MAX_LINES = 5_000

/** Any value as indented text, each line harmless. */
export function jsonLines(value: unknown): Line[] {
  const all = (JSON.stringify(value, null, 2) ?? 'null').split('\n')
  const lines = all.slice(0, MAX_LINES).map((line) => plainLine(shown(line)))
  return all.length > MAX_LINES ? [...lines, [['muted', `… ${all.length - MAX_LINES} more lines`]]] : lines
}

/** The configuration that was accepted last: what changed with it, then all of it (secrets are masked already). */
export function configTab(answer: ConfigAnswer | null): Line[] {
  if (answer === null) return [[['muted', 'Asking for the configuration …']]]
  if (answer.config === null) return [[['muted', 'No configuration was accepted yet.']]]
  const { changes, configured_at: at, fingerprint } = answer
  return [
    [
      ['header', 'Changed with the last push'],
      ['muted', `  ${at === null ? '' : `${at.slice(0, 19).replace('T', ' ')} UTC`}  ${shown(fingerprint ?? '')}`],
    ],
    ...(changes.length === 0 ? [[['muted', '  nothing']] as Line] : changes.flatMap(describeChange)),
    plainLine(''),
    [['header', 'Configuration in force']],
    ...jsonLines(answer.config),
  ]
}
