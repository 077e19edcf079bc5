import { type Logger as PinoLogger, pino } from 'pino'
import { escapeControls, redactText } from './safe-text.ts'

/** Structured logger: `log.info({resource_id}, 'text')`. Fields are snake_case. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger
}

/** Paths that never appear in a log line, at any depth the OpenStack and AMQP payloads use. */
const SECRET_KEYS = [
  'password',
  'secret',
  'token',
  'auth_token',
  '_context_auth_token',
  'X-Auth-Token',
  'x-auth-token',
  'X-Subject-Token',
  'x-subject-token',
  'authorization',
  'psk',
  'user_data',
  'transport_url',
  'amqp_url',
  'neutron_metadata_proxy_shared_secret',
]

const quote = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : `["${key}"]`)
const redactPaths = SECRET_KEYS.flatMap((key) => {
  const q = quote(key)
  const join = q.startsWith('[') ? '' : '.'
  return [q, `*${join}${q}`, `*.*${join}${q}`]
})

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Where log lines go. `pretty` is one plain line per record; otherwise JSON lines. */
export interface LoggerOptions {
  /** A function is asked for each line: the level may change while the program runs, for child loggers too. */
  readonly level: Level | (() => Level)
  readonly stream: { write(line: string): unknown }
  readonly pretty: boolean
}

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}
const HIDDEN_FIELDS = new Set(['level', 'time', 'msg', 'pid', 'hostname'])

function plainLine(json: string): string {
  const record: Record<string, unknown> = JSON.parse(json)
  const time = typeof record.time === 'string' ? record.time : ''
  const level = typeof record.level === 'number' ? (LEVEL_NAMES[record.level] ?? '') : ''
  const fields = Object.entries(record)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' && /^[\w.:/@*-]+$/.test(value) ? value : JSON.stringify(value)}`,
    )
  const text = escapeControls([time, level.padEnd(5), String(record.msg ?? ''), ...fields].join(' '))
  return `${text}\n`
}

/** Builds the process's root logger. Secrets are redacted by key and URLs lose their credentials. */
export function createLogger(options: LoggerOptions): Logger {
  const sink = {
    write: (line: string): void => {
      const safe = redactText(line)
      options.stream.write(options.pretty ? plainLine(safe) : safe)
    },
  }
  const { level } = options
  const numberOf = (name: Level): number =>
    name === 'silent' ? Number.POSITIVE_INFINITY : (pino.levels.values[name] ?? 30)
  return pino(
    {
      level: typeof level === 'string' ? level : 'trace',
      ...(typeof level === 'string'
        ? {}
        : {
            hooks: {
              logMethod(args, method, lineLevel) {
                if (lineLevel >= numberOf(level())) method.apply(this, args)
              },
            },
          }),
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: { paths: redactPaths, censor: '***' },
      serializers: { err: pino.stdSerializers.err },
    },
    sink,
  )
}

const nothing = (): void => {}

/** A logger that says nothing (tests, one-shot commands). Made by hand: a command that needs no log should not load pino. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLogger,
}
