import { escapeControls } from '../shared/index.ts'

/** One router on the progress display. */
export interface ProgressRow {
  readonly id: string
  readonly name: string
  readonly tenant: string
  readonly state: string
}

/** Where the display is drawn. */
export interface ProgressTerminal {
  write(text: string): void
  /** Lines and columns of the terminal now. */
  size(): { readonly rows: number; readonly columns: number }
}

const STAGES = ['down', 'booting', 'up', 'configured'] as const
const CLEAR_BELOW = '\u001b[0J'

function bar(state: string): string {
  const reached = (STAGES as readonly string[]).indexOf(state)
  if (reached < 0) return `${'·'.repeat(STAGES.length)} ${state}`
  return `${'●'.repeat(reached + 1)}${'○'.repeat(STAGES.length - reached - 1)} ${state}`
}

/**
 * Draws routers on their way to `configured`, over itself, never higher than the terminal. Rows beyond that are summed up in one line.
 */
export class Progress {
  readonly #terminal: ProgressTerminal
  #drawn = 0

  constructor(terminal: ProgressTerminal) {
    this.#terminal = terminal
  }

  draw(rows: readonly ProgressRow[]): void {
    const { rows: height, columns } = this.#terminal.size()
    const room = Math.max(1, height - 4)
    const ordered = [...rows].sort((a, b) => a.tenant.localeCompare(b.tenant) || a.name.localeCompare(b.name))
    const shown = ordered.length > room ? ordered.filter((row) => row.state !== 'configured').slice(0, room) : ordered
    const done = rows.filter((row) => row.state === 'configured').length
    const lines = [
      ...shown.map(
        (row) => `  ${bar(row.state).padEnd(18)} ${escapeControls(row.name).slice(0, 32).padEnd(16)} ${row.id}`,
      ),
      `  ${done} of ${rows.length} routers configured`,
    ].map((line) => line.slice(0, Math.max(20, columns - 1)))
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A\r` : ''
    this.#terminal.write(`${up}${CLEAR_BELOW}${lines.join('\n')}\n`)
    this.#drawn = lines.length
  }
}
