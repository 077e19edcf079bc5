import type { ResourceDetail } from '../drivers/index.ts'
import { allDone } from './all-done.ts'
import { InstanceError } from './errors.ts'
import { lookAtServers } from './look.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/** An effect may use what the one before it read, if that is not older. Events that come meanwhile bring a pass of their own. */
const HANDOVER_MS = 5_000

/** Looks at the resource in Neutron and its servers in Nova. null: it is gone, verified. Throws when Neutron cannot tell. */
export async function look(scope: Scope, context: PassContext): Promise<ResourceDetail | null> {
  const { record } = scope
  const [detail] = await allDone([lookAtResource(scope, context), lookAtServers(scope, context)])
  record.freshUntil = detail === null ? null : scope.deps.clock.monotonic() + HANDOVER_MS
  return detail
}

/** The detail that the effect before this one read, or null when there is none or it is too old. Good once. */
export function takeHandover(scope: Scope): ResourceDetail | null {
  const { record, deps } = scope
  const fresh = record.freshUntil !== null && deps.clock.monotonic() <= record.freshUntil
  record.freshUntil = null
  return fresh ? record.detail : null
}

async function lookAtResource(scope: Scope, context: PassContext): Promise<ResourceDetail | null> {
  const { deps, driver, record, resourceId } = scope
  const asOf = deps.clock.now()
  const lookup = await called(scope, context, 'neutron', `GET ${driver.name}s`, () =>
    deps.view.detail(driver, resourceId, context.signal),
  )
  if (lookup.kind === 'found') {
    record.detail = lookup.detail
    record.detailAsOf = asOf
    record.gone = false
    record.deleteNoted = false
    record.syncedStatus = lookup.detail.status
    return lookup.detail
  }
  const verdict = await called(scope, context, 'neutron', 'GET /v2.0/networks', () =>
    deps.view.absence.missed(resourceId, record.deleteNoted || record.gone, context.signal),
  )
  if (verdict.kind === 'gone') {
    if (!record.gone) scope.log.info('resource is gone from Neutron')
    record.gone = true
    record.deleteNoted = false
    return null
  }
  record.wait = { reason: 'retry', ms: verdict.retryMs }
  throw new InstanceError(
    'neutron_absent',
    verdict.kind === 'storm'
      ? 'Neutron does not know it any more, nor many others: nothing is removed'
      : 'Neutron does not know it; nothing is removed before that is confirmed',
  )
}
