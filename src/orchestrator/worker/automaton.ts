import type { DebugMark, DriverName } from '../../contract/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import type { InstanceManager, ResourceError } from '../instances/index.ts'
import { type Facts, initialMachine, type MachineState } from '../lifecycle/index.ts'
import type { Recorder } from '../timeline/index.ts'
import type { ResourceReport } from './protocol.ts'

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** Why a resource waits for a timer rather than for an event. */
export type Pause = 'wait' | 'retry' | 'cooldown'

/** One resource: its state machine, its instances, and the bookkeeping between passes. */
export class Automaton {
  readonly id: string
  readonly tenantId: string
  readonly driver: DriverName
  readonly manager: InstanceManager
  readonly recorder: Recorder
  machine: MachineState = initialMachine()
  /** The world has not been looked at yet: the first pass begins with a look. */
  fresh = true
  /** It is fresh, but was looked at without being touched, in debug mode. */
  observed = false
  /** A delete arrived that a direct question to Neutron has not confirmed yet. */
  deleteUnconfirmed = false
  deleted = false
  /** Somebody else takes care of it from now on: it is forgotten as soon as no pass runs. */
  released = false
  /** What gave it back to us while it was still being let go. */
  cameBack: ResourceEvent | null = null
  /** Debug mode: nothing is done to it, and what comes for it is dropped. null: managed. */
  held: DebugMark | null = null
  /** A delete was dropped while it was held: to be looked into when it is managed again. */
  deleteDropped = false
  /** What an effect of the pass under way failed with. */
  failure: Pick<ResourceError, 'code' | 'message'> | null = null
  /** An event came in while the pass ran: a failing resource is then tried again soon, whatever its back-off. */
  dirty = false
  /** Passes that failed in a row, for the back-off. */
  failures = 0
  lastFailureAt: number | null = null
  /** Monotonic time at which the last pass began, and how many went before it in quick succession. */
  lastPassAt = Number.NEGATIVE_INFINITY
  streak = 0
  pause: Pause | null = null
  /** Wall-clock time of the next look, while paused. */
  nextLookAt: number | null = null
  lastEventAt: number | null = null
  lastEventType: string | null = null
  /** Wall-clock time at which the pass under way began, or null. */
  runningSince: number | null = null

  constructor(id: string, tenantId: string, driver: DriverName, manager: InstanceManager, recorder: Recorder) {
    this.recorder = recorder
    this.id = id
    this.tenantId = tenantId
    this.driver = driver
    this.manager = manager
  }

  /** What the machine must know of the world right now. */
  facts(): Facts {
    const { manager } = this
    return {
      instanceState: manager.state,
      inErrorCooldown: manager.inErrorCooldown,
      bootAttempts: manager.bootAttempts,
      rebootErrorThreshold: manager.rebootErrorThreshold,
      waiting: manager.wait !== null,
    }
  }

  /** It waits to try something again, rather than for something under way. */
  get #triesAgain(): boolean {
    return this.pause === 'retry' || this.pause === 'cooldown' || this.manager.wait?.reason === 'retry'
  }

  /** The resource as the outside sees it. */
  report(): ResourceReport {
    const { machine } = this
    const s = this.manager.snapshot()
    const error = s.lastError
    return {
      ...(this.fresh && !this.observed ? { fresh: true } : {}),
      resource: {
        id: this.id,
        driver: this.driver,
        tenant_id: this.tenantId,
        name: s.name,
        status: s.status,
        instance_state: s.instanceState,
        step: machine.step,
        action: machine.action,
        queue: machine.queue.map((queued) => queued.action),
        attempts: s.attempts,
        image_uuid: s.imageUuid,
        image_current: s.imageCurrent,
        instances: [...s.instances],
        required_instances: s.requiredInstances,
        networks: s.networkIds.length,
        config_fingerprint: s.configFingerprint,
        configured_at: iso(s.configuredAt),
        last_event_at: iso(this.lastEventAt),
        last_event_type: this.lastEventType,
        last_alive_at: iso(s.lastAliveAt),
        last_error: error
          ? {
              code: error.code,
              message: error.message,
              at: new Date(error.at).toISOString(),
              next_retry_at: this.#triesAgain ? iso(this.nextLookAt) : null,
            }
          : null,
      },
      attachedAsOf: s.attachedAsOf,
      networkIds: s.networkIds,
      externalNetworkIds: s.externalNetworkIds,
      subnetIds: s.subnetIds,
      portIds: s.portIds,
      l3: s.l3 && { ...s.l3, carried: s.carriedFloatingIps },
    }
  }
}
