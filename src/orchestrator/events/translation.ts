import { UnreadableError } from './payload.ts'
import type { OrchestratorEvent } from './types.ts'

/**
 * Why a message that was understood gives no event.
 * - `not_ours`: nothing that concerns a resource (most of what Neutron says);
 * - `echo`: the trace of our own doing (our ports, our status reports);
 * - `driver_disabled`, `vpn_disabled`: would concern what is not enabled here;
 * - `refused`: a command that must not be obeyed as it stands (`detail` says why).
 */
export type IgnoredReason = 'not_ours' | 'echo' | 'driver_disabled' | 'vpn_disabled' | 'refused'

/** What a message means. Exactly one of: some events, `ignored`, `poison`. */
export interface Translation {
  readonly events: readonly OrchestratorEvent[]
  readonly ignored?: IgnoredReason
  /** The message can never be understood, and is to be parked: a label for counters. */
  readonly poison?: string
  /** For the log, with `poison` and `refused`. */
  readonly detail?: string
}

export const ignored = (reason: IgnoredReason, detail?: string): Translation => ({
  events: [],
  ignored: reason,
  ...(detail === undefined ? {} : { detail }),
})

/** Runs a translation; what it finds unreadable becomes poison with its reason. */
export function readable(translate: () => Translation): Translation {
  try {
    return translate()
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    return { events: [], poison: error.reason, detail: error.message }
  }
}
