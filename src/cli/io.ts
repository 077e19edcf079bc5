import { AstaraError, type Clock, systemClock } from '../shared/index.ts'
import { pagerCommand, showInPager } from './pager.ts'
import { type ColorChoice, type Paint, paintFor } from './terminal.ts'

const SPINNER_AFTER_MS = 200
const SPINNER_EACH_MS = 100
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const CLEAR_LINE = '\r\u001b[K'

/** Where a command's words go. The only place that knows about terminals, colour and width. */
export interface Io {
  /** Standard output is a terminal: ages instead of times, columns cut to the width. */
  readonly isTerminal: boolean
  /** Somebody is there to answer a question. */
  readonly canAsk: boolean
  /** Columns of the terminal; null when there is none: then nothing is ever cut. */
  readonly width: number | null
  readonly clock: Clock
  /** Colours for standard output. */
  readonly paint: Paint
  /** Colours for standard error. */
  readonly paintError: Paint
  /** Writes results (standard output). */
  print(text: string): void
  /** Shows what was printed and held back for a pager. To be called when all is printed; does nothing where nothing is held back. */
  flush(): Promise<void>
  /** Says something about the work (standard error), as a line. */
  note(text: string): void
  /** Waits for `work`; on a terminal that takes longer than a blink, `label` is shown meanwhile on standard error. */
  busy<T>(label: string, work: Promise<T>): Promise<T>
  /**
   * Asks on standard error and reads one line; '' at the end of the input.
   *
   * @throws AstaraError `interrupted` on Ctrl-C or when `signal` aborts.
   */
  ask(question: string, signal?: AbortSignal): Promise<string>
  /**
   * All of standard input, for `-`.
   *
   * @throws AstaraError `usage` when that is a terminal; `interrupted` when `signal` aborts
   */
  readInput(signal?: AbortSignal): Promise<string>
}

/** What `createIo` needs of a process. */
export interface IoStreams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean
    readonly columns?: number
    readonly rows?: number
  }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface IoOptions {
  /** What `--color` says. */
  readonly color?: ColorChoice | undefined
  readonly clock?: Clock
  /** On a terminal, hold results back until `flush` and show them in a pager when they are longer than the screen. */
  readonly page?: boolean
}

/** The io of a process. */
export function createIo({ stdin, stdout, stderr, env }: IoStreams, options: IoOptions = {}): Io {
  const { color = 'auto', clock = systemClock, page = false } = options
  const isTerminal = stdout.isTTY === true
  const errIsTerminal = stderr.isTTY === true
  const pager = page && isTerminal && stdin.isTTY === true ? pagerCommand(env) : null
  let held = ''

  return {
    isTerminal,
    canAsk: stdin.isTTY === true && errIsTerminal,
    width: isTerminal ? (stdout.columns ?? 80) : null,
    clock,
    paint: paintFor(color, isTerminal, env),
    paintError: paintFor(color, errIsTerminal, env),
    print(text) {
      if (pager === null) stdout.write(text)
      else held += text
    },
    async flush() {
      const text = held
      held = ''
      if (pager === null || text === '') return
      const lines = text.split('\n').length
      const shown = lines > (stdout.rows ?? 24) && (await showInPager(pager, text, env))
      if (!shown) stdout.write(text)
    },
    note: (text) => void stderr.write(`${text}\n`),

    async busy(label, work) {
      if (!errIsTerminal || env.TERM === 'dumb') return work
      let frame = 0
      let shown = false
      const draw = (): void => {
        stderr.write(`${CLEAR_LINE}${SPINNER[frame++ % SPINNER.length]} ${label}`)
        shown = true
        timer = clock.after(SPINNER_EACH_MS, draw, { unref: true })
      }
      let timer = clock.after(SPINNER_AFTER_MS, draw, { unref: true })
      try {
        return await work
      } finally {
        timer.cancel()
        if (shown) stderr.write(CLEAR_LINE)
      }
    },

    async ask(question, signal) {
      const { createInterface } = await import('node:readline')
      const reader = createInterface({ input: stdin, output: stderr })
      try {
        return await new Promise<string>((resolve, reject) => {
          const interrupted = (): void => reject(new AstaraError('interrupted', 'interrupted'))
          reader.on('SIGINT', interrupted)
          signal?.addEventListener('abort', interrupted, { once: true })
          reader.on('close', () => resolve(''))
          reader.question(question, resolve)
        })
      } finally {
        reader.close()
      }
    },

    async readInput(signal) {
      if (stdin.isTTY === true) {
        throw new AstaraError('usage', 'standard input is a terminal, not a list', {
          suggestions: ['- reads ids from a pipe: astara ctl router list -o name | astara ctl router update - --yes'],
        })
      }
      const chunks: string[] = []
      const { addAbortSignal, Readable } = await import('node:stream')
      const source = stdin instanceof Readable && signal ? addAbortSignal(signal, stdin) : stdin
      try {
        for await (const chunk of source) chunks.push(String(chunk))
      } catch (cause) {
        throw new AstaraError(signal?.aborted ? 'interrupted' : 'failed', 'standard input could not be read', { cause })
      }
      return chunks.join('')
    },
  }
}
