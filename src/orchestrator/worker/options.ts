import type { DebugState, DriverName } from '../../contract/index.ts'
import type { Clock, Logger, Random } from '../../shared/index.ts'
import type { InstanceManager } from '../instances/index.ts'
import type { Counters } from './counters.ts'
import type { FromWorker } from './protocol.ts'

/** Option values that may change while a worker runs. */
export interface WorkerSettings {
  /** Passes at the same time (`num_worker_threads`). */
  readonly maxPasses: number
  readonly healthPeriodMs: number
  readonly healthConcurrency: number
  /** A stall of this process longer than this makes failed alive checks inconclusive. */
  readonly stallThresholdMs: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  /** A longer queue of one resource is warned about (`queue_warning_threshold`). */
  readonly queueWarningThreshold: number
  /** Entries that a timeline keeps (`timeline_entries`). */
  readonly timelineEntries: number
}

/** What a worker is made of. */
export interface WorkerOptions {
  readonly settings: WorkerSettings
  /** The debug modes in force from the start. Default: none. */
  readonly debug?: DebugState
  readonly createManager: (resource: {
    readonly id: string
    readonly tenantId: string
    readonly driver: DriverName
  }) => InstanceManager
  readonly send: (message: FromWorker) => void
  readonly counters: Counters
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
