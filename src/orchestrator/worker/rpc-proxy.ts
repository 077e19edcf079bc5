import { onAbort } from '../../shared/index.ts'
import type { FromWorker } from './protocol.ts'

/** A remote procedure failed on the far side of the bus. */
export class ProxiedRpcError extends Error {
  /** Class of the remote exception, or null when the bus itself failed (time-out, not connected). */
  readonly className: string | null
  constructor(name: string, className: string | null, message: string) {
    super(message)
    this.name = name
    this.className = className
  }
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * RPC calls of a worker go over the main process's one connection to the bus. The main process owns the time-out, so a call always ends
 * while the main process lives; a worker without one dies with it.
 */
export class RpcProxy {
  readonly #send: (message: FromWorker) => void
  readonly #pending = new Map<number, Pending>()
  #next = 1

  constructor(send: (message: FromWorker) => void) {
    this.#send = send
  }

  /** Throws ProxiedRpcError or the signal's reason. */
  call(
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: { readonly timeoutMs: number; readonly requestId: string; readonly signal?: AbortSignal },
  ): Promise<unknown> {
    const { signal, timeoutMs, requestId } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const id = this.#next++
      const callOff =
        signal &&
        onAbort(signal, () => {
          if (!this.#pending.delete(id)) return
          this.#send({ type: 'rpc-cancel', id })
          reject(signal.reason)
        })
      const settle =
        <T>(fn: (value: T) => void) =>
        (value: T): void => {
          callOff?.()
          fn(value)
        }
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject) })
      this.#send({ type: 'rpc', id, method, args, timeoutMs, requestId })
    })
  }

  /** The main process's answer. */
  result(id: number, result: unknown): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.resolve(result)
  }

  /** The main process's failure. */
  error(id: number, error: ProxiedRpcError): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.reject(error)
  }
}
