import type { Config } from '../../config/index.ts'
import type { OpenStack } from '../../openstack/index.ts'
import type { Clock, Logger, Random } from '../../shared/index.ts'
import { managementPortWithPatience } from './ensure.ts'

/** A start waits so long to be plugged in; then it goes on without, and is told when it is. */
const PATIENCE_MS = 20_000

export interface ManagementPortParts {
  readonly config: Config
  readonly neutron: OpenStack['neutron']
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly signal: AbortSignal
  /** The port was plugged in only after the start had gone on. */
  readonly onLate: () => void
}

/** Plugs this host into the management network when `interface_driver` says so. Resolves when it is, or when that takes too long. */
export async function startManagementPort(parts: ManagementPortParts): Promise<void> {
  const { config, clock, signal, onLate } = parts
  const { interface_driver: driver, management_network_id: networkId, management_subnet_id: subnetId } = config.DEFAULT
  if (driver === 'none' || networkId === null || subnetId === null) return
  let late = false
  const plugged = managementPortWithPatience(
    {
      driver,
      neutron: parts.neutron,
      host: config.DEFAULT.host,
      networkId,
      subnetId,
      integrationBridge: config.DEFAULT.ovs_integration_bridge,
      logger: parts.logger.child({ part: 'management-port' }),
      clock,
      random: parts.random,
      maxSleepMs: config.astara_appliance.max_sleep * 1_000,
    },
    signal,
  ).then(
    () => {
      if (late) onLate()
    },
    () => {
      // Only the signal ends it otherwise.
    },
  )
  const over = new AbortController()
  await Promise.race([plugged, clock.sleep(PATIENCE_MS, AbortSignal.any([signal, over.signal])).catch(() => {})])
  over.abort()
  late = true
}
