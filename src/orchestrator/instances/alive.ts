import type { Member } from './group.ts'
import { called, type Scope, targetOf } from './scope.ts'
import type { PassContext } from './types.ts'

export interface AliveRounds {
  readonly rounds: number
  /** Between rounds, so that an appliance that is just restarting its API is not taken for dead. */
  readonly pauseMs: number
  /** Limit of one question; default `alive_timeout`. */
  readonly timeoutMs?: number
}

/** A round that fell into one of our own stalls is repeated, but not for ever. */
const MAX_REPEATS = 5

/** Asks members whether they live, in rounds, only those again that have not answered. Sets `alive` and moves the deadline of those that do. */
export async function checkAlive(
  scope: Scope,
  context: Pick<PassContext, 'signal' | 'onCall'>,
  members: readonly Member[],
  { rounds, pauseMs, timeoutMs }: AliveRounds,
): Promise<void> {
  const { clock, appliance, settings, stalledSince } = scope.deps
  let pending = [...members]
  let repeats = 0
  for (let round = 0; round < rounds && pending.length > 0; round += 1) {
    if (round > 0 && pauseMs > 0) await clock.sleep(pauseMs, context.signal)
    const asked = clock.monotonic()
    const answers = await Promise.all(
      pending.map((member) => {
        const target = targetOf(scope, member)
        // A server that Nova still builds cannot answer; asking would only cost the time-out.
        if (target === null || member.status === 'BUILD') return false
        return called(scope, { ...context, force: false }, 'appliance', 'GET alive', () =>
          appliance.alive(target, { signal: context.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) }),
        )
      }),
    )
    pending = pending.filter((member, i) => {
      member.alive = answers[i] === true
      if (member.alive) {
        member.deadline = clock.monotonic() + settings.bootTimeoutMs
        member.deniedAt = null
      }
      return !member.alive
    })
    // Blind is not dead: time-outs that ran off while we stood still say nothing.
    if (pending.length > 0 && repeats < MAX_REPEATS && stalledSince?.(asked)) {
      repeats += 1
      round -= 1
    }
  }
}
