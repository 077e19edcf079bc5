import type { Config } from '../config/index.ts'
import type { RpcTarget, Transport } from '../messaging/index.ts'

/**
 * Calls a method of Neutron's L3 plugin, as an L3 agent does: as an administrator, for an empty context lacks some answers. By `requestId`
 * Neutron's log names the call. Throws what the transport throws.
 */
export function callL3Plugin(
  transport: Transport,
  config: Config,
  method: string,
  args: Readonly<Record<string, unknown>>,
  call: { readonly timeoutMs: number; readonly requestId?: string; readonly signal: AbortSignal },
): Promise<unknown> {
  const target: RpcTarget = {
    exchange: config.DEFAULT.neutron_control_exchange,
    topic: 'q-l3-plugin',
    version: '1.0',
  }
  const { requestId, ...options } = call
  const context = { is_admin: true, ...(requestId === undefined ? {} : { request_id: requestId }) }
  return transport.call(target, method, args, { ...options, context })
}
