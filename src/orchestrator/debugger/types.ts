import type { Action, ConfigChange, InstanceState, Step } from '../../contract/index.ts'
import type { Advice, Effect } from '../lifecycle/index.ts'

/** Whom an outside call goes to. */
export type CallService = 'neutron' | 'neutron-rpc' | 'nova' | 'glance' | 'appliance'

/** One HTTP request of a call: a call may take several (pages, retries, a token). */
export interface HttpTry {
  readonly service: string
  readonly method: string
  /** Path with ids replaced. */
  readonly path: string
  readonly status: number | null
  readonly duration_ms: number
  readonly request_id: string | null
  readonly attempt: number
  readonly error: string | null
}

/**
 * What became of a call. `refused`: a write that was not sent; `pretended`: answered by a rehearsal, not sent either.
 */
export type CallResult = 'pending' | 'ok' | 'failed' | 'refused' | 'pretended'

/** One outside call. Bodies are without secrets and bounded. */
export interface DebugCall {
  readonly seq: number
  /** ISO 8601. */
  readonly at: string
  readonly service: CallService
  /** The client's method: `createPort`. */
  readonly operation: string
  readonly writes: boolean
  readonly method: string
  /** With ids, where it is sent or would have been. */
  readonly path: string
  /** What is sent or would have been; null: nothing. */
  readonly request: unknown
  readonly result: CallResult
  /** Status of the last answer; null: none. */
  readonly status: number | null
  readonly duration_ms: number | null
  readonly request_id: string | null
  readonly response: unknown
  readonly error: string | null
  readonly tries: readonly HttpTry[]
}

/** An exception as it is shown. */
export interface DebugError {
  readonly name: string
  readonly code: string | null
  readonly message: string
  readonly suggestions: readonly string[]
  /** What it came from, outermost first. */
  readonly causes: readonly { readonly name: string; readonly message: string }[]
  readonly stack: string | null
}

/** One effect of a step. */
export interface DebugEffect {
  readonly effect: Effect
  readonly duration_ms: number
  readonly error: DebugError | null
}

/** A configuration that a step handed to an instance, compared with the one before. */
export interface DebugPush {
  readonly instance_id: string
  readonly fingerprint: string
  readonly result: 'accepted' | 'unchanged' | 'rejected' | 'failed'
  readonly changes: readonly ConfigChange[]
  readonly total_changes: number
}

/** Where the machine stands. */
export interface MachineView {
  readonly step: Step
  readonly action: Action | null
  readonly queue: readonly { readonly action: Action; readonly cause: string; readonly force: boolean }[]
  readonly force: boolean
  readonly instance_state: InstanceState
}

/**
 * One step that was taken. `look`: no step of the machine, but the look at the world that precedes one; `accept`: a failure was let stand.
 */
export interface DebugStep {
  readonly seq: number
  readonly at: string
  readonly kind: 'look' | 'step' | 'accept'
  readonly before: MachineView
  /** Equal to `before`, except for what the effects did to the instances, when it failed. */
  readonly after: MachineView
  readonly effects: readonly DebugEffect[]
  readonly result: 'ok' | 'failed'
  /** What the orchestrator would do next; null when it failed. */
  readonly advice: Advice | null
  /** Milliseconds that the resource asked for before anybody looks again. */
  readonly wait: { readonly reason: string; readonly ms: number } | null
  readonly duration_ms: number
  readonly calls: readonly DebugCall[]
  readonly pushes: readonly DebugPush[]
  /** Lines that the orchestrator's own log would have. */
  readonly log: readonly string[]
  readonly error: DebugError | null
}

/** What a run stops at, besides a failure, the machine's end and its rest. */
export type Until =
  | { readonly kind: 'rest' }
  /** The next time the machine comes to this step, before it is taken. */
  | { readonly kind: 'step'; readonly step: Step }
  /** Another instance state; null: any. */
  | { readonly kind: 'state'; readonly state: InstanceState | null }
  /** A failed step or the instance state `error`. */
  | { readonly kind: 'error' }

/** Why a run ended. */
export type RunEnd = 'reached' | 'rest' | 'failed' | 'cooldown' | 'exit' | 'limit' | 'interrupted'

/** What can be looked into between steps. */
export const INSPECTIONS = ['router', 'ports', 'instances', 'interfaces', 'config'] as const
export type InspectionKind = (typeof INSPECTIONS)[number]

export interface Inspection {
  readonly what: InspectionKind
  readonly at: string
  readonly duration_ms: number
  /** JSON, without secrets. */
  readonly data: unknown
  readonly calls: readonly DebugCall[]
  readonly error: DebugError | null
}
