import { Box, Text, useWindowSize } from 'ink'
import { createContext, type ReactElement, useContext, useLayoutEffect, useSyncExternalStore } from 'react'
import type { Painter } from '../painter.ts'

/** Who paints full screens; null: Ink does. */
export const PainterContext = createContext<Painter | null>(null)

/** Pictures of a whole screen, one after the other: lines that are already painted and none wider than the screen. */
export interface Frames {
  /** Calls back when there is another picture. Returns the way to stop. */
  readonly subscribe: (listener: () => void) => () => void
  readonly getFrame: () => { readonly lines: readonly string[] }
}

/** The whole screen. On a terminal it goes there without React and Ink, which have nothing to do and to lay out then; else it is texts. */
export function Screen({ frames }: { readonly frames: Frames }): ReactElement | null {
  const painter = useContext(PainterContext)
  return painter === null ? <TextScreen frames={frames} /> : <PaintedScreen frames={frames} painter={painter} />
}

function PaintedScreen({ frames, painter }: { readonly frames: Frames; readonly painter: Painter }): null {
  const { columns, rows } = useWindowSize()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another size is another screen
  useLayoutEffect(() => {
    let due = false
    let over = false
    const paint = (): void => {
      due = false
      if (!over) painter.paint(frames.getFrame().lines.slice(0, rows))
    }
    painter.forget()
    paint()
    const unsubscribe = frames.subscribe(() => {
      // Keys that came together are shown together.
      if (!due) queueMicrotask(paint)
      due = true
    })
    return () => {
      over = true
      unsubscribe()
    }
  }, [painter, frames, columns, rows])
  return null
}

/** Ink gives an empty text no line. */
const nonEmpty = (text: string): string => (text === '' ? ' ' : text)

function TextScreen({ frames }: { readonly frames: Frames }): ReactElement {
  const { rows } = useWindowSize()
  const { lines } = useSyncExternalStore(frames.subscribe, frames.getFrame)
  return (
    <Box flexDirection="column">
      {lines.slice(0, rows).map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={row} wrap="truncate">
          {nonEmpty(text)}
        </Text>
      ))}
    </Box>
  )
}
