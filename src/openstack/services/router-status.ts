import type { Clock } from '../../shared/index.ts'
import { waitFor } from '../http/deadline.ts'
import type { CallOptions } from '../types.ts'

/** How long the absence of the extension is believed. */
const ABSENT_MS = 600_000

type Put = (id: string, status: string, options?: CallOptions) => Promise<boolean>

/**
 * Wraps the call to an extension that many clouds do not have. While it is not known whether it is there, one call finds out and the
 * others wait for it; once it is known absent, nobody asks for ten minutes.
 */
export function createStatusExtension(put: Put, clock: Clock): Put {
  let present = false
  let absentUntil = Number.NEGATIVE_INFINITY
  let probe: Promise<void> | null = null

  async function attempt(id: string, status: string, options?: CallOptions): Promise<boolean> {
    const done = await put(id, status, options)
    present = done
    if (!done) absentUntil = clock.monotonic() + ABSENT_MS
    return done
  }

  return async (id, status, options) => {
    while (!present) {
      if (clock.monotonic() < absentUntil) return false
      if (probe === null) {
        const mine = attempt(id, status, options)
        // Only that it is over matters to the others: a failure of this call (its own time-out, say) is not theirs.
        probe = mine.then(
          () => {},
          () => {},
        )
        try {
          return await mine
        } finally {
          probe = null
        }
      }
      await (options?.signal === undefined ? probe : waitFor(probe, options.signal))
    }
    return attempt(id, status, options)
  }
}
