import { randomUUID } from 'node:crypto'
import { type Config, type ConfigValues, configFromValues } from '../../config/index.ts'
import { createOpenStack, type OpenStack } from '../../openstack/index.ts'
import {
  createLimiter,
  createLogger,
  type Logger,
  type LoggerOptions,
  messageOf,
  systemClock,
  systemRandom,
} from '../../shared/index.ts'
import type { Driver, L3Source } from '../drivers/index.ts'
import { StallGuard } from '../health/index.ts'
import {
  type ApplianceClient,
  CloudView,
  createInstanceManager,
  type InstanceDeps,
  noteRequest,
  ReplacementBudget,
} from '../instances/index.ts'
import { instanceSettings, openStackOptions, stormLimits, workerSettings } from '../settings.ts'
import { Counters } from './counters.ts'
import { live } from './live.ts'
import { makeAppliance, makeRouterDriver } from './parts.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import type { RpcProxy } from './rpc-proxy.ts'
import { Worker } from './worker.ts'
import type { BuiltWorker } from './worker-end.ts'

/** What is made of options and exchanged when they are read again. */
interface Made {
  readonly openstack: OpenStack
  readonly appliance: ApplianceClient
  readonly router: Driver
}

/** Everything a worker process needs, from the configuration that the main process handed over. */
export async function buildWorker(
  init: Extract<ToWorker, { type: 'init' }>,
  rpc: RpcProxy,
  send: (message: FromWorker) => void,
): Promise<BuiltWorker> {
  // The main process of the same build made these values from its own registry.
  let config = configFromValues(init.config as ConfigValues)
  const clock = systemClock
  const random = systemRandom
  const logger: Logger = createLogger({
    level: () => logLevel(config),
    pretty: config.DEFAULT.log_format === 'plain',
    stream: process.stderr,
  }).child({ worker: init.name })
  const counters = new Counters()
  const ending = new AbortController()

  const makeOpenStack = (from: Config): OpenStack =>
    createOpenStack({
      ...openStackOptions(from),
      clock,
      random,
      logger,
      onCall(call) {
        counters.call(call.service, call.method, call.pathTemplate, call.status, call.durationMs)
        const endedAt = clock.monotonic()
        noteRequest({ ...call, status: call.status ?? call.error, startedAt: endedAt - call.durationMs, endedAt })
      },
    })
  const firstOpenStack = makeOpenStack(config)
  const openstack = live(firstOpenStack)
  const makeRouter = (from: Config): Driver =>
    makeRouterDriver(from, {
      openstack: openstack.value,
      l3: l3Source(init.host, rpc, counters, from.DEFAULT.rpc_timeout * 1_000),
      clock,
      logger,
    })
  const first: Made = {
    openstack: firstOpenStack,
    appliance: makeAppliance(config, { clock }),
    router: makeRouter(config),
  }
  const made = [first]
  const appliance = live(first.appliance)
  const router = live(first.router)
  let settings = instanceSettings(config)
  const limits = stormLimits(config, init.share)
  const boots = createLimiter(limits.boots)
  const replacements = new ReplacementBudget(clock, limits.replacements, (result) => counters.replacement(result))
  const stallGuard = new StallGuard(clock, workerSettings(config, init.share).stallThresholdMs)
  const deps: InstanceDeps = {
    openstack: openstack.value,
    view: new CloudView({
      openstack: openstack.value,
      clock,
      managementNetworkId: settings.managementNetworkId,
      signal: ending.signal,
    }),
    appliance: appliance.value,
    clock,
    random,
    logger,
    boots,
    replacements,
    stalledSince: (start) => stallGuard.stalledSince(start),
    get settings() {
      return settings
    },
  }
  const worker = new Worker({
    settings: workerSettings(config, init.share),
    ...(init.debug ? { debug: init.debug } : {}),
    createManager: ({ id, tenantId }) =>
      createInstanceManager(deps, { resourceId: id, driver: router.value, tenantId }),
    send,
    counters,
    clock,
    random,
    logger,
  })
  return {
    worker,
    counters,
    reconfigure(values) {
      const next = configFromValues(values as ConfigValues)
      try {
        const nextSettings = instanceSettings(next)
        const nextWorker = workerSettings(next, init.share)
        const nextAppliance = makeAppliance(next, { clock })
        const nextRouter = makeRouter(next)
        const nextOpenStack = makeOpenStack(next)
        // The old ones are let be until the end: calls of theirs may still be under way.
        made.push({ openstack: nextOpenStack, appliance: nextAppliance, router: nextRouter })
        openstack.swap(nextOpenStack)
        appliance.swap(nextAppliance)
        router.swap(nextRouter)
        settings = nextSettings
        const nextLimits = stormLimits(next, init.share)
        boots.resize(nextLimits.boots)
        replacements.setLimits(nextLimits.replacements)
        stallGuard.thresholdMs = nextWorker.stallThresholdMs
        config = next
        worker.applySettings(nextWorker)
      } catch (error) {
        logger.error({ error: messageOf(error) }, 'the new configuration could not be taken over')
      }
    },
    async close() {
      ending.abort(new Error('shutting down'))
      stallGuard.close()
      await Promise.allSettled(made.flatMap((one) => [one.appliance.close(), one.openstack.close()]))
    },
  }
}

const logLevel = ({ DEFAULT: o }: Config): ReturnType<Exclude<LoggerOptions['level'], string>> =>
  o.debug ? 'debug' : o.log_level

/** `sync_routers` through the main process, counted. */
function l3Source(host: string, rpc: RpcProxy, counters: Counters, timeoutMs: number): L3Source {
  const about = { service: 'neutron-rpc', method: 'call', pathTemplate: 'sync_routers' } as const
  return {
    async syncRouters(ids, { signal }) {
      const startedAt = systemClock.monotonic()
      const requestId = `req-${randomUUID()}`
      const done = (outcome: 'ok' | 'failed', status: string): void => {
        const endedAt = systemClock.monotonic()
        counters.call(about.service, about.method, about.pathTemplate, outcome, endedAt - startedAt)
        noteRequest({ ...about, status, requestId, startedAt, endedAt })
      }
      try {
        const options = { timeoutMs, requestId, ...(signal === undefined ? {} : { signal }) }
        const answer = await rpc.call('sync_routers', { host, router_ids: ids }, options)
        done('ok', 'ok')
        return Array.isArray(answer) ? answer : []
      } catch (error) {
        done('failed', messageOf(error))
        throw error
      }
    },
  }
}
