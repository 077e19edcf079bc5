import type { Config } from '../../config/index.ts'
import type { OpenStack } from '../../openstack/index.ts'
import { type Clock, createLimiter, type Logger } from '../../shared/index.ts'
import { createRouterDriver, type Driver, type L3Source } from '../drivers/index.ts'
import { type ApplianceClient, createApplianceClient, createVpnView } from '../instances/index.ts'
import { routerConfigSettings } from '../settings.ts'

/** What the parts that options make are made with besides. */
export interface PartsDeps {
  readonly clock: Clock
  readonly logger: Logger
}

/** The client of all appliances, as the options say. */
export function makeAppliance(config: Config, { clock }: Pick<PartsDeps, 'clock'>): ApplianceClient {
  const o = config.DEFAULT
  const client = createApplianceClient({
    clock,
    managementPrefix: o.management_prefix,
    alivePath: o.alive_path,
    aliveTimeoutMs: o.alive_timeout * 1_000,
    configTimeoutMs: o.config_timeout * 1_000,
  })
  return bounded(client, o.appliance_concurrency)
}

/** The driver of routers, as the options say. `l3` null: everything comes by REST. Throws AstaraError `bad_config`. */
export function makeRouterDriver(
  config: Config,
  { openstack, l3, clock, logger }: PartsDeps & { readonly openstack: OpenStack; readonly l3: L3Source | null },
): Driver {
  return createRouterDriver({
    openstack,
    l3,
    appliance: {
      imageUuid: config.router.image_uuid ?? '',
      flavor: config.router.instance_flavor ?? config.DEFAULT.default_instance_flavor,
      managementPort: config.router.mgt_service_port ?? config.DEFAULT.astara_mgt_service_port,
    },
    config: routerConfigSettings(config),
    vpn: config.router.ipsec_vpn ? createVpnView({ vpn: openstack.vpn, clock }) : null,
    clock,
    logger,
    rpcTimeoutMs: config.DEFAULT.rpc_timeout * 1_000,
    isAgent: config.AGENT.report_state,
  })
}

/**
 * Bounds what passes ask of appliances at the same time. Alive checks are not counted: those of passes are bounded by the passes, those of
 * the health lane by its width, and neither may wait behind a slow push.
 */
function bounded(client: ApplianceClient, concurrency: number): ApplianceClient {
  const limiter = createLimiter(concurrency)
  const lane = Symbol('appliances')
  const never = new AbortController().signal
  const inTurn = async <T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> => {
    const release = await limiter.acquire(lane, signal ?? never)
    try {
      return await call()
    } finally {
      release()
    }
  }
  return {
    permits: (address) => client.permits(address),
    alive: (target, options) => client.alive(target, options),
    interfaces: (target, options) => inTurn(options?.signal, () => client.interfaces(target, options)),
    configure: (target, body, options) => inTurn(options?.signal, () => client.configure(target, body, options)),
    readLabels: (target, options) => inTurn(options?.signal, () => client.readLabels(target, options)),
    close: () => client.close(),
  }
}
