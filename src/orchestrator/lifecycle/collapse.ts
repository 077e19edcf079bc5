import type { Action } from '../../contract/index.ts'
import type { MachineState, QueuedAction } from './types.ts'

/**
 * What two actions asked for one after the other amount to; null: they cannot be merged, the second has to wait.
 * Source: calc_action.csv.
 */
function combine(first: Action | null, second: Action): Action | null {
  if (first === null || first === 'poll' || first === second) return second
  if (second === 'poll') return first
  if (first === 'update' && second === 'create') return 'create'
  if (first === 'create' && second === 'update') return 'create'
  if (second === 'rebuild' && (first === 'create' || first === 'update' || first === 'cluster_rebuild'))
    return 'rebuild'
  return null
}

/**
 * Appends to a queue, merging with its last item where collapsing would merge the two anyway: a flood of equal events for a resource
 * that cannot run right now costs one place, not memory.
 */
export function append(queue: readonly QueuedAction[], item: QueuedAction): readonly QueuedAction[] {
  const last = queue.at(-1)
  if (last === undefined) return [item]
  const action = combine(last.action, item.action)
  if (action === null) return [...queue, item]
  const cause = action === last.action && action !== item.action ? last.cause : item.cause
  return append(queue.slice(0, -1), { action, cause, force: last.force || item.force })
}

/** Puts an action of the machine's own at the head of the queue, unless it stands there already. */
export function putFirst(queue: readonly QueuedAction[], action: Action, cause: string): readonly QueuedAction[] {
  return queue[0]?.action === action ? queue : [{ action, cause, force: false }, ...queue]
}

const has = (queue: readonly QueuedAction[], action: Action): boolean => queue.some((item) => item.action === action)

/**
 * CalcAction: makes one action of the remembered one and as much of the queue as merges with it. A delete anywhere wins and leaves the
 * queue as it is; a degraded resource asks for its own cluster_rebuild. `force` of everything merged is kept.
 */
export function collapse(machine: MachineState, degraded: boolean): MachineState {
  if (has(machine.queue, 'delete')) return { ...machine, action: 'delete' }
  const queue =
    degraded && !has(machine.queue, 'cluster_rebuild')
      ? [...machine.queue, { action: 'cluster_rebuild' as const, cause: 'degraded', force: false }]
      : machine.queue
  let { action, force } = machine
  let taken = 0
  for (const item of queue) {
    const merged = combine(action, item.action)
    if (merged === null) break
    action = merged
    force ||= item.force
    taken += 1
  }
  return { ...machine, action, force, queue: queue.slice(taken) }
}

/**
 * CalcAction during an error cool-down: nothing is taken from the queue, so nothing can be lost (the original ate updates here), except
 * what cuts through: a delete, or an operator's rebuild wherever in the queue it stands. What the rebuild overtakes stays queued.
 */
export function collapseInCooldown(machine: MachineState): MachineState {
  const { action, queue } = machine
  if (action === 'delete' || has(queue, 'delete')) return { ...machine, action: 'delete' }
  if (action !== 'rebuild' && !has(queue, 'rebuild')) return machine
  const overtaken: readonly QueuedAction[] =
    action === null || combine(action, 'rebuild') === 'rebuild' ? [] : [{ action, cause: 'overtaken', force: false }]
  const rebuilds = queue.filter((item) => item.action === 'rebuild')
  return {
    ...machine,
    action: 'rebuild',
    force: machine.force || rebuilds.some((item) => item.force),
    queue: [...overtaken, ...queue.filter((item) => item.action !== 'rebuild')],
  }
}
