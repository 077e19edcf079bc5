import { messageOf } from '../../shared/index.ts'

/** Why a try brought no answer. */
export interface Fault {
  /**
   * `unreachable`: no connection was made, the service saw nothing of the request. `broken`: the connection ended before the answer did.
   * `timeout`: too slow. `tls`: the certificate or the handshake was refused. `too_large`: the answer exceeded the cap.
   * `garbage`: what answered does not speak HTTP. `unknown`: a bug, most likely ours.
   */
  readonly kind: 'unreachable' | 'broken' | 'timeout' | 'tls' | 'too_large' | 'garbage' | 'unknown'
  /** The error code of the system or of undici: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  readonly type: string
  readonly detail: string
}

const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const BROKEN: ReadonlySet<string> = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_INFO',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
])
const GARBAGE: ReadonlySet<string> = new Set(['HTTPParserError', 'UND_ERR_HEADERS_OVERFLOW'])
const TLS = /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/

/** Sorts an error thrown by undici or by a socket. */
export function faultOf(error: unknown): Fault {
  const type = text(error, 'code') ?? text(error, 'name') ?? 'Error'
  return { kind: kindOf(error, type), type, detail: detailOf(error) }
}

function kindOf(error: unknown, type: string): Fault['kind'] {
  if (neverConnected(error, type)) return 'unreachable'
  if (TIMEOUTS.has(type)) return 'timeout'
  if (BROKEN.has(type)) return 'broken'
  if (TLS.test(type)) return 'tls'
  if (type === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'too_large'
  if (type.startsWith('HPE_') || GARBAGE.has(type)) return 'garbage'
  return 'unknown'
}

/** Certain only when the failing system call says so; then even a POST can safely be sent again. */
function neverConnected(error: unknown, type: string): boolean {
  if (type === 'UND_ERR_CONNECT_TIMEOUT') return true
  // Several addresses were tried: it counts when none of them connected.
  if (error instanceof AggregateError)
    return error.errors.every((each) => neverConnected(each, text(each, 'code') ?? ''))
  const syscall = text(error, 'syscall')
  return syscall === 'connect' || syscall === 'getaddrinfo'
}

function detailOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return messageOf(error)
}

function text(error: unknown, key: string): string | null {
  if (typeof error !== 'object' || error === null) return null
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : null
}
