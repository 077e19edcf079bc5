import { useInput, usePaste, useWindowSize } from 'ink'
import { type ReactElement, useLayoutEffect } from 'react'
import { Screen } from '../components/screen.tsx'
import { keyPresses } from '../keys.ts'
import type { DebugModel } from './model.ts'

/** The debugger on a terminal: keys and sizes go to the model, its frames come back. */
export function DebugRouterApp({ model }: { readonly model: DebugModel }): ReactElement {
  const { columns, rows } = useWindowSize()
  // Before the first paint: no frame of another size may ever be written.
  useLayoutEffect(() => model.resize({ columns, rows }), [model, columns, rows])
  useInput((input, key) => {
    for (const pressed of keyPresses(input, key)) model.press(pressed)
  })
  usePaste((text) => model.paste(text))
  return <Screen frames={model} />
}
