import { InstanceError } from './errors.ts'
import { dismissForReplacement, waitForTurn } from './in-line.ts'
import { adoptByPorts, lookAtServers } from './look.ts'
import { deletePorts, findOwnPorts } from './ports.ts'
import { deleteLeaving, reap } from './remove.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'
import { waitForDelete } from './waits.ts'

/**
 * Deletes the resource's instances and, when Nova has forgotten them, their ports; then the state is `down`, or `gone` when the resource is.
 * Until then the state is `restart` and `wait` is set: call again. A rebuild of a pair deletes one member only; the other follows when the
 * pair is whole again.
 */
export async function stop(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, deps } = scope
  record.freshUntil = null
  if (record.deleteNoted && !record.gone) await confirmDelete(scope, context)
  await lookAtServers(scope, context)
  const own = await findOwnPorts(scope, context)
  await adoptByPorts(scope, context, own)
  if (isRebuild(scope, context) && replaceOne(scope)) {
    await deleteLeaving(scope, context)
    record.state = 'down'
    return
  }
  record.state = 'restart'
  const members = [...group.members.values()]
  if (!record.gone && !isRebuild(scope, context)) {
    const turnMs = dismissForReplacement(scope, members)
    if (turnMs > 0) {
      await deleteLeaving(scope, context)
      waitForTurn(scope, turnMs)
      record.restartedForConfig = false
      record.state = 'down'
      return
    }
  }
  for (const member of members) {
    group.dismiss(member, 'stop', deps.clock.monotonic())
    deps.replacements?.leave(member.id)
  }
  record.stoppingSince ??= deps.clock.monotonic()
  await deleteLeaving(scope, context)
  if ([...group.leaving.values()].some((leaving) => !leaving.forgotten)) {
    waitForDelete(scope)
    if (deps.clock.monotonic() - record.stoppingSince >= deps.settings.bootTimeoutMs) {
      throw new InstanceError('delete_timeout', 'Nova has not finished deleting the instance')
    }
    return
  }
  await reap(scope, context)
  await deletePorts(
    scope,
    context,
    own.map((port) => port.id),
  )
  record.stoppingSince = null
  record.rebuildAsked = false
  record.outdated.clear()
  record.carriedFloatingIps = []
  record.configFingerprint = null
  record.configuredAt = null
  record.state = record.gone ? 'gone' : 'down'
}

/** An event said the resource was deleted: nothing is removed before Neutron, asked directly, says the same. */
async function confirmDelete(scope: Scope, context: PassContext): Promise<void> {
  const { driver, record, resourceId, deps } = scope
  const exists = await called(scope, context, 'neutron', `GET ${driver.name}/{id}`, () =>
    driver.exists(resourceId, { signal: context.signal }),
  )
  record.deleteNoted = false
  if (exists) {
    throw new InstanceError('delete_unconfirmed', 'Said to be deleted, but Neutron still has it: nothing is removed')
  }
  record.gone = true
  deps.view.absence.forget(resourceId)
}

function isRebuild(scope: Scope, context: PassContext): boolean {
  const { record } = scope
  if (record.gone) return false
  return context.step === undefined ? record.rebuildAsked : context.step === 'RebuildInstance'
}

/** Takes out one of a pair whose members all live. The one that is not preferred goes first, so that traffic moves only once. */
function replaceOne(scope: Scope): boolean {
  const { group, record, driver, deps } = scope
  const required = record.detail ? driver.requiredInstances(record.detail) : 1
  const live = group.live
  const last = live.at(-1)
  if (required < 2 || live.length < required || last === undefined) return false
  for (const member of live) record.outdated.add(member.id)
  record.outdated.delete(last.id)
  record.rebuildAsked = false
  group.dismiss(last, 'rebuild', deps.clock.monotonic())
  return true
}
