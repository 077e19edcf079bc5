/**
 * The table of errors: one row for each kind of failure that a person or another program can meet. Code branches on `code`, never on
 * message text. `exit` is the exit status of a command that ends with it (see docs: exit codes), `http` the status of an API answer.
 */
const ERRORS = {
  bad_request: { exit: 2, http: 400 },
  bad_config: { exit: 2, http: 400 },
  usage: { exit: 2, http: 400 },
  refused: { exit: 2, http: 409 },
  ambiguous: { exit: 2, http: 409 },
  not_found: { exit: 3, http: 404 },
  not_allowed: { exit: 4, http: 403 },
  unauthorized: { exit: 4, http: 401 },
  unreachable: { exit: 5, http: 502 },
  partial: { exit: 6, http: 207 },
  timeout: { exit: 8, http: 504 },
  interrupted: { exit: 130, http: 499 },
  failed: { exit: 1, http: 500 },
  address_in_use: { exit: 1, http: 500 },
  not_implemented: { exit: 2, http: 501 },
  method_not_allowed: { exit: 2, http: 405 },
  unavailable: { exit: 5, http: 503 },
} as const satisfies Record<string, { exit: number; http: number }>

/** A stable error code. */
export type ErrorCode = keyof typeof ERRORS

/** True for a code of the table (another program may send any text). */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text)
}

/**
 * An error meant for a person: says what happened, to what, and what to do next. Its stack is never shown to users.
 * Anything that is not an AstaraError is a bug and is shown as one.
 */
export class AstaraError extends Error {
  readonly code: ErrorCode
  /** What to do next, each a full sentence or a command to type. */
  readonly suggestions: readonly string[]
  /** Machine-readable particulars (never secrets). */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly cause?: unknown
      readonly suggestions?: readonly string[]
      readonly details?: Readonly<Record<string, unknown>>
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AstaraError'
    this.code = code
    this.suggestions = options.suggestions ?? []
    this.details = options.details ?? {}
  }

  /** Exit status for a command that ends with this error. */
  get exit(): number {
    return ERRORS[this.code].exit
  }

  /** HTTP status for an API answer that carries this error. */
  get http(): number {
    return ERRORS[this.code].http
  }
}

/** Message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Closes a switch over a union: a new member becomes a type error here. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`)
}
