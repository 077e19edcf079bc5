import { checkAlive } from './alive.ts'
import { allDone } from './all-done.ts'
import { judgeState } from './judge.ts'
import { lookAtPorts, lookAtServers } from './look.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/**
 * A look that changes nothing in the cloud: for a resource in debug mode that nothing is known of yet. Neutron, Nova and the appliances are
 * asked; nothing is condemned, removed or told to Neutron, and absence is no deletion.
 *
 * What runs which configuration is not known without a push. An instance that answers, of a resource whose status Neutron still has from
 * when it was configured, counts as configured: it carries traffic. Any other that answers is `up`.
 */
export async function observe(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, driver, deps } = scope
  const asOf = deps.clock.now()
  const [lookup] = await allDone([
    called(scope, context, 'neutron', `GET ${driver.name}s`, () =>
      deps.view.detail(driver, scope.resourceId, context.signal),
    ),
    lookAtServers(scope, context),
  ])
  if (lookup.kind !== 'found') return
  record.detail = lookup.detail
  record.detailAsOf = asOf
  record.syncedStatus = lookup.detail.status
  await lookAtPorts(scope, context)
  const members = group.present
  await checkAlive(scope, context, members, { rounds: 1, pauseMs: 0 })
  context.signal.throwIfAborted()
  if (group.live.length > 0) record.lastAliveAt = deps.clock.now()
  // What it is in error for, and that it is gone, is not for a look to decide anew.
  if (record.state === 'error' || record.state === 'gone') return
  const { state } = judgeState(
    record.state,
    driver.requiredInstances(lookup.detail),
    members.map((member) => ({ hasManagement: member.management !== null, alive: member.alive === true })),
  )
  const wasConfigured = lookup.detail.status !== null && lookup.detail.status === driver.neutronStatus('configured')
  record.state = state === 'up' && wasConfigured ? 'configured' : state
}
