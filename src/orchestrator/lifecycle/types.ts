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
  /** The last effect asked for time before anybody looks again (the instance manager's `wait` is set). */
  readonly waiting?: boolean
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

/** How the effects of a step ended. A failed one threw: what it left behind is looked at anew, never guessed. */
export type Outcome = 'ok' | 'failed'

/**
 * Why a pass ends and hands its run slot back.
 * - `idle`: configured, nothing queued: until the next event;
 * - `more`: something is queued: to the end of the line, no pause;
 * - `wait`: something outside takes its time (a boot, a delete, a hot-plug): look again when the instance manager says so;
 * - `cooldown`: in error: look again when the cool-down ends; what is queued stays queued;
 * - `retry`: it did not work: look again after the resource's own growing back-off.
 */
export type YieldReason = 'idle' | 'more' | 'wait' | 'cooldown' | 'retry'

/** What the runner does after a step: take the next one in the same pass, end the pass, or forget the resource for good. */
export type Advice = 'continue' | 'exit' | { readonly yield: YieldReason }
