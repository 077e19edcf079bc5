import { constants } from 'node:os'

const SIGNALS = Object.keys(constants.signals) as NodeJS.Signals[]

const listeners = (): Map<NodeJS.Signals, ReadonlySet<unknown>> =>
  new Map(SIGNALS.map((name) => [name, new Set<unknown>(process.rawListeners(name))]))

/**
 * conf, without what comes with it: the library that it writes files with (when-exit) listens to every signal and sends it to this process
 * once more. A command that gives something back when it is ended, such as the terminal or a router held in debug mode, would be cut off
 * in the middle of that.
 */
export async function loadConf(): Promise<typeof import('conf').default> {
  const before = listeners()
  const { default: Conf } = await import('conf')
  for (const name of SIGNALS) {
    for (const listener of process.rawListeners(name)) {
      if (!before.get(name)?.has(listener)) process.off(name, listener as NodeJS.SignalsListener)
    }
  }
  return Conf
}
