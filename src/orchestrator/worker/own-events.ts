import type { Priority, ResourceEvent } from '../events/index.ts'
import type { DebugChange } from '../store/index.ts'
import type { Automaton } from './automaton.ts'

const eventFor = (
  { id, tenantId, driver }: Automaton,
  particulars: Pick<ResourceEvent, 'action' | 'priority' | 'source' | 'type'>,
): ResourceEvent => ({
  kind: 'resource',
  driver,
  resourceId: id,
  tenantId,
  tenantFrom: 'payload',
  hints: null,
  imageUuid: null,
  reason: null,
  force: false,
  ...particulars,
})

/** An alive check found something: the machine must look. */
export function suspicion(automaton: Automaton): ResourceEvent {
  return eventFor(automaton, { action: 'poll', priority: 'event', source: 'health', type: 'health' })
}

/** A debug mode is over: the world may have changed meanwhile. */
export function lookAgain(automaton: Automaton, action: 'update' | 'delete', priority: Priority): ResourceEvent {
  return eventFor(automaton, { action, priority, source: 'supervisor', type: 'manage' })
}

/** One resource that is managed again goes first; a whole cloud must not push tenants' changes aside. */
export function priorityOf(change: DebugChange | null): Priority {
  if (change?.target.scope === 'resource') return 'operator'
  return change?.target.scope === 'tenant' ? 'event' : 'resync'
}

/** Whether a change of debug modes is about this resource. */
export function concerns(target: DebugChange['target'], { id, tenantId }: Automaton): boolean {
  if (target.scope === 'global') return true
  return target.id === (target.scope === 'tenant' ? tenantId : id)
}

/** How a timeline calls it: `debug`, `tenant manage`, … */
export function wordFor({ target, mark }: DebugChange): string {
  const word = mark ? 'debug' : 'manage'
  return target.scope === 'resource' ? word : `${target.scope} ${word}`
}
