import type { Theme, Token } from '../theme.ts'

/** What a cell may need besides its row. */
export interface CellContext {
  /** The time that ages are told from, ms since the epoch: it moves in steps, so that a quiet screen stays still. */
  readonly now: number
  readonly theme: Theme
  /** Cells that the column has. */
  readonly width: number
}

/** One column of a list on the screen. Its id is the one that the filter, the sort and `ctl --columns` use. */
export interface ScreenColumn<T> {
  readonly id: string
  readonly header: string
  readonly align?: 'right'
  /** Fewest cells in which it is of use. */
  readonly min: number
  /** Most cells that it can use; a `grow` column takes what nobody else needs. */
  readonly max: number
  readonly grow?: true
  /** Columns of high rank leave first when the screen is narrow. */
  readonly rank: number
  /** Plain text, harmless for a terminal; it is cut to the column's width afterwards. */
  readonly cell: (row: T, context: CellContext) => string
  readonly token?: (row: T) => Token | null
}

/** A column and the cells it got. */
export interface PlacedColumn<T> {
  readonly column: ScreenColumn<T>
  readonly width: number
}

export interface Layout<T> {
  readonly placed: readonly PlacedColumn<T>[]
  /** Blanks between columns. */
  readonly gap: number
}

/** Cursor and mark. */
export const GUTTER = 2

const gapOf = (width: number): number => (width >= 120 ? 2 : 1)

/** Those that fit with their least widths, in their own order; the first by rank is always there. */
function affordable<T>(columns: readonly ScreenColumn<T>[], width: number, gap: number): ScreenColumn<T>[] {
  const taken = new Set<ScreenColumn<T>>()
  let used = 0
  for (const column of [...columns].sort((a, b) => a.rank - b.rank)) {
    const cost = column.min + (taken.size > 0 ? gap : 0)
    if (taken.size > 0 && used + cost > width) continue
    taken.add(column)
    used += cost
  }
  return columns.filter((column) => taken.has(column))
}

/**
 * Which columns are shown and how wide. Depends on the screen's width and the choice of columns only, never on the rows: nothing shifts
 * while data change.
 */
export function layOut<T>(columns: readonly ScreenColumn<T>[], screenWidth: number): Layout<T> {
  const gap = gapOf(screenWidth)
  const width = screenWidth - GUTTER
  const shown = affordable(columns, width, gap)
  const widths = new Map(shown.map((column) => [column, Math.min(column.min, width)]))
  let rest = width - shown.reduce((sum, { min }) => sum + min, 0) - gap * Math.max(0, shown.length - 1)
  for (const column of [...shown].sort(
    (a, b) => Number(b.grow ?? false) - Number(a.grow ?? false) || a.rank - b.rank,
  )) {
    if (rest <= 0) break
    const more = Math.min(rest, column.max - column.min)
    widths.set(column, column.min + more)
    rest -= more
  }
  return { placed: shown.map((column) => ({ column, width: widths.get(column) ?? column.min })), gap }
}
