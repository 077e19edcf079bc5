import { PassThrough, Writable } from 'node:stream'
import { createIo, type Io } from '../../src/cli/io.ts'
import type { ColorChoice } from '../../src/cli/terminal.ts'
import { ManualClock } from '../support/manual-clock.ts'

class Sink extends Writable {
  text = ''
  readonly isTTY: boolean
  readonly columns = 100
  constructor(isTTY: boolean) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
  }
  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export interface MemoryIo extends Io {
  readonly clock: ManualClock
  /** What was written so far. */
  readonly out: () => string
  readonly err: () => string
  /** Types into the terminal. */
  readonly type: (text: string) => void
  /** Ends the input. */
  readonly end: () => void
}

/** The io of a command in a test: a terminal of 100 columns, or none. */
export function memoryIo(
  options: {
    readonly terminal?: boolean
    readonly color?: ColorChoice
    readonly env?: Record<string, string>
    readonly now?: number
  } = {},
): MemoryIo {
  const { terminal = false, color, env = {}, now } = options
  const clock = new ManualClock(now)
  const stdin = Object.assign(new PassThrough(), { isTTY: terminal })
  const stdout = new Sink(terminal)
  const stderr = new Sink(terminal)
  const io = createIo({ stdin, stdout, stderr, env }, { color, clock })
  return {
    ...io,
    clock,
    out: () => stdout.text,
    err: () => stderr.text,
    type: (text) => void stdin.write(text),
    end: () => void stdin.end(),
  }
}
