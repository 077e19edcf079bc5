import type { CheckLine } from '../../contract/index.ts'
import { AstaraError, messageOf } from '../../shared/index.ts'

export const ok = (check: string, found: string): CheckLine => ({ check, status: 'ok', found, advice: [] })

export const warning = (check: string, found: string, ...advice: string[]): CheckLine => ({
  check,
  status: 'warning',
  found,
  advice,
})

export const failed = (check: string, found: string, ...advice: string[]): CheckLine => ({
  check,
  status: 'failed',
  found,
  advice,
})

export const skipped = (check: string, why: string): CheckLine => ({ check, status: 'skipped', found: why, advice: [] })

/** A line from something thrown: its own words and advice, else `advice`. */
export function failedBy(check: string, error: unknown, ...advice: string[]): CheckLine {
  const suggestions = error instanceof AstaraError ? error.suggestions : []
  return failed(check, messageOf(error), ...(suggestions.length > 0 ? suggestions : advice))
}
