import type { ConnectionError } from 'fastify'
import type { ErrorAnswer } from '../../contract/index.ts'
import { AstaraError, redactText } from '../../shared/index.ts'

/** What is sent for an error; `bug` is true when it was not foreseen and belongs in the log with its stack. */
export interface ErrorReply {
  readonly status: number
  readonly body: ErrorAnswer
  readonly bug: boolean
}

/** Statuses that the framework itself answers with, in our words. */
const FRAMEWORK: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  400: { code: 'bad_request', message: 'the request is malformed' },
  404: { code: 'not_found', message: 'there is no such path' },
  408: { code: 'timeout', message: 'the request took too long to arrive' },
  413: { code: 'too_large', message: 'the body is too large' },
  414: { code: 'bad_request', message: 'the path is too long' },
  415: { code: 'unsupported_media_type', message: 'the body must be JSON (Content-Type: application/json)' },
  431: { code: 'too_large', message: 'the headers are too large' },
}

const reply = (status: number, code: string, message: string, bug = false): ErrorReply => ({
  status,
  body: { error: { code, message } },
  bug,
})

/** The answer for anything thrown on the way. Nothing of a bug but a reference to the log goes out: no message, no stack. */
export function errorReply(error: unknown, requestId: string): ErrorReply {
  if (error instanceof AstaraError) {
    const details = Object.keys(error.details).length > 0 ? { details: { ...error.details } } : {}
    const suggestions = error.suggestions.length > 0 ? { suggestions: error.suggestions.map(redactText) } : {}
    const body = { error: { code: error.code, message: redactText(error.message), ...suggestions, ...details } }
    return { status: error.http, body, bug: false }
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_')) {
    if (error.code === 'FST_ERR_HANDLER_TIMEOUT')
      return reply(504, 'timeout', 'the orchestrator did not answer in time')
    const known = 'statusCode' in error ? FRAMEWORK[Number(error.statusCode)] : undefined
    if (known && 'statusCode' in error) return reply(Number(error.statusCode), known.code, known.message)
  }
  // JSON.parse and the parser's guards against __proto__ throw plain errors marked with a status.
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400) {
    return reply(400, 'bad_request', 'the body is not valid JSON')
  }
  return reply(500, 'failed', `internal error; the orchestrator's log has more under request ${requestId}`, true)
}

/** The raw answer to bytes that are no HTTP request. */
export function clientErrorReply(error: ConnectionError): string {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const text = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[status]
  const known = FRAMEWORK[status]
  const body = JSON.stringify({ error: { code: known?.code, message: known?.message } })
  return `HTTP/1.1 ${status} ${text}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
}
