import { type HistoryRow, selectedRow } from './rows.ts'

export type Movement = 'down' | 'up' | 'pagedown' | 'pageup' | 'home' | 'end'

/** Where a movement leads from `at` in a list of `length`. */
export function moved(deed: Movement, at: number, length: number, page: number): number {
  const to = { down: at + 1, up: at - 1, pagedown: at + page, pageup: at - page, home: 0, end: length - 1 }[deed]
  return Math.max(0, Math.min(Math.max(0, length - 1), to))
}

/** The row that is selected after a movement; null: at the end, where new steps are followed. */
export function movedTo(
  rows: readonly HistoryRow[],
  selected: string | null,
  deed: Movement,
  height: number,
): string | null {
  const row = selectedRow(rows, selected)
  const at = row === undefined ? 0 : rows.indexOf(row)
  const to = moved(deed, at, rows.length, Math.max(1, height - 1))
  const newest = deed === 'end' || (deed === 'down' && to === at && at === rows.length - 1)
  return newest ? null : (rows[to]?.id ?? null)
}
