import type { InstanceState, LabelCounter } from '../../contract/index.ts'
import type { ResourceDetail } from '../drivers/index.ts'
import type { ResourceError, Wait } from './types.ts'

/** What is remembered of one resource between effects. Monotonic times in milliseconds unless said otherwise. */
export class ResourceRecord {
  state: InstanceState = 'down'
  wait: Wait | null = null
  bootAttempts = 0
  lastError: ResourceError | null = null
  /** When the resource went into error. */
  erroredAt: number | null = null

  detail: ResourceDetail | null = null
  /** When Neutron began to be asked for the detail, milliseconds since the epoch: what it says may be as old as that. */
  detailAsOf: number | null = null
  /** The detail was read by the effect before this one: good for one more. */
  freshUntil: number | null = null
  /** Neutron has it no more, verified. */
  gone = false
  /** An event said that it was deleted; not verified yet. */
  deleteNoted = false

  /** Overrides the driver's image. */
  imageUuid: string | null = null
  /** Members that a rebuild still has to replace, one at a time. */
  readonly outdated = new Set<string>()
  rebuildAsked = false
  /** A server may have been made without our knowing: none is made before this time. */
  createHoldUntil: number | null = null
  /** A condemned instance is not replaced yet: too many others are. */
  awaitsTurn = false
  /** Ports that an earlier life left behind have been looked for. */
  swept = false
  /** Since when a boot is waited for: the longer it takes, the longer the pauses. */
  bootSince: number | null = null
  /** When Neutron, Nova and the ports were last looked at for it. */
  lookedAt: number | null = null
  stoppingSince: number | null = null
  /** Instances were restarted because none took its configuration; a second time would not help. */
  restartedForConfig = false

  /** Floating IPs in the configuration that the appliances accepted last. */
  carriedFloatingIps: readonly string[] = []
  configFingerprint: string | null = null
  /** Milliseconds since the epoch. */
  configuredAt: number | null = null
  /** Milliseconds since the epoch. */
  lastAliveAt: number | null = null
  /** What Neutron says, or was told last and took. */
  syncedStatus: string | null = null
  /** Counters of the last read. */
  labels: readonly LabelCounter[] = []
}
