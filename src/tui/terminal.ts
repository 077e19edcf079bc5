import { constants } from 'node:os'
import { createElement, type ReactElement } from 'react'
import { PainterContext } from './components/screen.tsx'
import { Painter } from './painter.ts'
import { type PointerEvent, terminalInput } from './terminal-input.ts'

/** What the screens need of the process. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

/** A full-screen program: `element` is its root; `stop` is called once when it ends, before the terminal is given back. */
export interface FullScreen {
  readonly element: ReactElement
  readonly streams: TerminalStreams
  /** Aborting ends the program. */
  readonly signal: AbortSignal
  readonly stop: () => Promise<void>
  /** Takes clicks and the wheel; absent: the mouse stays the terminal's own. */
  readonly onPointer?: ((event: PointerEvent) => void) | null
  /** Called when the screen is up. */
  readonly onReady?: (leave: () => void) => void
}

/** Frames a second at most: keys must not wait behind a frame of the data, which come far more seldom. */
const MAX_FPS = 200

/** SIGHUP: the terminal itself went away. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Shows a full-screen program on the alternate screen until it ends, and gives the terminal back as it was on every way out: by a key, by a
 * signal, by an error anywhere in the process. Resolves with the exit status that a signal asks for, or null.
 *
 * @throws whatever the program died of, after the terminal was restored
 */
export async function showFullScreen({
  element,
  streams,
  signal,
  stop,
  onPointer = null,
  onReady,
}: FullScreen): Promise<number | null> {
  const { render } = await import('ink')
  const crash = Promise.withResolvers<never>()
  const onCrash = (error: unknown): void => crash.reject(error instanceof Error ? error : new Error(String(error)))
  process.once('uncaughtException', onCrash).once('unhandledRejection', onCrash)
  const { stdin, stdout } = streams
  const input = terminalInput(stdin, stdout, onPointer)
  const painted = createElement(PainterContext.Provider, { value: new Painter(stdout) }, element)
  const instance = render(painted, {
    stdin: input.stream,
    stdout,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    maxFps: MAX_FPS,
    // Nothing of ours writes to the console, and what Node itself has to say does not go through it.
    patchConsole: false,
    isScreenReaderEnabled: false,
  })
  const leave = (): void => instance.unmount()
  let status: number | null = null
  // As long as somebody listens, a signal ends nothing by itself: what must be put back is put back first.
  const onSignal = (name: NodeJS.Signals): void => {
    status = 128 + constants.signals[name]
    leave()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  onReady?.(leave)
  try {
    await Promise.race([instance.waitUntilExit(), crash.promise])
    return status
  } finally {
    signal.removeEventListener('abort', leave)
    instance.unmount()
    input.close()
    await Promise.allSettled([instance.waitUntilExit(), stop()])
    process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash)
    for (const name of SIGNALS) process.off(name, onSignal)
  }
}
