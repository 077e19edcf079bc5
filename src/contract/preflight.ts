/** How one thing looked. `skipped`: it could not be looked at, because something before it failed. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped'

/** One line of the report. */
export interface CheckLine {
  /** What was looked at: a stable word for scripts. */
  readonly check: string
  readonly status: CheckStatus
  /** What was found. */
  readonly found: string
  /** What to do about it; empty when there is nothing to be done. */
  readonly advice: readonly string[]
}

/** What `astara check` found, and prints with `--json`. */
export interface CheckReport {
  /** Nothing failed. */
  readonly ok: boolean
  readonly warnings: number
  readonly failed: number
  readonly lines: readonly CheckLine[]
}
