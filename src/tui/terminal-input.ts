import { PassThrough } from 'node:stream'

/** A click on a line (from 0), or so many lines to scroll. */
export type PointerEvent = { readonly row: number } | { readonly lines: number }

const ON = '\u001b[?1000h\u001b[?1006h'
const OFF = '\u001b[?1006l\u001b[?1000l'
/** SGR mouse reports: button, column, line, pressed or released. */
const INTRODUCER = '\u001b\\[<'
const REPORT = new RegExp(`${INTRODUCER}(\\d+);(\\d+);(\\d+)([Mm])`, 'g')
const UNFINISHED = new RegExp(`${INTRODUCER}[\\d;]*$`)
const WHEEL_LINES = 3

/** Takes the mouse reports out of what a terminal sent: the rest is keys. A report that came in two pieces is put together. */
export class MouseFilter {
  #rest = ''

  split(chunk: string): { readonly keys: string; readonly events: readonly PointerEvent[] } {
    const text = this.#rest + chunk
    const open = UNFINISHED.exec(text)
    this.#rest = open === null ? '' : open[0]
    const whole = open === null ? text : text.slice(0, open.index)
    const events: PointerEvent[] = []
    const keys = whole.replaceAll(REPORT, (_all, button: string, _column: string, line: string, how: string) => {
      const code = Number(button) & ~(4 | 8 | 16)
      if (code === 64) events.push({ lines: -WHEEL_LINES })
      else if (code === 65) events.push({ lines: WHEEL_LINES })
      else if (code === 0 && how === 'M') events.push({ row: Number(line) - 1 })
      return ''
    })
    return { keys, events }
  }
}

/** Where a terminal's keys come from, and how to let go of it. */
export interface TerminalInput {
  /** For Ink. */
  readonly stream: NodeJS.ReadStream
  close(): void
}

/**
 * Stands between the terminal and Ink. Ink goes on reading while somebody else has the terminal (`suspendTerminal`), and would take away
 * every other key that is meant for ssh; here nothing is read then. With `onPointer` the mouse is switched on, of which Ink knows nothing.
 */
export function terminalInput(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  onPointer: ((event: PointerEvent) => void) | null,
): TerminalInput {
  const filter = new MouseFilter()
  const through = new PassThrough()
  let reading = false
  const onData = (chunk: Buffer | string): void => {
    const { keys, events } =
      onPointer === null ? { keys: chunk.toString(), events: [] } : filter.split(chunk.toString())
    for (const event of events) onPointer?.(event)
    if (keys !== '') through.write(keys)
  }
  const begin = (): void => {
    if (reading) return
    reading = true
    if (onPointer !== null) stdout.write(ON)
    stdin.ref()
    stdin.on('data', onData).resume()
  }
  const end = (): void => {
    if (!reading) return
    reading = false
    if (onPointer !== null) stdout.write(OFF)
    // Node stops reading a terminal when its standard input is paused.
    stdin.off('data', onData).pause()
    stdin.unref()
  }
  const stream = Object.assign(through, {
    isTTY: true as const,
    setRawMode(on: boolean) {
      stdin.setRawMode(on)
      return stream
    },
    ref() {
      begin()
      return stream
    },
    unref() {
      end()
      return stream
    },
  })
  stdin.setEncoding('utf8')
  return { stream: stream as unknown as NodeJS.ReadStream, close: end }
}
