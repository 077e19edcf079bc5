import { Box, Text } from 'ink'
import { memo, type ReactElement } from 'react'

/** One line of the screen, already painted and no wider than the screen. */
const ScreenLine = memo(function ScreenLine({ text }: { readonly text: string }): ReactElement {
  // Ink gives an empty text no line.
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>
})

/**
 * The whole screen: one text for each line, keyed by its place. Only lines that changed render again, and Ink sends only those to the
 * terminal; boxes for cells would cost several times as much.
 */
export function Screen({ lines }: { readonly lines: readonly string[] }): ReactElement {
  return (
    <Box flexDirection="column">
      {lines.map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen; moving texts between places is what costs
        <ScreenLine key={row} text={text} />
      ))}
    </Box>
  )
}
