import { escapeControls } from '../shared/index.ts'
import type { Config } from './config.ts'
import { describeOrigin } from './problems.ts'

/** One line of `astara config show --json`. Secrets are masked. */
interface ShownRow {
  readonly group: string
  readonly option: string
  readonly value: unknown
  /** `default`, `override`, `file:line`, or `environment NAME`. */
  readonly source: string
}

/** What `astara config show --json` prints. */
export interface ShownConfig {
  readonly options: readonly ShownRow[]
  /** Files that were read, weakest first. */
  readonly files: readonly string[]
}

/** The effective configuration as it may be shown: all of it, one section, or only what is not a default. */
export function showConfig(
  config: Config,
  files: readonly string[],
  filter: { readonly group?: string | undefined; readonly changed?: boolean | undefined } = {},
): ShownConfig {
  const options = config
    .shown()
    .filter(({ group, origin }) => (filter.group ?? group) === group && !(filter.changed && origin.kind === 'default'))
    .map(({ group, option, value, origin }) => ({ group, option, value, source: describeOrigin(origin) }))
  return { options, files }
}

function valueCell(value: unknown): string {
  if (value === null) return '-'
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The same for a person: one line per option, sections as headings. */
export function formatShown({ options }: ShownConfig): string[] {
  const rows = options.map((row) => ({ ...row, cell: escapeControls(valueCell(row.value)) }))
  const nameWidth = Math.max(0, ...rows.map((row) => row.option.length))
  const valueWidth = Math.min(48, Math.max(0, ...rows.map((row) => row.cell.length)))
  const lines: string[] = []
  let group: string | null = null
  for (const row of rows) {
    if (row.group !== group) {
      if (group !== null) lines.push('')
      lines.push(`[${row.group}]`)
      group = row.group
    }
    lines.push(`${row.option.padEnd(nameWidth)}  ${row.cell.padEnd(valueWidth)}  ${escapeControls(row.source)}`)
  }
  return lines
}
