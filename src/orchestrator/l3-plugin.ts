import type { Config } from '../config/index.ts'
import type { RpcTarget, Transport } from '../messaging/index.ts'
import type { Clock } from '../shared/index.ts'
import type { Metrics } from './api/index.ts'
import type { NeutronCall } from './l3-agent/index.ts'

/**
 * Calls a method of Neutron's, as an L3 agent does: as an administrator, for an empty context lacks some answers. By `requestId` Neutron's
 * log names the call. Throws what the transport throws.
 */
export function callNeutron(
  transport: Transport,
  config: Config,
  topic: Parameters<NeutronCall>[0],
  method: string,
  args: Readonly<Record<string, unknown>>,
  call: {
    readonly timeoutMs: number
    readonly signal: AbortSignal
    readonly requestId?: string
    readonly version?: string
  },
): Promise<unknown> {
  const { version = '1.0', requestId, timeoutMs, signal } = call
  const target: RpcTarget = { exchange: config.DEFAULT.neutron_control_exchange, topic, version }
  const context = { is_admin: true, ...(requestId === undefined ? {} : { request_id: requestId }) }
  return transport.call(target, method, args, { timeoutMs, signal, context })
}

/** Calls of the main process's own, counted. */
export function countedCalls(options: {
  readonly transport: Transport
  /** The configuration in force. */
  readonly config: () => Config
  readonly metrics: Pick<Metrics, 'apiCalls'>
  readonly clock: Clock
}): NeutronCall {
  const { transport, config, metrics, clock } = options
  return async (topic, method, args, { version, signal }) => {
    const started = clock.monotonic()
    const count = (status: string): void =>
      metrics.apiCalls({
        service: 'neutron-rpc',
        method: 'call',
        path: method,
        status,
        count: 1,
        seconds: (clock.monotonic() - started) / 1_000,
      })
    try {
      const timeoutMs = Math.min(config().DEFAULT.rpc_timeout, MAX_TIMEOUT_S) * 1_000
      const result = await callNeutron(transport, config(), topic, method, args, { version, signal, timeoutMs })
      count('ok')
      return result
    } catch (error) {
      count('failed')
      throw error
    }
  }
}

/** A report that is not answered for longer is better repeated: agents that are silent for 75 s count as dead. */
const MAX_TIMEOUT_S = 20
