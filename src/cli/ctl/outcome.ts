import type { Resource } from '../../contract/index.ts'
import { AstaraError } from '../../shared/index.ts'

/** How far a resource has come with what was asked for it. */
export type Outcome =
  | { readonly kind: 'done' }
  /** It will not come to a good end by itself, or not soon. */
  | { readonly kind: 'failed'; readonly error: AstaraError }
  /** `where` it is, for a person. */
  | { readonly kind: 'pending'; readonly where: string }

/** Something is being done to it, or waits to be. A health check is nothing that was asked for. */
const isBusy = ({ queue, action, step }: Resource): boolean =>
  queue.some((queued) => queued !== 'poll') || (step !== 'CalcAction' && action !== null && action !== 'poll')

/** State, step and trouble in one line: `booting (CheckBoot, attempt 2), last error: …`. */
export function whereIs({ instance_state, step, attempts, last_error }: Resource): string {
  const about = [...(step === 'CalcAction' ? [] : [step]), ...(attempts > 1 ? [`attempt ${attempts}`] : [])]
  const state = about.length === 0 ? instance_state : `${instance_state} (${about.join(', ')})`
  return last_error === null ? state : `${state}, last error: ${last_error.message}`
}

/** A rebuild leaves none of the instances that there were; an update ends with a configuration accepted anew. */
function isNew(before: Resource, now: Resource, action: 'update' | 'rebuild'): boolean {
  const old = new Set(before.instances.map((instance) => instance.id))
  if (action === 'rebuild' && old.size > 0) return !now.instances.some((instance) => old.has(instance.id))
  return now.configured_at !== null && now.configured_at !== before.configured_at
}

/** Compares a resource as it was when something was asked for with how it is now; null: it is gone. */
export function outcomeOf(before: Resource, now: Resource | null, action: 'update' | 'rebuild'): Outcome {
  if (now === null) return { kind: 'failed', error: new AstaraError('not_found', 'it was deleted meanwhile') }
  if (now.debug !== null) {
    const why = now.debug.reason === null ? '' : `: ${now.debug.reason}`
    return { kind: 'failed', error: new AstaraError('refused', `it is in debug mode (${now.debug.scope})${why}`) }
  }
  const { instance_state, last_error } = now
  if (instance_state === 'configured' && !isBusy(now) && isNew(before, now, action)) return { kind: 'done' }
  const isNewError = last_error !== null && last_error.at !== before.last_error?.at
  if (instance_state === 'error' && isNewError && !isBusy(now)) {
    const retry = last_error.next_retry_at === null ? '' : ` (it will be tried again at ${last_error.next_retry_at})`
    return { kind: 'failed', error: new AstaraError('failed', `it is in error: ${last_error.message}${retry}`) }
  }
  return { kind: 'pending', where: whereIs(now) }
}
