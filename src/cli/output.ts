import { type CellValue, type Column, type ColumnSet, chooseColumns, sortRows } from './columns.ts'
import type { Io } from './io.ts'
import { toJson, toYaml } from './json.ts'
import { renderTable, type TableColumn } from './table.ts'
import { harmless } from './text-width.ts'
import { age, clockTime } from './times.ts'

export const FORMATS = ['table', 'wide', 'json', 'yaml', 'csv', 'value', 'name'] as const
type Format = (typeof FORMATS)[number]

/** How a result is to be printed. */
export interface OutputOptions {
  readonly format: Format
  /** Columns in this order; null: the usual ones. */
  readonly columns: readonly string[] | null
  readonly headers: boolean
  /** `column[:desc],…`; null: as they came. */
  readonly sort: string | null
}

type Display = Pick<Io, 'isTerminal' | 'width' | 'clock' | 'paint'>

const SHRINK: Readonly<Record<Column<unknown>['kind'], number | undefined>> = {
  id: 9,
  text: 8,
  number: undefined,
  bytes: undefined,
  time: undefined,
  moment: undefined,
  flag: undefined,
}

/** A cell as a person reads it. Off a terminal nothing is rounded: times are times, bytes are bytes. */
function show({ kind }: Column<never>, value: CellValue, display: Display): string {
  if (value === null) return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (display.isTerminal && kind === 'time') return age(String(value), display.clock.now())
  if (display.isTerminal && kind === 'moment') return clockTime(String(value), display.clock.now())
  if (display.isTerminal && kind === 'bytes') return `${(Number(value) / 2 ** 20).toFixed(1)}M`
  return harmless(String(value))
}

const plain = (value: CellValue): string => (value === null ? '' : harmless(String(value)))
const csvCell = (text: string): string => (/[",\s]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const headerOf = <T>({ id, header }: Column<T>): string => header ?? id.replaceAll('_', ' ').toUpperCase()

function tableColumns<T>(columns: readonly Column<T>[]): TableColumn[] {
  return columns.map((column) => ({
    header: headerOf(column),
    align: column.kind === 'number' || column.kind === 'bytes' ? 'right' : 'left',
    shrinkTo: SHRINK[column.kind],
    cutAt: column.kind === 'id' ? 'middle' : 'end',
  }))
}

/** A table of rows for a person (or, off a terminal, for grep). */
export async function tableOf<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  headers: boolean,
  display: Display,
  grown?: number[],
): Promise<string> {
  const cells = rows.map((row) => columns.map((column) => show(column, column.value(row), display)))
  return renderTable(tableColumns(columns), cells, {
    width: display.width,
    headers,
    ...(grown ? { grown } : {}),
    paint: (n, i, text) => {
      const row = rows[n]
      const tone = row === undefined ? null : (columns[i]?.tone?.(row) ?? null)
      return tone === null || text === '-' ? text : display.paint(tone, text)
    },
    paintHeader: (text) => display.paint('muted', text),
  })
}

function linesOf<T>(columns: readonly Column<T>[], rows: readonly T[], options: OutputOptions): string {
  const isCsv = options.format === 'csv'
  const line = (cells: readonly string[]): string =>
    isCsv ? `${cells.map(csvCell).join(',')}\n` : `${cells.join('\t')}\n`
  const body = rows.map((row) => line(columns.map((column) => plain(column.value(row)))))
  return isCsv && options.headers ? line(columns.map(({ id }) => id)) + body.join('') : body.join('')
}

/** Only the chosen columns of a row, by their ids. */
const picked = <T>(columns: readonly Column<T>[], row: T): Record<string, CellValue> =>
  Object.fromEntries(columns.map((column) => [column.id, column.value(row)]))

/**
 * Prints a list. `document` makes the object of the operator contract that `json` and `yaml` print; with chosen columns its rows have
 * only these.
 *
 * @throws AstaraError `usage` for unknown columns
 */
export async function printList<T>(
  io: Io,
  set: ColumnSet<T>,
  rows: readonly T[],
  options: OutputOptions,
  document: (rows: readonly unknown[]) => unknown,
): Promise<void> {
  const columns = chooseColumns(set, options.columns, options.format === 'wide')
  const sorted = options.sort === null ? rows : sortRows(set, rows, options.sort)
  switch (options.format) {
    case 'json':
    case 'yaml': {
      const made = document(options.columns === null ? sorted : sorted.map((row) => picked(columns, row)))
      io.print(options.format === 'json' ? toJson(made) : await toYaml(made))
      return
    }
    case 'csv':
    case 'value':
      io.print(linesOf(columns, sorted, options))
      return
    case 'name':
      io.print(sorted.map((row) => `${plain(set.name(row))}\n`).join(''))
      return
    case 'table':
    case 'wide':
      if (sorted.length === 0) io.note(`No ${set.noun}.`)
      else io.print(await tableOf(columns, sorted, options.headers, io))
  }
}

/**
 * Prints rows as they come, in the chosen format, the headers once: for lists that go on. Columns of a table keep the width that they have
 * come to.
 */
export function rowPrinter<T>(
  io: Io,
  set: ColumnSet<T>,
  columns: readonly Column<T>[],
  options: OutputOptions,
): (rows: readonly T[]) => Promise<void> {
  const grown: number[] = []
  let headers = options.headers
  return async (rows) => {
    if (options.format === 'name') io.print(rows.map((row) => `${plain(set.name(row))}\n`).join(''))
    else if (options.format === 'csv' || options.format === 'value')
      io.print(linesOf(columns, rows, { ...options, headers }))
    else io.print(await tableOf(columns, rows, headers, io, grown))
    headers = false
  }
}

/** Prints one thing: a field per line for a person, else as a list of one. */
export async function printOne<T>(
  io: Io,
  set: ColumnSet<T>,
  row: T,
  options: OutputOptions,
  document: (row: unknown) => unknown,
): Promise<void> {
  if (options.format !== 'table' && options.format !== 'wide') {
    await printList(io, set, [row], options, ([one]) => document(one))
    return
  }
  const columns = chooseColumns(set, options.columns, true)
  const cells = columns.map((column) => [headerOf(column), show(column, column.value(row), io)])
  const layout: TableColumn[] = [
    { header: 'FIELD', align: 'left' },
    { header: 'VALUE', align: 'left' },
  ]
  io.print(
    await renderTable(layout, cells, {
      width: null,
      headers: false,
      paint: (n, i, text) => {
        if (i === 0) return io.paint('muted', text)
        const tone = columns[n]?.tone?.(row) ?? null
        return tone === null || text === '-' ? text : io.paint(tone, text)
      },
    }),
  )
}
