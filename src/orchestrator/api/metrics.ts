import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import {
  ACTIONS,
  type Action,
  DRIVER_NAMES,
  type DriverName,
  INSTANCE_STATES,
  type InstanceState,
  STEPS,
  type Step,
} from '../../contract/index.ts'
import type { EventSource, Priority } from '../events/index.ts'
import { BulkSummary } from './bulk-summary.ts'
import type { MetricsSource } from './port.ts'

const SOURCES: readonly EventSource[] = ['notification', 'rpc', 'command', 'api', 'health', 'resync', 'supervisor']
const QUEUE_PRIORITIES: readonly Priority[] = ['operator', 'event', 'resync']
const STEP_RESULTS = ['ok', 'failed'] as const
const PUSH_RESULTS = ['accepted', 'rejected', 'failed', 'unchanged'] as const
const ALIVE_RESULTS = ['alive', 'dead'] as const
const BOOT_RESULTS = ['requested', 'failed'] as const
const REPLACEMENT_RESULTS = ['granted', 'deferred'] as const

/** One finished outside call or several of the same kind. `path` is a template, never an address with ids in it. */
interface ApiCalls {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly status: string
  readonly count: number
  readonly seconds: number
}

/** Everything the orchestrator counts, by the names of the operator contract. All counts default to 1. */
export interface Metrics extends MetricsSource {
  event(source: EventSource, action: Action, count?: number): void
  parked(reason: string, count?: number): void
  step(step: Step, result: (typeof STEP_RESULTS)[number], seconds: number, count?: number): void
  apiCalls(calls: ApiCalls): void
  configPush(result: (typeof PUSH_RESULTS)[number], count?: number): void
  aliveCheck(result: (typeof ALIVE_RESULTS)[number], count?: number): void
  boot(result: (typeof BOOT_RESULTS)[number], count?: number): void
  /** Dead instances: replaced, or made to wait for their turn (`replace_rate`, `replace_burst`). */
  replacement(result: (typeof REPLACEMENT_RESULTS)[number], count?: number): void
  workerRestart(): void
  /** Replaces the numbers of resources: what is not named is 0. */
  setResources(
    counts: Iterable<{ readonly driver: DriverName; readonly state: InstanceState; readonly count: number }>,
  ): void
  setQueue(depth: Readonly<Record<Priority, number>>, oldestSeconds: number): void
}

/**
 * Builds the metrics with every label value that is known beforehand set to 0, so that rates have no gap before the first event.
 * `processMetrics` adds the process's own (CPU, memory, event loop).
 */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const resources = new Gauge({
    name: 'astara_resources',
    help: 'Resources by driver and instance state',
    labelNames: ['driver', 'instance_state'],
    registers,
  })
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames: [...labelNames], registers })
  const events = counter('astara_events_total', 'Events taken in', ['source', 'action'])
  const parked = counter('astara_events_parked_total', 'Messages that could not be understood and were parked', [
    'reason',
  ])
  const steps = counter('astara_steps_total', 'Steps of state machines', ['step', 'result'])
  const stepSeconds = new BulkSummary(registry, 'astara_step_seconds', 'Time that steps took')
  const queueDepth = new Gauge({
    name: 'astara_queue_depth',
    help: 'Resources that wait for a pass, by priority',
    labelNames: ['priority'],
    registers,
  })
  const queueAge = new Gauge({
    name: 'astara_queue_age_seconds',
    help: 'How long the oldest resource has been waiting for a pass',
    registers,
  })
  const calls = counter('astara_api_calls_total', 'Calls to outside services', ['service', 'method', 'path', 'status'])
  const callSeconds = new BulkSummary(registry, 'astara_api_call_seconds', 'Time that calls to outside services took')
  const pushes = counter('astara_config_pushes_total', 'Configurations pushed to appliances', ['result'])
  const alive = counter('astara_alive_checks_total', 'Alive checks of appliances', ['result'])
  const boots = counter('astara_boots_total', 'Instances asked of Nova', ['result'])
  const replacements = counter(
    'astara_replacements_total',
    'Dead instances whose turn to be replaced came, or has to be waited for',
    ['result'],
  )
  const restarts = counter('astara_worker_restarts_total', 'Worker processes that died and were started again', [])

  const zeroResources = (): void => {
    for (const driver of DRIVER_NAMES)
      for (const state of INSTANCE_STATES) resources.set({ driver, instance_state: state }, 0)
  }
  zeroResources()
  for (const source of SOURCES) for (const action of ACTIONS) events.inc({ source, action }, 0)
  for (const step of STEPS) {
    stepSeconds.observe({ step }, 0, 0)
    for (const result of STEP_RESULTS) steps.inc({ step, result }, 0)
  }
  for (const priority of QUEUE_PRIORITIES) queueDepth.set({ priority }, 0)
  for (const result of PUSH_RESULTS) pushes.inc({ result }, 0)
  for (const result of ALIVE_RESULTS) alive.inc({ result }, 0)
  for (const result of BOOT_RESULTS) boots.inc({ result }, 0)
  for (const result of REPLACEMENT_RESULTS) replacements.inc({ result }, 0)
  if (options.processMetrics) collectDefaultMetrics({ register: registry })

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    event: (source, action, count = 1) => events.inc({ source, action }, count),
    parked: (reason, count = 1) => parked.inc({ reason }, count),
    step(step, result, seconds, count = 1) {
      steps.inc({ step, result }, count)
      stepSeconds.observe({ step }, seconds, count)
    },
    apiCalls({ service, method, path, status, count, seconds }) {
      calls.inc({ service, method, path, status }, count)
      callSeconds.observe({ service, method, path }, seconds, count)
    },
    configPush: (result, count = 1) => pushes.inc({ result }, count),
    aliveCheck: (result, count = 1) => alive.inc({ result }, count),
    boot: (result, count = 1) => boots.inc({ result }, count),
    replacement: (result, count = 1) => replacements.inc({ result }, count),
    workerRestart: () => restarts.inc(),
    setResources(counts) {
      zeroResources()
      for (const { driver, state, count } of counts) resources.set({ driver, instance_state: state }, count)
    },
    setQueue(depth, oldestSeconds) {
      for (const priority of QUEUE_PRIORITIES) queueDepth.set({ priority }, depth[priority])
      queueAge.set(oldestSeconds)
    },
  }
}
