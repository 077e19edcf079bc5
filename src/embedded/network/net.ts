import type { Emitter } from './emitter.ts'
import type { L3Scheduler } from './l3-scheduler.ts'
import type { NetworkState } from './state.ts'

/** What every part of Neutron works with. */
export interface Net {
  readonly state: NetworkState
  readonly emitter: Emitter
  readonly l3: L3Scheduler
  /** Base URL of the service, without a trailing slash. */
  readonly url: () => string
  /** The one hypervisor's host name. */
  readonly host: string
  /** Ports say how they get their addresses (service plugin `segments`). */
  readonly segments: boolean
}
