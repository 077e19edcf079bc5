import type { Debugger } from '../../orchestrator/debugger/index.ts'
import { systemClock } from '../../shared/index.ts'
import { showFullScreen, type TerminalStreams } from '../terminal.ts'
import { defaultThemeName, type ThemeName, themeOf, wantsAscii } from '../theme.ts'
import { DebugRouterApp } from './app.tsx'
import { DebugModel } from './model.ts'
import type { Subject } from './state.ts'

export interface ShowDebugRouterOptions {
  readonly debug: Debugger
  readonly router: Pick<Subject, 'id' | 'name'>
  readonly orchestrator: Subject['orchestrator']
  /** The listener is to be called after each change of the debugger. */
  readonly listen: (listener: () => void) => void
  readonly theme: ThemeName | null
  readonly ascii: boolean
  readonly streams: TerminalStreams
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * The debugger on the whole screen, until the user leaves. Steps under way are broken off then, and have ended when this returns.
 *
 * @returns the exit status that a signal asks for, or null
 * @throws what the screen died of, after the terminal was given back
 */
export async function showDebugRouter(options: ShowDebugRouterOptions): Promise<number | null> {
  const { debug, router, orchestrator, listen, env, streams, signal } = options
  let leave = (): void => {}
  const model = new DebugModel({
    debug,
    subject: { ...router, orchestrator },
    theme: themeOf(options.theme ?? defaultThemeName(env), { ascii: options.ascii || wantsAscii(env) }),
    clock: systemClock,
    exit: () => leave(),
  })
  listen(() => model.changed())
  return await showFullScreen({
    element: <DebugRouterApp model={model} />,
    streams,
    signal,
    stop: () => model.stop(),
    onReady(unmount) {
      leave = unmount
      model.start()
    },
  })
}
