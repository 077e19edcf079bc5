import type { Config } from '../config/index.ts'
import type { Subscription, Transport } from '../messaging/index.ts'
import { createOpenStack } from '../openstack/index.ts'
import { type Clock, type Logger, messageOf, type Random, systemClock, systemRandom } from '../shared/index.ts'
import {
  type Api,
  type Change,
  createApi,
  createMetrics,
  type Metrics,
  QUESTIONS_TOPIC,
  questionEndpoint,
  type Readiness,
} from './api/index.ts'
import { type BusMembership, joinBus } from './bus-intake.ts'
import { countResources } from './count-resources.ts'
import { countWork } from './count-work.ts'
import { createDebugControl } from './debug-control.ts'
import { ResourceIndex } from './events/index.ts'
import { imageCheck } from './image-check.ts'
import { joinAsL3Agent } from './l3-agent-of.ts'
import { callNeutron } from './l3-plugin.ts'
import { lookAgain } from './look-again.ts'
import { startManagementPort } from './management-port/index.ts'
import { type RunningMetadata, startMetadata } from './metadata/index.ts'
import { createOperatorPort } from './operator-port.ts'
import { createReload } from './reload.ts'
import { Dispatcher } from './scheduler/dispatcher.ts'
import { reconcileSources } from './scheduler/known-resources.ts'
import { Reconciler } from './scheduler/reconciler.ts'
import { ResourceTable } from './scheduler/resource-table.ts'
import { tenantLookup } from './scheduler/tenant-lookup.ts'
import type { WorkerFactory } from './scheduler/worker-handle.ts'
import { WorkerPool } from './scheduler/worker-pool.ts'
import { managementAddress, openStackOptions } from './settings.ts'
import { DebugBook, openConfiguredStore } from './store/index.ts'
import { takeEvents } from './take-events.ts'

export interface DaemonOptions {
  readonly config: Config
  /** Not closed by the daemon: whoever made it does. */
  readonly transport: Transport
  readonly workers: WorkerFactory
  readonly logger: Logger
  /** Of the program. */
  readonly version: string
  /** Reads the configuration files again. Absent: there are none that could have changed. */
  readonly readConfig?: () => Promise<Config>
  /** Told when reloadable options have changed; `config` is what holds from now on. */
  readonly onConfig?: (config: Config) => void
  readonly clock?: Clock
  readonly random?: Random
}

/** A running orchestrator. */
export interface Daemon {
  /** Where the HTTP API listens. */
  readonly apiUrl: string
  readonly table: ResourceTable
  readonly metrics: Metrics
  ready(): Readiness
  /** Resolves once everything Neutron has was handed to the workers for the first time. */
  firstReconcile(): Promise<void>
  /** Finishes the steps under way (at most `shutdown_timeout`) and leaves. Idempotent. */
  stop(): Promise<void>
}

const STATS_MS = 1_000
/** So long the first list waits for the bus. */
const BUS_PATIENCE_MS = 10_000

/**
 * The composition root: builds every part of the orchestrator, starts them in order (workers, API, bus, reconcile) and stops them in the
 * opposite one. The only place with wiring. Throws AstaraError when it cannot start; what was started by then is stopped again.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, transport, logger, version, clock = systemClock, random = systemRandom } = options
  const { host } = config.DEFAULT
  // Reloadable options are read from here.
  let current = config
  const since = new Date(clock.now()).toISOString()
  const book = new DebugBook({ store: openConfiguredStore(config, logger), clock, logger })
  const stopping = new AbortController()
  const metrics = createMetrics({ processMetrics: true })
  const openstack = createOpenStack({
    ...openStackOptions(config),
    clock,
    random,
    logger,
    onCall: (call) =>
      metrics.apiCalls({
        service: call.service,
        method: call.method,
        path: call.pathTemplate,
        status: String(call.status ?? 'none'),
        count: 1,
        seconds: call.durationMs / 1_000,
      }),
  })
  const table = new ResourceTable(host, (id, tenantId) => book.marks.of(id, tenantId))
  const index = new ResourceIndex()
  /** Who hears of changes other than the table's. */
  const listeners = new Set<(change: Change) => void>()
  const pool: WorkerPool = new WorkerPool({
    count: config.DEFAULT.num_worker_processes,
    factory: options.workers,
    init: (name) => ({ type: 'init', name, host, config: current.values(), debug: book.state }),
    clock,
    random,
    logger,
    onReports(worker, changed, removed) {
      for (const report of changed) {
        const { id, driver, tenant_id: tenantId } = report.resource
        table.apply(report, worker)
        const { attachedAsOf, networkIds, externalNetworkIds, subnetIds, portIds } = report
        const attached = { resourceId: id, driver, tenantId, networkIds, externalNetworkIds, subnetIds, portIds }
        dispatcher.learn(attached, attachedAsOf)
        if (driver === 'router') l3Agent?.note(id, report)
      }
      forget(removed)
    },
    onCounters: (_worker, counters) => countWork(metrics, counters),
    onTimeline(news) {
      for (const { resource_id, entry } of news) {
        const known = table.get(resource_id)
        if (!known) continue
        const owner = { tenantId: known.tenant_id, driver: known.driver }
        for (const tell of listeners) tell({ type: 'timeline', resource_id, entry, owner })
      }
    },
    onWorker(index) {
      const worker = pool.describeOne(index)
      if (worker) for (const tell of listeners) tell({ type: 'worker', worker })
    },
    onRestarted(restarted) {
      metrics.workerRestart()
      void reviveShard(restarted)
    },
    call: (method, args, call) => callNeutron(transport, config, 'q-l3-plugin', method, args, call),
  })

  function forget(ids: readonly string[]): void {
    for (const id of ids) {
      table.remove(id)
      dispatcher.forget(id)
      l3Agent?.forget(id)
    }
  }
  const tenantOf = tenantLookup(openstack, { signal: stopping.signal, logger })
  const dispatcher: Dispatcher = new Dispatcher({
    workers: pool.workers,
    index,
    tenantOf,
    clock,
    logger,
    takes: (event, id) => l3Agent?.takes(event, id) ?? true,
  })
  const l3Agent = joinAsL3Agent({
    config: () => current,
    transport,
    neutron: openstack.neutron,
    metrics,
    dispatcher,
    release(id) {
      const worker = dispatcher.workerOf(id)
      if (worker === null || !pool.release(worker, [id])) forget([id])
    },
    resync: (why) => reconciler.request(why, stopping.signal),
    clock,
    random,
    logger,
    signal: stopping.signal,
  })

  /** What a lost worker held is looked at again by its successor. */
  async function reviveShard(restarted: number): Promise<void> {
    const held = [...table.values()].filter((resource) => dispatcher.workerOf(resource.id) === restarted)
    logger.warn({ worker: `w${restarted}`, resources: held.length }, 'worker runs again; reconciling what it held')
    await Promise.all(
      held.map(({ id, tenant_id: tenantId, driver }) =>
        dispatcher.dispatch(lookAgain(id, tenantId, driver, 'supervisor')),
      ),
    )
    reconciler.request('worker restarted', stopping.signal)
  }

  const reconciler: Reconciler = new Reconciler({
    ...reconcileSources({ openstack, table, l3Agent }),
    dispatch: (event) => dispatcher.dispatch(event),
    clock,
    random,
    logger,
    get intervalMs() {
      return current.DEFAULT.resync_interval * 1_000
    },
    maxSleepMs: config.astara_appliance.max_sleep * 1_000,
  })

  const ready = (): Readiness => {
    const reasons: string[] = []
    if (transport.state.state !== 'connected') reasons.push('The message bus is not connected.')
    else if (bus?.trouble) reasons.push(bus.trouble)
    const { lastSuccessAt, lastError } = reconciler.state
    if (lastSuccessAt === null) {
      reasons.push(lastError === null ? 'The first reconcile is not done.' : `The first reconcile fails: ${lastError}`)
    }
    return { ready: reasons.length === 0, reasons }
  }

  pool.setDebug(book.state, null)
  book.onChange((marks, change) => {
    // The workers first: what is reported after this is reported by who knows.
    pool.setDebug(marks.state, change)
    table.remark()
    for (const tell of listeners) tell({ type: 'debug', debug: marks.state })
  })
  const debug = createDebugControl({ book, reconcile: (why) => reconciler.request(why, stopping.signal) })
  const reload = createReload({
    present: () => current,
    read: options.readConfig,
    logger,
    apply(next) {
      current = next
      pool.reconfigure(next.values())
      options.onConfig?.(next)
    },
  })

  const port = createOperatorPort({
    table,
    dispatcher,
    book,
    debug,
    workers: () => pool.describe(),
    ask: (worker, question, signal) => pool.ask(worker, question, signal),
    watchTimelines: (watch) => pool.watchTimelines(watch),
    ready,
    info: { host, since },
    reload,
    tenantOf,
    checkImage: imageCheck({ glance: openstack.glance, clock }),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  const api: Api = createApi(
    {
      port,
      metrics: {
        contentType: metrics.contentType,
        text: () => {
          metrics.setResources(countResources(table))
          const { depth, oldestSeconds } = pool.queue()
          metrics.setQueue(depth, oldestSeconds)
          return metrics.text()
        },
      },
      logger,
      version,
    },
    { listen: config.DEFAULT.api_listen, port: config.DEFAULT.api_port },
  )

  let bus: BusMembership | null = null
  let questions: Subscription | null = null
  let metadata: RunningMetadata | null = null
  let reconciling: Promise<void> = Promise.resolve()
  let stopped: Promise<void> | null = null
  let statsTimer = clock.after(STATS_MS, askStats, { unref: true })
  function askStats(): void {
    pool.askStats()
    statsTimer = clock.after(STATS_MS, askStats, { unref: true })
  }

  async function shutDown(): Promise<void> {
    statsTimer.cancel()
    stopping.abort(new Error('shutting down'))
    await bus?.close().catch((error: unknown) => logger.warn({ err: error }, 'bus subscriptions did not close'))
    await reconciling.catch(() => {})
    await questions?.close().catch((error: unknown) => logger.warn({ err: error }, 'the RPC server did not close'))
    await pool.stop(current.DEFAULT.shutdown_timeout * 1_000)
    await api.close()
    await metadata?.close()
    await openstack.close()
    book.close()
  }
  async function serveMetadata(): Promise<void> {
    metadata = await startMetadata({
      config,
      table,
      attachments: (id) => index.get(id),
      neutron: openstack.neutron,
      pushedAddress: managementAddress(config),
      isReady: () => reconciler.state.lastSuccessAt !== null,
      clock,
      logger,
    })
  }
  /** This machine has got its address on the management network after all: appliances are told, and find the metadata there. */
  async function moveThere(): Promise<void> {
    try {
      await metadata?.close()
      metadata = null
      if (!stopping.signal.aborted) await serveMetadata()
    } catch (error) {
      logger.error({ error: messageOf(error) }, 'metadata cannot be served on the management network')
    }
    pool.reconfigure(current.values())
    reconciler.request('management address', stopping.signal)
  }
  async function answerQuestions(): Promise<void> {
    if (stopping.signal.aborted) return
    questions = await transport.serve({
      exchange: config.DEFAULT.control_exchange,
      topic: QUESTIONS_TOPIC,
      server: host,
      endpoint: questionEndpoint({ port, hub: api.stream, version, logger }),
    })
  }
  /**
   * The first list is read once the bus is subscribed to, so that no change falls between the two; without a bus it is read all the same,
   * and again when the bus is there.
   */
  async function reconcileFromNowOn(membership: BusMembership): Promise<void> {
    const { joined } = membership
    const inTime = await Promise.race([
      joined.then(() => true),
      clock.sleep(BUS_PATIENCE_MS, stopping.signal).then(
        () => false,
        () => true,
      ),
    ])
    if (!inTime) void joined.then(() => reconciler.request('bus joined', stopping.signal))
    await reconciler.run(stopping.signal)
  }
  const stop = (): Promise<void> => {
    stopped ??= shutDown()
    return stopped
  }

  try {
    const { url } = await api.listen()
    const { neutron } = openstack
    const { signal } = stopping
    await startManagementPort({ config, neutron, clock, random, logger, signal, onLate: () => void moveThere() })
    await serveMetadata()
    pool.start()
    const unsubscribe = transport.onState((state) => {
      if (state.state !== 'connected') return
      l3Agent?.reconnected()
      if (state.epoch > 1) reconciler.request('bus reconnected', stopping.signal)
    })
    stopping.signal.addEventListener('abort', unsubscribe)
    const take = takeEvents({ dispatcher, l3Agent, book, debug, pool, reload, logger })
    bus = joinBus({ config, transport, take, metrics, logger, clock, random, signal: stopping.signal })
    void bus.joined.then(answerQuestions).catch((error: unknown) => {
      if (!stopping.signal.aborted) logger.error({ err: error }, 'questions over the bus cannot be answered')
    })
    void l3Agent?.run()
    reconciling = reconcileFromNowOn(bus)
    reconciling.catch((error: unknown) => logger.fatal({ err: error }, 'the orchestrator lost its reconcile loop'))
    logger.info({ host, url, version, workers: config.DEFAULT.num_worker_processes }, 'orchestrator started')
    return { apiUrl: url, table, metrics, ready, firstReconcile: () => reconciler.firstRound(), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
