import { connect } from 'node:net'
import { type Clock, onAbort } from '../../../shared/index.ts'

export interface Knock {
  /** IPv4 or IPv6 address, without brackets. */
  readonly address: string
  readonly port: number
  readonly path: string
  readonly timeoutMs: number
}

export interface Knocked {
  /** Null when no answer came in time. */
  readonly status: number | null
  /** Address of ours that was used, once there was a connection. */
  readonly from?: string | undefined
  /** Of the error that ended it, `ECONNREFUSED` for example; null when there was none. */
  readonly code: string | null
}

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})[ \r]/
/** Longest beginning of an answer that may still turn out to be a status line. */
const MAX_HEAD = 64

/**
 * `GET path` on a connection of its own: the status of the answer, if one came in time. Health checks come once a minute, when
 * no kept connection would still be open, and this costs a third of what a pooled client does. Rejects with the signal's reason.
 */
export function knock(clock: Clock, { address, port, path, timeoutMs }: Knock, signal?: AbortSignal): Promise<Knocked> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const host = address.includes(':') ? `[${address}]` : address
    const socket = connect({ host: address, port, noDelay: true })
    let head = ''
    const end = (settle: () => void): void => {
      timer.cancel()
      callOff?.()
      socket.destroy()
      settle()
    }
    const timer = clock.after(timeoutMs, () => end(() => resolve({ status: null, code: null })), { unref: true })
    const callOff = signal && onAbort(signal, () => end(() => reject(signal.reason)))
    socket.once('connect', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: */*\r\nConnection: close\r\n\r\n`)
    })
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1', 0, MAX_HEAD)
      const status = STATUS_LINE.exec(head)?.[1]
      if (status !== undefined) {
        const from = socket.localAddress
        end(() => resolve({ status: Number(status), from, code: null }))
      } else if (head.length >= MAX_HEAD) end(() => resolve({ status: null, code: null }))
    })
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(() => resolve({ status: null, code: error.code ?? null })),
    )
    socket.once('close', () => end(() => resolve({ status: null, code: null })))
  })
}
