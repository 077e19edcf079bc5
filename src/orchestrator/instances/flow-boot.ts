import type { NeutronPort } from '../../openstack/index.ts'
import { messageOf } from '../../shared/index.ts'
import type { ResourceDetail } from '../drivers/index.ts'
import { checkAlive } from './alive.ts'
import { createInstance, FreePorts, isAmbiguous } from './create.ts'
import { pushConfiguration } from './flow-configure.ts'
import { look, takeHandover } from './flow-look.ts'
import { condemnTheDead, giveDeadlines } from './flow-update-state.ts'
import { condemnedOf, dismissForReplacement, stillInLine, waitForTurn } from './in-line.ts'
import { adoptByPorts, lookAtPorts, lookAtServers } from './look.ts'
import { deletePorts, findOwnPorts } from './ports.ts'
import { deleteLeaving, reap } from './remove.ts'
import { isElsewhere } from './schedule-check.ts'
import type { Scope } from './scope.ts'
import type { PassContext } from './types.ts'
import { waitForBoot, waitForDelete } from './waits.ts'

/** After a create without an answer Nova gets so long to show the server before another is made. */
const CREATE_HOLD_MS = 30_000
/** A replacement waits so long for its predecessor to go; a host that is down may never finish the deletion. */
const MAX_DELETE_WAIT_MS = 60_000

/**
 * Boots what is missing. First it looks: an instance that exists is adopted, never made a second time. Dead ones are deleted, and a single
 * instance is replaced only after its predecessor has gone: two would answer for the same addresses.
 */
export async function boot(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, driver, deps } = scope
  record.stoppingSince = null
  if (await stillInLine(scope, context)) return
  const handed = takeHandover(scope)
  const detail = handed ?? (await look(scope, context))
  if (detail === null) {
    record.state = 'gone'
    return
  }
  if (handed) await lookAtServers(scope, context)
  // Before the ports are listed: what it deletes must not be taken for free.
  await reap(scope, context)
  const own = await findOwnPorts(scope, context)
  const leaked = await adoptByPorts(scope, context, own)
  await lookAtPorts(scope, context)
  giveDeadlines(scope)
  // Nobody is condemned unheard, nor here on what was heard earlier: that is the look's business, which asks several times.
  const unheard = group.present.filter((member) => member.alive === null)
  await checkAlive(scope, context, unheard, {
    rounds: deps.settings.maxRetries,
    pauseMs: deps.settings.retryDelayMs,
  })
  condemnTheDead(scope, false, unheard)
  const turnMs = dismissForReplacement(scope, condemnedOf(scope))
  await deleteLeaving(scope, context)
  const required = driver.requiredInstances(detail)
  // Who waits to be replaced keeps its place.
  const missing = required - group.present.length - condemnedOf(scope).length
  if (missing > 0) {
    if (mustWait(scope, required)) return
    record.bootAttempts += 1
    record.bootSince = null
    await createMissing(scope, context, detail, missing, own)
  }
  await deleteLeaked(scope, context, leaked)
  record.state = group.live.length > 0 && group.live.length < required ? 'degraded' : 'booting'
  if (group.present.length === 0) record.state = 'down'
  if (turnMs > 0) waitForTurn(scope, turnMs)
  else if (group.live.length < required) waitForBoot(scope)
  if (record.state === 'degraded') await keepSurvivorsCurrent(scope, context, detail)
}

/** Sets `wait` and the state and returns true when nothing may be booted right now. */
function mustWait(scope: Scope, required: number): boolean {
  const { record, group, deps } = scope
  const now = deps.clock.monotonic()
  const state = group.present.length > 0 ? 'degraded' : 'down'
  const patience = Math.min(MAX_DELETE_WAIT_MS, deps.settings.bootTimeoutMs)
  const leaving = [...group.leaving.values()].some((entry) => !entry.forgotten && now - entry.since < patience)
  if (required === 1 && leaving) {
    record.state = state
    waitForDelete(scope)
    return true
  }
  // Until Nova has bound them, a building server's ports look free: they must not be given to another.
  if (group.present.some((member) => member.status === 'BUILD' && member.management === null)) {
    record.state = group.live.length > 0 ? 'degraded' : 'booting'
    waitForBoot(scope)
    return true
  }
  if (record.createHoldUntil !== null && now < record.createHoldUntil) {
    record.state = state
    record.wait = { reason: 'retry', ms: Math.min(record.createHoldUntil - now, 5_000) }
    return true
  }
  record.createHoldUntil = null
  return false
}

async function createMissing(
  scope: Scope,
  context: PassContext,
  detail: ResourceDetail,
  missing: number,
  own: readonly NeutronPort[],
): Promise<void> {
  const { record, group, deps, driver } = scope
  const free = new FreePorts(own, group.portIds())
  record.state = group.present.length > 0 ? 'degraded' : 'down'
  try {
    for (let i = 0; i < missing; i += 1) {
      await createInstance(scope, context, detail, record.imageUuid ?? driver.appliance.imageUuid, free)
    }
  } catch (error) {
    if (isAmbiguous(error)) record.createHoldUntil = deps.clock.monotonic() + CREATE_HOLD_MS
    // Nothing was tried: the resource is not the worse for it.
    if (isElsewhere(error)) record.bootAttempts -= 1
    throw error
  }
  await deleteLeaked(scope, context, free.left)
}

async function deleteLeaked(scope: Scope, context: PassContext, ports: readonly NeutronPort[]): Promise<void> {
  if (ports.length === 0) return
  scope.log.info({ port_ids: ports.map((port) => port.id) }, 'deleting ports that no instance uses')
  try {
    await deletePorts(
      scope,
      context,
      ports.map((port) => port.id),
    )
  } catch (error) {
    context.signal.throwIfAborted()
    scope.log.warn({ error: messageOf(error) }, 'leaked ports remain')
  }
}

/** While a pair waits for its second member, the first must not miss what the tenant changes. */
async function keepSurvivorsCurrent(scope: Scope, context: PassContext, detail: ResourceDetail): Promise<void> {
  try {
    await pushConfiguration(scope, context, detail)
  } catch (error) {
    context.signal.throwIfAborted()
    scope.log.warn({ error: messageOf(error) }, 'the remaining instance could not be configured')
  }
}
