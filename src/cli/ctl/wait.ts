import type { Resource } from '../../contract/index.ts'
import { AstaraError } from '../../shared/index.ts'
import { harmless } from '../text-width.ts'
import type { Work } from './context.ts'
import { followResources } from './follow.ts'
import { outcomeOf } from './outcome.ts'

/** What came of waiting for one. */
export interface Awaited_ {
  readonly id: string
  /** As it was last seen; null: gone, or never seen. */
  readonly resource: Resource | null
  readonly error: AstaraError | null
}

export interface WaitOptions {
  readonly action: string
  readonly waitMs: number
  /** Say nothing about the way. */
  readonly quiet: boolean
}

/**
 * Follows resources until each has what was asked for, cannot get it, or the time is over. What happens on the way is said on standard
 * error, a line for each change of state or step.
 *
 * @throws AstaraError `interrupted`, `unreachable` when the orchestrator stays away until the time is over, `usage` for something that does
 * not end in a state
 */
export async function waitForAll(
  work: Work,
  before: readonly Resource[],
  { action, waitMs, quiet }: WaitOptions,
): Promise<readonly Awaited_[]> {
  const { io, client } = work
  if (action !== 'update' && action !== 'rebuild') {
    throw new AstaraError('usage', `there is nothing to wait for after ${action}`)
  }
  const finished = new Map<string, Awaited_>()
  const pending = new Map(
    before.map((resource) => [resource.id, { before: resource, where: '', last: resource as Resource | null }]),
  )
  const stop = new AbortController()
  const timer = io.clock.after(waitMs, () => stop.abort())
  const signal = work.signal ? AbortSignal.any([work.signal, stop.signal]) : stop.signal

  const see = (id: string, now: Resource | null): void => {
    const one = pending.get(id)
    if (one === undefined) return
    const title = harmless(one.before.name || id)
    const outcome = outcomeOf(one.before, now, action)
    one.last = now
    if (outcome.kind === 'pending') {
      if (outcome.where !== one.where && !quiet) io.note(`${title}: ${harmless(outcome.where)}`)
      one.where = outcome.where
      return
    }
    pending.delete(id)
    finished.set(id, { id, resource: now, error: outcome.kind === 'failed' ? outcome.error : null })
    if (!quiet) io.note(`${title}: ${outcome.kind === 'done' ? 'done' : harmless(outcome.error.message)}`)
  }

  try {
    await followResources({ client, clock: io.clock, signal }, pending, see)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    timer.cancel()
  }
  if (work.signal?.aborted) throw new AstaraError('interrupted', 'interrupted; what was asked for goes on')
  for (const [id, { last, where }] of pending) {
    const error = new AstaraError('timeout', `still pending after ${waitMs / 1000} s: ${where || 'not seen yet'}`, {
      suggestions: [`It goes on. See what it does: astara ctl resource timeline ${id}`],
    })
    finished.set(id, { id, resource: last, error })
  }
  return before.flatMap(({ id }) => finished.get(id) ?? [])
}
