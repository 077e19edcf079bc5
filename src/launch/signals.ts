import type { Clock } from '../shared/index.ts'

/** What ended the program's waiting. */
export type StopCause = 'SIGINT' | 'SIGTERM'

/** One Ctrl-C arrives more than once when a wrapper (npm, a shell) hands it on as well: within this time it counts as one. */
const SAME_KEYSTROKE_MS = 1_000

/**
 * Resolves with the first signal that asks the program to leave. A second Ctrl-C while it is leaving ends it at once, with exit status 130.
 */
export function stopSignal(clock: Clock): Promise<StopCause> {
  return new Promise((resolve) => {
    let leavingSince: number | null = null
    const onSignal = (signal: NodeJS.Signals): void => {
      if (leavingSince === null) {
        leavingSince = clock.monotonic()
        resolve(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM')
      } else if (signal === 'SIGINT' && clock.monotonic() - leavingSince > SAME_KEYSTROKE_MS) process.exit(130)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
