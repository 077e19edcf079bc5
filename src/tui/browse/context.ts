import type { listResources } from '../../cli/ctl/index.ts'

type Work = Parameters<typeof listResources>[0]

/** What the command hands over: where words go, whom to ask, and when to stop. */
export interface BrowseContext extends Pick<Work, 'io' | 'client'> {
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
}
