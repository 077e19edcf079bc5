import { AstaraError, nearest } from '../shared/index.ts'
import type { Tone } from './terminal.ts'

/** What a column holds: it decides alignment, how it is shown on a terminal (times as ages, moments by the clock), and how it is cut. */
type ColumnKind = 'text' | 'id' | 'number' | 'bytes' | 'time' | 'moment' | 'flag'

export type CellValue = string | number | boolean | null

/** One column of a list. Its id is the name of the JSON field, of the flag's value and, in capitals, of the header. */
export interface Column<T> {
  readonly id: string
  /** When the id does not make a good one. */
  readonly header?: string
  readonly aliases?: readonly string[]
  readonly kind: ColumnKind
  readonly value: (row: T) => CellValue
  /** Only in `-o wide` and on request. */
  readonly wide?: boolean
  readonly tone?: (row: T) => Tone | null
}

/** Everything that is printed about one kind of thing, in the order in which it is printed. */
export interface ColumnSet<T> {
  /** Plural, for messages. */
  readonly noun: string
  readonly columns: readonly Column<T>[]
  /** What `-o name` prints. */
  readonly name: (row: T) => string
}

/** Finds a column by its id or an alias; `-` and `_` are alike. */
function columnOf<T>(set: ColumnSet<T>, word: string): Column<T> {
  const wanted = word.trim().toLowerCase().replaceAll('-', '_')
  const found = set.columns.find(({ id, aliases = [] }) => id === wanted || aliases.includes(wanted))
  if (found) return found
  const near = nearest(
    wanted,
    set.columns.map(({ id }) => id),
  )
  throw new AstaraError('usage', `there is no column "${word}"`, {
    suggestions: [
      ...(near === null ? [] : [`Did you mean ${near}?`]),
      `Columns: ${set.columns.map(({ id }) => id).join(', ')}`,
    ],
  })
}

/** @throws AstaraError `usage` for an unknown column. */
export function chooseColumns<T>(
  set: ColumnSet<T>,
  words: readonly string[] | null,
  wide: boolean,
): readonly Column<T>[] {
  if (words !== null && words.length > 0) return words.map((word) => columnOf(set, word))
  return wide ? set.columns : set.columns.filter((column) => !column.wide)
}

function compare(a: CellValue, b: CellValue): number {
  if (a === b) return 0
  // What is not known comes last, whichever way one sorts.
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}

/**
 * Sorts by `column[:desc]` or `-column`, several separated by commas; stable, so rows that are equal stay in the order of their ids. Unknown values
 * come last in both directions.
 *
 * @throws AstaraError `usage`
 */
export function sortRows<T>(set: ColumnSet<T>, rows: readonly T[], order: string): T[] {
  const keys = order.split(',').map((key) => {
    const isMinus = key.trim().startsWith('-')
    const [word = '', direction = isMinus ? 'desc' : 'asc', ...more] = key.trim().replace(/^[-+]/, '').split(':')
    if (more.length > 0 || (direction !== 'asc' && direction !== 'desc')) {
      throw new AstaraError('usage', `cannot sort by "${key}"`, {
        suggestions: ['For example: --sort name or --sort attempts:desc,name'],
      })
    }
    return { column: columnOf(set, word), sign: direction === 'desc' ? -1 : 1 }
  })
  const decorated = rows.map((row) => ({ row, values: keys.map(({ column }) => column.value(row)) }))
  decorated.sort((a, b) => {
    for (const [i, { sign }] of keys.entries()) {
      const x = a.values[i] ?? null
      const y = b.values[i] ?? null
      const result = x === null || y === null ? Number(x === null) - Number(y === null) : sign * compare(x, y)
      if (result !== 0) return result
    }
    return 0
  })
  return decorated.map(({ row }) => row)
}
