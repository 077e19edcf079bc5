import { checkAlive } from './alive.ts'
import type { Member } from './group.ts'
import type { Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/** It answered once and does not any more. */
export const DEAD = 'does not answer'
/** It never answered. */
export const LATE = 'did not come up in time'

/** Condemned for silence: until it is deleted it may still prove the contrary. */
export function mayReturn({ condemned }: Member): boolean {
  return condemned === DEAD || condemned === LATE
}

/** What answers is not condemned for its silence any more. */
export function forgiveTheLiving({ deps, group }: Scope): boolean {
  const returned = [...group.members.values()].filter((member) => member.alive && mayReturn(member))
  for (const member of returned) {
    member.condemned = null
    deps.replacements?.leave(member.id)
  }
  return returned.length > 0
}

/**
 * From member to leaving, as far as the budget of replacements allows. Who must wait for its turn stays a condemned member. Milliseconds until
 * it is worth asking again for those; 0: nobody waits.
 */
export function dismissForReplacement(scope: Scope, members: readonly Member[]): number {
  const { deps, group } = scope
  let waitMs = 0
  for (const member of members) {
    const ms = deps.replacements?.take(member.id) ?? 0
    if (ms === 0) group.dismiss(member, member.condemned ?? 'restart', deps.clock.monotonic())
    else waitMs = waitMs === 0 ? ms : Math.min(waitMs, ms)
  }
  return waitMs
}

/** Those of the group that must be replaced. */
export function condemnedOf({ group }: Scope): Member[] {
  return [...group.members.values()].filter((member) => member.condemned !== null)
}

/** Sets `wait` and says so in `last_error`. */
export function waitForTurn(scope: Scope, ms: number): void {
  const { record, deps, log } = scope
  record.awaitsTurn = true
  // Spread: what failed together must not come back together.
  record.wait = { reason: 'retry', ms: Math.max(1_000, Math.round(ms * (0.6 + 0.4 * deps.random()))) }
  if (record.lastError?.code === 'replacement_waits') return
  const why = record.lastError?.message ?? 'an instance must be replaced'
  record.lastError = {
    code: 'replacement_waits',
    message: `${why}; many are being replaced, it waits for its turn (replace_rate, replace_burst)`,
    at: deps.clock.now(),
  }
  log.warn(`replacement put off: ${why}`)
}

/**
 * True: the resource goes on waiting for its turn. Meanwhile it costs no OpenStack call; only its silent instances are asked again, and one
 * that answers is kept.
 */
export async function stillInLine(scope: Scope, context: PassContext): Promise<boolean> {
  const { record, deps } = scope
  if (!record.awaitsTurn) return false
  record.awaitsTurn = false
  const condemned = condemnedOf(scope)
  // A look has just been taken: everybody has been asked.
  if (condemned.length === 0 || record.freshUntil !== null) return false
  await checkAlive(scope, context, condemned.filter(mayReturn), { rounds: 1, pauseMs: 0 })
  if (forgiveTheLiving(scope)) return false
  const ms = Math.min(...condemned.map((member) => deps.replacements?.msUntilTurn(member.id) ?? 0))
  if (ms === 0) return false
  waitForTurn(scope, ms)
  return true
}
