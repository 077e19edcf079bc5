import type { CheckReport, CheckStatus } from '../contract/index.ts'
import type { Io } from './io.ts'
import type { Tone } from './terminal.ts'
import { harmless } from './text-width.ts'

const TONES: Readonly<Record<CheckStatus, Tone>> = { ok: 'ok', warning: 'warn', failed: 'bad', skipped: 'muted' }
const STATUS_CELLS = 'warning'.length

/** The report for a person: one line for each thing looked at, and under it what to do about it. */
export function formatReport({ lines, warnings, failed }: CheckReport, { paint }: Pick<Io, 'paint'>): string {
  const width = Math.max(0, ...lines.map(({ check }) => check.length))
  const text = lines.flatMap(({ check, status, found, advice }) => [
    `${paint(TONES[status], status.padEnd(STATUS_CELLS))}  ${check.padEnd(width)}  ${harmless(found)}`,
    ...advice.map((one) => `${' '.repeat(STATUS_CELLS + width + 4)}${paint('muted', '→')} ${harmless(one)}`),
  ])
  return `${[...text, summary(failed, warnings, paint)].join('\n')}\n`
}

function summary(failed: number, warnings: number, paint: Io['paint']): string {
  const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
  if (failed > 0) return paint('bad', `${failed} failed, ${count(warnings, 'warning')}.`)
  return warnings > 0 ? paint('warn', `Nothing failed, ${count(warnings, 'warning')}.`) : paint('ok', 'All is well.')
}
