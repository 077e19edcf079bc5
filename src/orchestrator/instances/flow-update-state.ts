import { messageOf } from '../../shared/index.ts'
import { checkAlive } from './alive.ts'
import { toResourceError } from './errors.ts'
import { stillBooting } from './flow-knock.ts'
import { look } from './flow-look.ts'
import type { Member } from './group.ts'
import { condemnedOf, DEAD, dismissForReplacement, forgiveTheLiving, LATE, mayReturn } from './in-line.ts'
import { judgeState } from './judge.ts'
import { giveBackAddresses } from './lent-address.ts'
import { lookAtPorts } from './look.ts'
import { deleteLeaving, reap, sweepPorts } from './remove.ts'
import type { Scope } from './scope.ts'
import type { PassContext } from './types.ts'
import { waitForBoot } from './waits.ts'

/** An instance that does not answer when first seen gets at least so long. */
const FIRST_SIGHT_MS = 60_000

/** The health lane's tries count for the pass that they lead to, if that is not late. */
const FRESH_DENIAL_MS = 10_000

/** Finds out in which state the resource is: Neutron, then Nova, then the appliances. */
export async function updateState(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, driver, deps } = scope
  if (await stillBooting(scope, context)) return
  const detail = await look(scope, context)
  if (detail === null) {
    record.state = 'gone'
    return
  }
  record.lookedAt = deps.clock.monotonic()
  await lookAtPorts(scope, context)
  giveDeadlines(scope)
  const prior = record.state
  const established = prior === 'configured'
  const { maxRetries, retryDelayMs } = deps.settings
  const asked = [...group.members.values()].filter((member) => member.condemned === null || mayReturn(member))
  await checkAlive(scope, context, asked, {
    // A booting instance is asked again at the next look anyway; before one is given up, it is asked several times.
    rounds: asked.some((member) => needsEveryTry(scope, member, established)) ? maxRetries : 1,
    pauseMs: retryDelayMs,
  })
  forgiveTheLiving(scope)
  if (group.live.length > 0) record.lastAliveAt = deps.clock.now()
  const required = driver.requiredInstances(detail)
  dismissSurplus(scope, required)
  const verdict = judgeState(
    prior,
    required,
    group.present.map((member) => ({ hasManagement: member.management !== null, alive: member.alive === true })),
  )
  record.state = verdict.state
  if (verdict.resetBootCounter) record.bootAttempts = 0
  condemnTheDead(scope, established, group.present)
  if (verdict.dropDead) dismissForReplacement(scope, condemnedOf(scope))
  if (record.state !== 'down') {
    if (group.present.length === 0) record.state = 'down'
    else if (group.present.length < required) record.state = 'degraded'
  }
  replaceOutdated(scope, required)
  if (record.state === 'configured' && record.lastError && !record.lastError.code.startsWith('config_')) {
    record.lastError = null
  }
  const bootsOn = record.state === 'booting' || (record.state === 'degraded' && group.present.length >= required)
  if (bootsOn && group.live.length < required) waitForBoot(scope)
  await tidy(scope, context)
}

/** True when its silence would be its end and nobody has tried the other times just now. */
function needsEveryTry({ deps }: Scope, member: Member, established: boolean): boolean {
  const now = deps.clock.monotonic()
  const condemnable = established || member.everConfigured || (member.deadline !== null && now >= member.deadline)
  return condemnable && (member.deniedAt === null || now - member.deniedAt > FRESH_DENIAL_MS)
}

/**
 * Members that we did not boot ourselves get the time that is left of their boot, and at least a little: whoever starts
 * looking may itself not see well yet. Without a management port, all of it. */
export function giveDeadlines(scope: Scope): void {
  const { clock, settings } = scope.deps
  for (const member of scope.group.members.values()) {
    if (member.deadline !== null) continue
    const age = member.management === null || member.createdAt === null ? 0 : clock.now() - member.createdAt
    const left = Math.max(settings.bootTimeoutMs - Math.max(0, age), Math.min(FIRST_SIGHT_MS, settings.bootTimeoutMs))
    member.deadline = clock.monotonic() + left
  }
}

/** Who had its configuration and does not answer is dead; who never came up is given up after boot_timeout. */
export function condemnTheDead(scope: Scope, established: boolean, members: readonly Member[]): void {
  const { record, deps, log } = scope
  const { clock } = deps
  for (const member of members) {
    if (member.alive) continue
    const reachable = member.management !== null
    if (reachable && (established || member.everConfigured)) {
      member.condemned = DEAD
      log.warn({ instance_id: member.id, instance: member.name }, 'instance does not answer: it will be replaced')
      record.lastError = { code: 'appliance_unreachable', message: `${member.name} does not answer`, at: clock.now() }
    } else if (member.deadline !== null && clock.monotonic() >= member.deadline) {
      member.condemned = LATE
      log.warn({ instance_id: member.id, instance: member.name }, 'boot timed out: the instance will be replaced')
      record.lastError = { code: 'boot_timeout', message: `${member.name} did not come up in time`, at: clock.now() }
    }
  }
}

/** More instances than needed: those that answer win, then the oldest. */
function dismissSurplus(scope: Scope, required: number): void {
  const { group, deps, log } = scope
  const ranked = group.present.sort(
    (a, b) => Number(b.alive === true) - Number(a.alive === true) || age(a) - age(b) || a.index - b.index,
  )
  for (const member of ranked.slice(required)) {
    log.warn({ instance_id: member.id, instance: member.name }, 'one instance too many: removing it')
    group.dismiss(member, 'surplus', deps.clock.monotonic())
  }
}

function age(member: Member): number {
  return member.createdAt ?? Number.POSITIVE_INFINITY
}

/** A rebuild of a pair goes on with the next member as soon as the pair is whole and configured again. */
function replaceOutdated(scope: Scope, required: number): void {
  const { group, record, deps } = scope
  for (const id of record.outdated) if (!group.members.has(id)) record.outdated.delete(id)
  if (record.state !== 'configured' || record.outdated.size === 0 || group.live.length < required) return
  const next = group.present.findLast((member) => record.outdated.has(member.id))
  if (!next) return
  group.dismiss(next, 'rebuild', deps.clock.monotonic())
  record.outdated.delete(next.id)
  record.state = 'degraded'
}

/** Removes what is left over; a failure here is tried again at the next look and is no reason to fail this one. */
async function tidy(scope: Scope, context: PassContext): Promise<void> {
  const { group, record, deps, log } = scope
  await giveBackAddresses(scope, context)
  try {
    if (group.leaving.size > 0) {
      await deleteLeaving(scope, context)
      await reap(scope, context)
    }
    if (record.state === 'configured') await sweepPorts(scope, context)
  } catch (error) {
    context.signal.throwIfAborted()
    log.warn({ error: messageOf(error) }, 'could not remove left-overs')
    record.lastError = toResourceError(error, deps.clock.now())
  }
}
