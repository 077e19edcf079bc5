import type { OrchestratorClient } from '../../client/index.ts'
import type { Io } from '../io.ts'

/** What each of these functions needs besides its own options. */
export interface Work {
  readonly io: Io
  readonly client: OrchestratorClient
  readonly signal?: AbortSignal
}

/** The client's form of an optional signal. */
export const callOf = ({ signal }: Work): { readonly signal?: AbortSignal } => (signal ? { signal } : {})
