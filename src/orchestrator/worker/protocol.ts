import type { DebugState, Resource, Step, TimelineEntry } from '../../contract/index.ts'
import type { L3Facts } from '../drivers/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import type { DebugChange } from '../store/index.ts'

/** What a worker knows of a resource; the main process adds host, worker and revision. */
export interface ResourceReport {
  readonly resource: Omit<Resource, 'host' | 'worker' | 'revision' | 'debug'>
  /** The worker has not looked at it yet: what was known of it before is nearer to the truth than this. */
  readonly fresh?: boolean
  /** When Neutron began to be asked for the attachments below, milliseconds since the epoch; null: never. */
  readonly attachedAsOf: number | null
  /** For finding the resources that an event without a resource id concerns. */
  readonly networkIds: readonly string[]
  /** Those of `networkIds` where the resource only has its gateway. */
  readonly externalNetworkIds: readonly string[]
  readonly subnetIds: readonly string[]
  readonly portIds: readonly string[]
  /** For what an L3 agent reports to Neutron. null: not known yet, or nothing to report. */
  readonly l3: (L3Facts & { readonly carried: readonly string[] }) | null
}

/** A finished outside call, added up between two reports. */
export interface CallCount {
  readonly service: string
  readonly method: string
  readonly path: string
  readonly status: string
  readonly count: number
  readonly seconds: number
}

/** Counters since the report before. */
export interface WorkerCounters {
  readonly calls: readonly CallCount[]
  readonly steps: readonly {
    readonly step: Step
    readonly result: 'ok' | 'failed'
    readonly count: number
    readonly seconds: number
  }[]
  readonly pushes: Readonly<Record<'accepted' | 'rejected' | 'failed' | 'unchanged', number>>
  readonly alive: Readonly<Record<'alive' | 'dead', number>>
  readonly boots: Readonly<Record<'requested' | 'failed', number>>
  /** Dead instances whose turn to be replaced came, and that had to wait for it. */
  readonly replacements: Readonly<Record<'granted' | 'deferred', number>>
}

/** How a worker is doing. */
export interface WorkerStats {
  readonly resources: number
  readonly queued: number
  readonly queueDepth: Readonly<Record<'operator' | 'event' | 'resync', number>>
  readonly queueAgeSeconds: number
  readonly running: readonly { readonly resource_id: string; readonly step: Step; readonly since: string }[]
  readonly rssBytes: number
  readonly heapBytes: number
  readonly eventLoopP99Ms: number
  /** CPU seconds (user and system) that the worker process has used since it started. */
  readonly cpuSeconds: number
}

/** What only the worker knows of a resource. */
export type Question = { readonly kind: 'timeline' | 'config'; readonly resourceId: string }

/** Whose timelines somebody reads as they grow. */
export interface TimelineWatch {
  /** Everybody's; what merely repeats is then left out. */
  readonly all: boolean
  readonly ids: readonly string[]
}

/** An entry with its owner. */
export interface TimelineNews {
  readonly resource_id: string
  readonly entry: TimelineEntry
}

/** One worker of so many. */
export interface Share {
  readonly index: number
  readonly of: number
}

/** Main process → worker. */
export type ToWorker =
  | {
      readonly type: 'init'
      readonly name: string
      readonly host: string
      readonly config: unknown
      /** Which part of what is limited per orchestrator is this worker's. Absent: all of it. */
      readonly share?: Share
      /** The debug modes in force. Absent: none. */
      readonly debug?: DebugState
    }
  /** The debug modes in force; `change` when an operator has just changed them. */
  | { readonly type: 'debug'; readonly state: DebugState; readonly change: DebugChange | null }
  /** The files were read again: a whole configuration whose reloadable options may differ. */
  | { readonly type: 'config'; readonly config: unknown }
  /** These are somebody else's from now on: they are forgotten, and nothing of theirs is touched. */
  | { readonly type: 'release'; readonly ids: readonly string[] }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'watch'; readonly watch: TimelineWatch }
  | { readonly type: 'events'; readonly seq: number; readonly events: readonly ResourceEvent[] }
  | { readonly type: 'rpc-result'; readonly id: number; readonly result: unknown }
  | {
      readonly type: 'rpc-error'
      readonly id: number
      readonly name: string
      readonly className: string | null
      readonly message: string
    }
  | { readonly type: 'stats' }
  | { readonly type: 'shutdown'; readonly graceMs: number }

/** Worker → main process. */
export type FromWorker =
  | { readonly type: 'ready' }
  /** All events messages up to this `seq` sit in automata's queues. */
  | { readonly type: 'ack'; readonly seq: number }
  | { readonly type: 'reports'; readonly changed: readonly ResourceReport[]; readonly removed: readonly string[] }
  | { readonly type: 'timeline'; readonly news: readonly TimelineNews[] }
  /** null: it does not have this resource. */
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | {
      readonly type: 'rpc'
      readonly id: number
      readonly method: string
      readonly args: Readonly<Record<string, unknown>>
      readonly timeoutMs: number
      /** By which the far side's log names the call. */
      readonly requestId: string
    }
  | { readonly type: 'rpc-cancel'; readonly id: number }
  | { readonly type: 'stats'; readonly stats: WorkerStats; readonly counters: WorkerCounters }

/** One end of the channel between the main process and a worker; in tests both ends live in one process. */
export interface Channel<Out, In> {
  send(message: Out): void
  onMessage(listener: (message: In) => void): void
}
