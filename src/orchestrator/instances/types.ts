import type { ApplianceConfig, DriverName, Instance, InstanceState, Step } from '../../contract/index.ts'
import type { L3Facts } from '../drivers/index.ts'

/** What one outside call of a pass did: for timelines. */
export interface PassCall {
  readonly service: 'keystone' | 'neutron' | 'neutron-rpc' | 'nova' | 'glance' | 'appliance'
  readonly method: string
  readonly pathTemplate: string
  /** HTTP status, `ok` of an RPC, else why there was no answer; null when nobody knows. */
  readonly status: number | string | null
  readonly durationMs: number
  /** By which the called service's log names the request. */
  readonly requestId: string | null
  /** True when it was made for several resources together. */
  readonly shared: boolean
  /** HTTP requests it took: pages, parts of a long list, tries. */
  readonly requests: number
}

/** A configuration that was pushed, and what came of it. It holds secrets: whoever shows it masks them. */
export interface PassPush {
  readonly instanceId: string
  readonly fingerprint: string
  readonly config: ApplianceConfig
  /** `unchanged`: not sent, because it equals what was accepted last. */
  readonly result: 'accepted' | 'unchanged' | 'rejected' | 'failed'
}

/** Handed through every effect of one pass. */
export interface PassContext {
  readonly signal: AbortSignal
  /** Push even if the configuration equals the last accepted one. */
  readonly force: boolean
  /** The step that asks for it: a stop for RebuildInstance replaces a pair one member at a time. */
  readonly step?: Step
  readonly onCall?: (call: PassCall) => void
  readonly onConfig?: (push: PassPush) => void
}

/**
 * Why a resource is waiting for something that takes its time, and when to look again. A pass that must wait ends at once and hands its
 * run slot back; the worker comes back to the resource after `ms` (or earlier, on an event).
 */
export interface Wait {
  readonly reason: 'boot' | 'delete' | 'hotplug' | 'retry'
  readonly ms: number
}

/** Last error of a resource, as the operator sees it. */
export interface ResourceError {
  readonly code: string
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What a resource looks like from outside, for snapshots. */
export interface InstanceSnapshot {
  readonly name: string
  readonly tenantId: string
  readonly status: string | null
  readonly instanceState: InstanceState
  readonly attempts: number
  readonly imageUuid: string | null
  readonly imageCurrent: boolean | null
  readonly instances: readonly Instance[]
  readonly requiredInstances: number
  /** When Neutron began to be asked for what the resource is attached to, milliseconds since the epoch; null: never. */
  readonly attachedAsOf: number | null
  readonly networkIds: readonly string[]
  /** Those of `networkIds` where the resource only has its gateway. */
  readonly externalNetworkIds: readonly string[]
  readonly subnetIds: readonly string[]
  readonly portIds: readonly string[]
  /** null: not known yet, or nothing that an L3 agent reports on. */
  readonly l3: L3Facts | null
  /** Floating IPs in the configuration that the appliances accepted last. */
  readonly carriedFloatingIps: readonly string[]
  readonly configFingerprint: string | null
  readonly configuredAt: number | null
  readonly lastAliveAt: number | null
  readonly lastError: ResourceError | null
}

/**
 * From one logical resource to its VMs. One object per resource; never two effects at the same time (the worker sees to it). Every method
 * may throw: the error is the pass's error, the state stays truthful, the resource backs off and heals later.
 */
export interface InstanceManager {
  readonly resourceId: string
  readonly driver: DriverName
  readonly state: InstanceState
  readonly bootAttempts: number
  readonly rebootErrorThreshold: number
  readonly inErrorCooldown: boolean
  /** Milliseconds until the error cool-down ends; 0 when not in one. */
  readonly errorCooldownLeftMs: number
  /** Set by the last effect when the resource must wait; cleared when the next effect starts. */
  readonly wait: Wait | null
  snapshot(): InstanceSnapshot

  updateState(context: PassContext): Promise<void>
  boot(context: PassContext): Promise<void>
  configure(context: PassContext): Promise<void>
  replug(context: PassContext): Promise<void>
  stop(context: PassContext): Promise<void>
  readStats(context: PassContext): Promise<void>
  /** Gives up for the cool-down, and says why the last boot failed. */
  setError(context: PassContext): Promise<void>
  clearError(context: PassContext): Promise<void>
  resetBootCounter(): void
  /** Rebuild with this image from now on; null: the driver's own again. */
  useImage(imageUuid: string | null): void
  /** True when an instance that counts is plugged into this port. */
  usesPort(portId: string): boolean
  /** Neutron said by an event that the resource was deleted (verified by a direct 404 before anything is removed). */
  noteDeleted(): void

  /**
   * Health: asks the instances whether they live, and nothing else (no OpenStack call while they answer). Resolves true when the state
   * is as before and the machine has nothing to do; false when the machine must run. Rejects with a `blind` ApplianceError when this machine
   * itself could not ask: that says nothing.
   */
  quickAlive(signal: AbortSignal): Promise<boolean>

  /**
   * Debug mode after a restart: finds out in which state the resource is without changing anything anywhere. Throws when it cannot be told;
   * the state is then as before.
   */
  observe(signal: AbortSignal): Promise<void>
}
