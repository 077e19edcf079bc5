import { checkAlive } from './alive.ts'
import { lookAtServers } from './look.ts'
import type { Scope } from './scope.ts'
import type { PassContext } from './types.ts'
import { bootElapsedMs, waitForBoot } from './waits.ts'

/** However quiet the boot, everything is looked at so often. */
const FULL_LOOK_MS = 10_000
/** A knock at a VM that swallows connections while it boots must not outlast the boot by much. */
const MIN_KNOCK_MS = 500
const KNOCK_SHARE = 0.2

/**
 * Between full looks a booting instance costs little: while Nova builds it one shared list of servers, then a knock at its door. True: it
 * still boots, `wait` is set and the state stays. False: something is new, or everything is due for a look.
 */
export async function stillBooting(scope: Scope, context: PassContext): Promise<boolean> {
  const { record, group, deps } = scope
  const { clock, settings } = deps
  const now = clock.monotonic()
  if (record.state !== 'booting' || record.deleteNoted || record.outdated.size > 0) return false
  if (record.lookedAt === null || now - record.lookedAt >= FULL_LOOK_MS || !isUndisturbed(scope, now)) return false
  if (group.present.some((member) => member.status === 'BUILD')) {
    await lookAtServers(scope, context)
    if (!isUndisturbed(scope, now)) return false
  }
  const timeoutMs = Math.max(MIN_KNOCK_MS, KNOCK_SHARE * bootElapsedMs(scope))
  await checkAlive(scope, context, group.present, {
    rounds: 1,
    pauseMs: 0,
    timeoutMs: Math.min(settings.aliveTimeoutMs, timeoutMs),
  })
  if (group.live.length > 0) return false
  waitForBoot(scope)
  return true
}

/** As many instances as there should be, each on its way up, and none on its way out. */
function isUndisturbed({ record, group, driver }: Scope, now: number): boolean {
  const members = [...group.members.values()]
  if (record.detail === null || members.length !== driver.requiredInstances(record.detail)) return false
  if (group.leaving.size > 0) return false
  return members.every(
    ({ condemned, management, deadline }) =>
      condemned === null && management !== null && management.address !== null && deadline !== null && now < deadline,
  )
}
