import type { Action, InstanceState, Step } from '../../contract/index.ts'

/** A pending action with what it came with. Queue collapsing looks only at `action`. */
export interface QueuedAction {
  readonly action: Action
  /** Why this was asked, for the timeline: event type or command. */
  readonly cause: string
  /** An operator's explicit update or rebuild pushes the configuration even when it equals the last accepted one. */
  readonly force: boolean
}

/** One resource's machine: everything the pure functions need and change. */
export interface MachineState {
  readonly step: Step
  /** The action being worked on; `poll` at first; kept between passes. null only where the vectors say `none`. */
  readonly action: Action | null
  readonly queue: readonly QueuedAction[]
  /** ClearError's successor. */
  readonly carried: Step | null
  /** The configuration must be pushed even if it equals the last accepted one (from the collapsed actions). */
  readonly force: boolean
}

/** What the machine must know of the world to decide; gathered by the runner before each decision. */
export interface Facts {
  readonly instanceState: InstanceState
  readonly inErrorCooldown: boolean
  readonly bootAttempts: number
  readonly rebootErrorThreshold: number
}

/**
 * What a step asks the outside to do. The runner carries them out in order and then reports the new facts.
 * Names follow the methods of the instance manager (vectors: execute_effects.csv).
 */
export type Effect =
  | 'update_state'
  | 'boot'
  | 'configure'
  | 'replug'
  | 'stop'
  | 'set_error'
  | 'clear_error'
  | 'reset_boot_counter'
  | 'read_stats'
  | 'report_bandwidth'
