import type { Config } from '../../config/index.ts'
import type { Transport } from '../../messaging/index.ts'
import { createOpenStack, type OpenStack } from '../../openstack/index.ts'
import { type Clock, createLogger, type Random, silentLogger } from '../../shared/index.ts'
import type { L3Source } from '../drivers/index.ts'
import { CloudView, createInstanceManager, type InstanceDeps, type InstanceManager } from '../instances/index.ts'
import { callNeutron } from '../l3-plugin.ts'
import { instanceSettings, openStackOptions } from '../settings.ts'
import { makeAppliance, makeRouterDriver } from '../worker/parts.ts'
import { Debugger } from './debugger.ts'
import { Gate } from './gate.ts'
import { createInspector } from './inspect.ts'
import { interceptAppliance, interceptL3, interceptOpenStack } from './intercept.ts'
import type { DebuggerOptions } from './options.ts'

/** What a debugger of one router is made of. */
export interface RouterDebuggerOptions extends Pick<DebuggerOptions, 'resourceId' | 'tenantId' | 'guard' | 'baseline'> {
  /** The orchestrator's. */
  readonly config: Config
  /** Connected; null: routers are read by REST alone. Not closed by the debugger. */
  readonly transport: Transport | null
  /** Refuse every write. */
  readonly dryRun: boolean
  readonly clock: Clock
  readonly random: Random
  readonly onChange?: () => void
}

/** A debugger and what has to be closed after it. */
export interface RouterDebugger {
  readonly debugger: Debugger
  close(): Promise<void>
}

/** OpenStack with the orchestrator's credentials, outside any debugger. Throws AstaraError `bad_config`. */
export function openStackOf(
  config: Config,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): OpenStack {
  return createOpenStack({ ...openStackOptions(config), clock, random, logger: silentLogger })
}

/**
 * A debugger with the parts of a worker of that configuration. Connects to nothing yet. Throws AstaraError `bad_config` for options that
 * cannot work.
 */
export function createRouterDebugger(options: RouterDebuggerOptions): RouterDebugger {
  const { config, resourceId, tenantId, transport, dryRun, clock, random, onChange = () => {} } = options
  const gate = new Gate({ clock, dryRun, onChange })
  const logger = createLogger({ level: 'info', pretty: true, stream: { write: (line) => gate.log(line.trimEnd()) } })
  const ending = new AbortController()
  const outside = createOpenStack({
    ...openStackOptions(config),
    clock,
    random,
    logger: silentLogger,
    onCall: (record) => gate.onTry(record),
  })
  const openstack = interceptOpenStack(gate, outside)
  const client = makeAppliance(config, { clock })
  const appliance = interceptAppliance(gate, client, config.DEFAULT.alive_path)
  // Neutron may schedule a router and bind its ports because sync_routers asks: that is a write, too.
  const l3 = transport === null || dryRun ? null : interceptL3(gate, l3Of(config, transport, ending.signal))
  const driver = makeRouterDriver(config, { openstack, l3, clock, logger })
  const settings = instanceSettings(config)
  const makeDeps = (): InstanceDeps => ({
    openstack,
    view: new CloudView({
      openstack,
      clock,
      managementNetworkId: settings.managementNetworkId,
      signal: ending.signal,
      // There is nobody to share calls with.
      window: { windowMs: 0, maxWaitMs: 0 },
    }),
    appliance,
    clock,
    random,
    logger,
    settings,
  })
  const deps = makeDeps()
  const makeManager = (from: InstanceDeps): InstanceManager =>
    createInstanceManager(from, { resourceId, driver, tenantId })
  return {
    debugger: new Debugger({
      ...options,
      gate,
      logger,
      makeManager: () => makeManager(deps),
      inspector: createInspector({
        resourceId,
        openstack,
        appliance,
        driver,
        makeManager: () => makeManager(makeDeps()),
      }),
      onChange,
    }),
    async close() {
      ending.abort(new Error('the debugger was closed'))
      await Promise.allSettled([client.close(), outside.close()])
    },
  }
}

function l3Of(config: Config, transport: Transport, ending: AbortSignal): L3Source {
  const { host, rpc_timeout: seconds } = config.DEFAULT
  return {
    async syncRouters(ids, { signal = ending }) {
      const call = { timeoutMs: seconds * 1_000, signal }
      const answer = await callNeutron(
        transport,
        config,
        'q-l3-plugin',
        'sync_routers',
        { host, router_ids: ids },
        call,
      )
      return Array.isArray(answer) ? answer : []
    },
  }
}
