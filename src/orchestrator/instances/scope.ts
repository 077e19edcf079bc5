import type { OpenStack } from '../../openstack/index.ts'
import { type Clock, type Limiter, type Logger, messageOf, type Random } from '../../shared/index.ts'
import type { Driver } from '../drivers/index.ts'
import type { ApplianceClient, ApplianceTarget } from './appliance-client/index.ts'
import type { CloudView } from './cloud-view/index.ts'
import type { Group, Member } from './group.ts'
import type { ResourceRecord } from './record.ts'
import type { ReplacementBudget } from './replacements.ts'
import { callsOf, gatherRequests } from './requests.ts'
import type { InstanceSettings } from './settings.ts'
import type { PassCall, PassContext } from './types.ts'

/** What instance managers share. */
export interface InstanceDeps {
  readonly openstack: OpenStack
  /** One per process. */
  readonly view: CloudView
  readonly appliance: ApplianceClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: InstanceSettings
  /** Bounds the servers asked of Nova at the same time. Default: no bound. */
  readonly boots?: Limiter
  /** Bounds how many dead instances are replaced. Default: no bound. */
  readonly replacements?: ReplacementBudget
  /** True when this process itself stood still at some time since `start` (monotonic): what did not answer then says nothing. */
  readonly stalledSince?: (start: number) => boolean
}

/** One resource's dealings with the outside. */
export interface Scope {
  readonly deps: InstanceDeps
  readonly driver: Driver
  readonly resourceId: string
  readonly group: Group
  readonly record: ResourceRecord
  readonly log: Logger
}

/** Makes an outside call and tells the pass of the requests it took; `what` names the call when none was sent. */
export async function called<T>(
  scope: Scope,
  context: PassContext,
  service: PassCall['service'],
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  context.signal.throwIfAborted()
  const { onCall } = context
  if (!onCall) return call()
  const start = scope.deps.clock.monotonic()
  return gatherRequests(call, (requests, error) => {
    for (const one of callsOf(requests, error !== undefined)) onCall(one)
    // Nothing was sent: either the answer was remembered, or it never came to sending.
    if (requests.length > 0 || error === undefined) return
    const [method = '', pathTemplate = ''] = what.split(' ')
    const durationMs = scope.deps.clock.monotonic() - start
    onCall({
      service,
      method,
      pathTemplate,
      status: statusOf(error),
      durationMs,
      requestId: null,
      shared: false,
      requests: 0,
    })
  })
}

function statusOf(error: unknown): number | string | null {
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') return error.status
  return messageOf(error).slice(0, 200)
}

/** Where to reach a member; null when it has no usable management address. */
export function targetOf(scope: Scope, member: Member): ApplianceTarget | null {
  const address = member.management?.address
  return address ? { address, port: scope.driver.appliance.managementPort } : null
}
