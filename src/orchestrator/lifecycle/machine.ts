import type { InstanceState } from '../../contract/index.ts'
import { append } from './collapse.ts'
import type { MachineState, QueuedAction } from './types.ts'

/** A machine that knows nothing yet: its first pass has a look. */
export function initialMachine(): MachineState {
  return { step: 'CalcAction', action: 'poll', queue: [], carried: null, force: false }
}

/** Whether an action gets into the machine's queue, and the machine with it. */
export interface Admission {
  readonly accepted: boolean
  readonly machine: MachineState
}

/**
 * Admission (send_message.csv): a deleted resource takes nothing; a resource in error takes no poll (it is looked at again when its
 * cool-down ends); anything else is queued and stays so until it is done.
 */
export function admit(
  machine: MachineState,
  queued: QueuedAction,
  resource: { readonly deleted: boolean; readonly instanceState: InstanceState },
): Admission {
  const refused =
    resource.deleted || machine.step === 'Exit' || (queued.action === 'poll' && resource.instanceState === 'error')
  if (refused) return { accepted: false, machine }
  // A look or a reading pushes nothing: a force that comes with one would only linger and surprise a later update.
  const force = queued.force && queued.action !== 'poll' && queued.action !== 'read'
  return { accepted: true, machine: { ...machine, queue: append(machine.queue, { ...queued, force }) } }
}
