import { type ConfigValues, configFromValues } from '../../config/index.ts'
import { createOpenStack } from '../../openstack/index.ts'
import { createLimiter, createLogger, type Logger, systemClock, systemRandom } from '../../shared/index.ts'
import { createRouterDriver, type Driver } from '../drivers/index.ts'
import {
  type ApplianceClient,
  CloudView,
  createApplianceClient,
  createInstanceManager,
  type InstanceDeps,
} from '../instances/index.ts'
import { instanceSettings, openStackOptions, routerConfigSettings, workerSettings } from '../settings.ts'
import { Counters } from './counters.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import type { RpcProxy } from './rpc-proxy.ts'
import { Worker } from './worker.ts'
import type { BuiltWorker } from './worker-end.ts'

/** Everything a worker process needs, from the configuration that the main process handed over. */
export async function buildWorker(
  init: Extract<ToWorker, { type: 'init' }>,
  rpc: RpcProxy,
  send: (message: FromWorker) => void,
): Promise<BuiltWorker> {
  // The main process of the same build made these values from its own registry.
  const config = configFromValues(init.config as ConfigValues)
  const o = config.DEFAULT
  const clock = systemClock
  const random = systemRandom
  const logger: Logger = createLogger({
    level: o.debug ? 'debug' : o.log_level,
    pretty: o.log_format === 'plain',
    stream: process.stderr,
  }).child({ worker: init.name })
  const counters = new Counters()
  const ending = new AbortController()
  const openstack = createOpenStack({
    ...openStackOptions(config),
    clock,
    random,
    logger,
    onCall: (call) => counters.call(call.service, call.method, call.pathTemplate, call.status, call.durationMs),
  })
  const settings = instanceSettings(config)
  const appliance = bounded(
    createApplianceClient({
      clock,
      managementPrefix: settings.managementPrefix,
      alivePath: o.alive_path,
      aliveTimeoutMs: o.alive_timeout * 1_000,
      configTimeoutMs: o.config_timeout * 1_000,
    }),
    o.appliance_concurrency,
  )
  const deps: InstanceDeps = {
    openstack,
    view: new CloudView({ openstack, clock, managementNetworkId: settings.managementNetworkId, signal: ending.signal }),
    appliance,
    clock,
    random,
    logger,
    settings,
  }
  const rpcTimeoutMs = o.rpc_timeout * 1_000
  const router: Driver = createRouterDriver({
    openstack,
    l3: {
      async syncRouters(ids, { signal }) {
        const started = clock.monotonic()
        const options = { timeoutMs: rpcTimeoutMs, ...(signal === undefined ? {} : { signal }) }
        const count = (status: string): void =>
          counters.call('neutron-rpc', 'call', 'sync_routers', status, clock.monotonic() - started)
        try {
          const answer = await rpc.call('sync_routers', { host: init.host, router_ids: ids }, options)
          count('ok')
          return Array.isArray(answer) ? answer : []
        } catch (error) {
          count('failed')
          throw error
        }
      },
    },
    appliance: {
      imageUuid: config.router.image_uuid ?? '',
      flavor: config.router.instance_flavor ?? o.default_instance_flavor,
      managementPort: config.router.mgt_service_port,
    },
    config: routerConfigSettings(config),
    vpn: null,
    clock,
    logger,
    rpcTimeoutMs,
  })
  const worker = new Worker({
    settings: workerSettings(config),
    createManager: ({ id, tenantId }) => createInstanceManager(deps, { resourceId: id, driver: router, tenantId }),
    send,
    counters,
    clock,
    random,
    logger,
  })
  return {
    worker,
    counters,
    async close() {
      ending.abort(new Error('shutting down'))
      await Promise.allSettled([appliance.close(), openstack.close()])
    },
  }
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
