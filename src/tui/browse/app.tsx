import { setImmediate as nextTurn } from 'node:timers/promises'
import { useApp, useInput, usePaste, useWindowSize } from 'ink'
import { type ReactElement, useContext, useEffect, useLayoutEffect } from 'react'
import { PainterContext, Screen } from '../components/screen.tsx'
import { keyPresses } from '../keys.ts'
import type { ConsoleModel } from './model.ts'

/** Lets somebody else have the terminal for a while, then takes it back. */
export type Suspend = (work: () => Promise<void>) => Promise<void>

/** The console on a terminal: keys and sizes go to the model, its frames come back. */
export function BrowseApp({
  model,
  onSuspender,
}: {
  readonly model: ConsoleModel
  readonly onSuspender: (suspend: Suspend) => void
}): ReactElement {
  const { suspendTerminal } = useApp()
  const painter = useContext(PainterContext)
  const { columns, rows } = useWindowSize()
  // Before the first paint: no frame of another size may ever be written.
  useLayoutEffect(() => model.resize({ columns, rows }), [model, columns, rows])
  useEffect(
    () =>
      onSuspender(async (work) => {
        // In the turn of the loop in which a key came Node may begin to read again after it was told to stop, and would take keys away from
        // whoever gets the terminal. In a turn of its own it stops.
        await nextTurn()
        painter?.hold()
        try {
          await suspendTerminal(work)
        } finally {
          painter?.release()
        }
      }),
    [onSuspender, suspendTerminal, painter],
  )
  useInput((input, key) => {
    for (const pressed of keyPresses(input, key)) model.press(pressed)
  })
  usePaste((text) => model.paste(text))
  return <Screen frames={model} />
}
