/** What ended the program's waiting. */
export type StopCause = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/**
 * Resolves with the first signal that asks the program to leave. A second Ctrl-C while it is leaving ends it at once, with exit status 130.
 */
export function stopSignal(signals: readonly StopCause[] = ['SIGINT', 'SIGTERM']): Promise<StopCause> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const name of signals) process.off(name, onSignal)
      process.once('SIGINT', () => process.exit(130))
      resolve(signal as StopCause)
    }
    for (const name of signals) process.on(name, onSignal)
  })
}
