import type { OrchestratorClient } from '../../client/index.ts'
import { isUuid } from '../../shared/index.ts'
import type { Io } from '../io.ts'

/** What each of these functions needs besides its own options. */
export interface Work {
  readonly io: Io
  readonly client: OrchestratorClient
  readonly signal?: AbortSignal
  /** Called as `astara-ctl`: where nobody can be asked, what the original did at a word is done for one thing named by its whole id. */
  readonly original?: boolean
}

/** Whether nobody needs to be asked about this one thing: `--yes`, or a script for the original, which knew no question. */
export const needsNoQuestion = ({ original, io }: Work, yes: boolean, text: string | undefined): boolean =>
  yes || (original === true && !io.canAsk && (text === undefined || isUuid(text)))

/** The client's form of an optional signal. */
export const callOf = ({ signal }: Work): { readonly signal?: AbortSignal } => (signal ? { signal } : {})
