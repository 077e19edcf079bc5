/** One measured figure: what, ours as people read it, the original's beside it. */
export interface Row {
  readonly what: string
  readonly ours: string
  /** The original's figure on such a machine, 2 workers – 16 workers; empty when it has none. */
  readonly original: string
  /** Numbers behind it, for scripts. */
  readonly figures: Readonly<Record<string, number>>
}

/** A table as Markdown. */
export function markdown(rows: readonly Row[]): string {
  return [
    '| work | astara | the original (2 / 16 workers) |',
    '|---|---|---|',
    ...rows.map(({ what, ours, original }) => `| ${what} | ${ours} | ${original || '–'} |`),
  ].join('\n')
}

/** Prints a measured row at once: a run takes minutes. */
export function announce(row: Row): Row {
  console.error(`${row.what}\n    ${row.ours}${row.original === '' ? '' : `\n    the original: ${row.original}`}`)
  return row
}
