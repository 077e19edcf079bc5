import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/index.ts'
import { AstaraError, createLogger, type Logger, messageOf } from '../shared/index.ts'

/** Where log lines go, and how to be sure that they have got there. */
export interface LogSink {
  write(text: string): void
  close(): Promise<void>
  /** Path of the log file, or null. */
  readonly file: string | null
}

/** Opens the log as the options say: a file, standard error, or both. Throws AstaraError when the file cannot be opened. */
export async function openLogSink(config: Config, options: { readonly defaultFile?: string } = {}): Promise<LogSink> {
  const o = config.DEFAULT
  const named = o.log_file === null ? (options.defaultFile ?? null) : resolve(o.log_dir ?? '.', o.log_file)
  // A file of our own choosing replaces standard error: the terminal shows something else.
  const toStderr = options.defaultFile === undefined ? o.use_stderr : false
  if (named === null) {
    return {
      file: null,
      write: (text) => {
        if (toStderr) process.stderr.write(text)
      },
      close: async () => {},
    }
  }
  const stream = await openFile(named)
  return {
    file: named,
    write: (text) => {
      stream.write(text)
      if (toStderr) process.stderr.write(text)
    },
    close: () => new Promise((done) => stream.end(done)),
  }
}

async function openFile(path: string): Promise<ReturnType<typeof createWriteStream>> {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const stream = createWriteStream(path, { flags: 'a', mode: 0o640 })
    await new Promise<void>((done, fail) => {
      stream.once('open', () => done())
      stream.once('error', fail)
    })
    return stream
  } catch (error) {
    throw new AstaraError('bad_config', `cannot write the log file ${path}: ${messageOf(error)}`, {
      cause: error,
      suggestions: ['Set [DEFAULT] log_file to a file in a folder that this user may write to.'],
    })
  }
}

/** The root logger of a long-running program. Its level is that of `present`, which may be read again while the program runs. */
export function rootLogger(config: Config, sink: LogSink, present: () => Config = () => config): Logger {
  return createLogger({
    level: () => (present().DEFAULT.debug ? 'debug' : present().DEFAULT.log_level),
    pretty: config.DEFAULT.log_format === 'plain',
    stream: sink,
  })
}
