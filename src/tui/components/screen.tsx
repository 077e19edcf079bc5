import { Box, Text, useWindowSize } from 'ink'
import { createContext, type ReactElement, useContext, useLayoutEffect } from 'react'
import type { Painter } from '../painter.ts'

/** Who paints full screens; null: Ink does. */
export const PainterContext = createContext<Painter | null>(null)

/** Ink gives an empty text no line. */
const nonEmpty = (text: string): string => (text === '' ? ' ' : text)

/**
 * The whole screen: its lines, already painted and none wider than the screen. On a terminal they go there without Ink, which has nothing
 * to lay out then; elsewhere they are a text for each line.
 */
export function Screen({ lines }: { readonly lines: readonly string[] }): ReactElement | null {
  const painter = useContext(PainterContext)
  const { columns, rows } = useWindowSize()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another size is another screen
  useLayoutEffect(() => painter?.forget(), [painter, columns, rows])
  useLayoutEffect(() => painter?.paint(lines))
  if (painter !== null) return null
  return (
    <Box flexDirection="column">
      {lines.map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Text key={row} wrap="truncate">
          {nonEmpty(text)}
        </Text>
      ))}
    </Box>
  )
}
