import type { Config } from '../../config/index.ts'
import type { Transport } from '../../messaging/index.ts'
import { escapeControls, messageOf, silentLogger } from '../../shared/index.ts'
import { transportOf } from '../transport.ts'

const PATIENCE_MS = 5_000

/** The orchestrator's bus; null, with the reason said, when there is none: then Neutron is read by REST alone. */
export async function openBus(
  config: Config,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<Transport | null> {
  if (config.DEFAULT.transport_url === null) {
    note('[DEFAULT] transport_url is not set: Neutron is read by REST alone.')
    return null
  }
  const transport = transportOf(config, silentLogger)
  try {
    await transport.connect(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]))
    return transport
  } catch (error) {
    await transport.close()
    signal.throwIfAborted()
    note(`The message bus is away (${escapeControls(messageOf(error))}): Neutron is read by REST alone.`)
    return null
  }
}
