import { ErrorAnswer } from '../contract/index.ts'
import { AstaraError, type ErrorCode, isErrorCode, messageOf } from '../shared/index.ts'
import type { Deadline } from './deadline.ts'

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'not_allowed',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'refused',
  501: 'not_implemented',
  503: 'unavailable',
  504: 'timeout',
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'name service does not answer',
  EADDRNOTAVAIL: 'no such address',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_SOCKET: 'connection lost',
}

/** The code of a network error, however deep it sits. */
function codeOf(error: unknown): string | null {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    if ('code' in e && typeof e.code === 'string') return e.code
    if (e instanceof AggregateError) return codeOf(e.errors[0])
  }
  return null
}

/** True when the connection broke under an answer that had not begun: a read may be tried again. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET'
}

/** What a call without an answer ended with, for a person. */
export function callError(cause: unknown, target: string, deadline: Deadline, timeoutMs: number): AstaraError {
  if (cause instanceof AstaraError) return cause
  if (deadline.cause === 'caller') return new AstaraError('interrupted', 'interrupted', { cause })
  const code = codeOf(cause)
  if (deadline.cause === 'time' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new AstaraError('timeout', `the orchestrator at ${target} did not answer within ${timeoutMs / 1000} s`, {
      cause,
      suggestions: ['It may be busy: try again, or give it longer with --timeout.'],
      details: { target, timeout_ms: timeoutMs },
    })
  }
  const reason = (code === null ? undefined : REASONS[code]) ?? messageOf(cause)
  return new AstaraError('unreachable', `no orchestrator answers at ${target}: ${reason}`, {
    cause,
    suggestions: [
      'Is it running there? On that machine: astara run',
      'Another address: --url http://host:port, or the environment variable ASTARA_URL.',
    ],
    details: { target, reason },
  })
}

/** What an answer that is an error says; `text` is its body. */
export function answerError(status: number, text: string, target: string): AstaraError {
  let answer: ErrorAnswer | null = null
  try {
    answer = ErrorAnswer.parse(JSON.parse(text))
  } catch {
    return strangeAnswer(target, `status ${status} without an error that it could have sent`)
  }
  const { code, message, suggestions = [], details } = answer.error
  return new AstaraError(isErrorCode(code) ? code : (BY_STATUS[status] ?? 'failed'), message, {
    suggestions,
    details: { ...details, status },
  })
}

/** Somebody answered, but not as an orchestrator does. */
export function strangeAnswer(target: string, why: string, cause?: unknown): AstaraError {
  return new AstaraError(
    'failed',
    `what answers at ${target} does not speak like an orchestrator of this version: ${why}`,
    {
      cause,
      suggestions: ['Check the address (--url, ASTARA_URL) and that both sides are of the same version.'],
      details: { target },
    },
  )
}
