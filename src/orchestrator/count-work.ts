import type { Metrics } from './api/index.ts'
import type { WorkerCounters } from './worker/protocol.ts'

/** Adds what a worker has counted since its report before. */
export function countWork(metrics: Metrics, counters: WorkerCounters): void {
  for (const call of counters.calls) metrics.apiCalls(call)
  for (const { step, result, seconds, count } of counters.steps) metrics.step(step, result, seconds, count)
  for (const result of ['accepted', 'rejected', 'failed', 'unchanged'] as const) {
    metrics.configPush(result, counters.pushes[result])
  }
  for (const result of ['alive', 'dead'] as const) metrics.aliveCheck(result, counters.alive[result])
  for (const result of ['requested', 'failed'] as const) metrics.boot(result, counters.boots[result])
  for (const result of ['granted', 'deferred'] as const) metrics.replacement(result, counters.replacements[result])
}
