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

/** The terminal's input without its mouse reports. */
export interface MouseInput {
  readonly stream: NodeJS.ReadStream
  /** While `work` has the terminal, its mouse is its own. */
  without(work: () => Promise<void>): Promise<void>
  close(): void
}

/** Switches the mouse on and stands between the terminal and Ink, which knows nothing of mice. */
export function mouseInput(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  onEvent: (event: PointerEvent) => void,
): MouseInput {
  const filter = new MouseFilter()
  const through = new PassThrough()
  const onData = (chunk: Buffer | string): void => {
    const { keys, events } = filter.split(chunk.toString())
    for (const event of events) onEvent(event)
    if (keys !== '') through.write(keys)
  }
  const stream = Object.assign(through, {
    isTTY: true as const,
    setRawMode(on: boolean) {
      stdin.setRawMode(on)
      return stream
    },
    ref() {
      stdin.ref()
      stdin.on('data', onData).resume()
      return stream
    },
    unref() {
      stdin.off('data', onData).pause()
      stdin.unref()
      return stream
    },
  })
  stdin.setEncoding('utf8')
  stdout.write(ON)
  return {
    stream: stream as unknown as NodeJS.ReadStream,
    async without(work) {
      stdout.write(OFF)
      try {
        await work()
      } finally {
        stdout.write(ON)
      }
    },
    close() {
      stdout.write(OFF)
      stdin.off('data', onData).pause()
    },
  }
}
