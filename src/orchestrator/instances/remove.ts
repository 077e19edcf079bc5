import { messageOf } from '../../shared/index.ts'
import type { Leaving } from './group.ts'
import { deletePorts } from './ports.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/** Asks Nova to delete every leaving server it has not been asked for yet. Throws the first failure after trying all. */
export async function deleteLeaving(scope: Scope, context: PassContext): Promise<void> {
  const pending = [...scope.group.leaving.values()].filter((leaving) => !leaving.accepted)
  const results = await Promise.allSettled(pending.map((leaving) => deleteServer(scope, context, leaving)))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function deleteServer(scope: Scope, context: PassContext, leaving: Leaving): Promise<void> {
  scope.log.info({ instance_id: leaving.id, instance: leaving.name, reason: leaving.reason }, 'deleting instance')
  await called(scope, context, 'nova', 'DELETE /v2.1/servers/{id}', () =>
    scope.deps.openstack.nova.deleteServer(leaving.id, { signal: context.signal }),
  )
  leaving.accepted = true
}

/** Removes the ports of servers that Nova has forgotten. A failure leaves them for the next time. */
export async function reap(scope: Scope, context: PassContext): Promise<void> {
  const done = [...scope.group.leaving.values()].filter((leaving) => leaving.forgotten)
  await Promise.all(
    done.map(async (leaving) => {
      try {
        await deletePorts(scope, context, leaving.portIds)
        scope.group.leaving.delete(leaving.id)
      } catch (error) {
        context.signal.throwIfAborted()
        scope.log.warn({ instance_id: leaving.id, error: messageOf(error) }, 'ports of a deleted instance remain')
      }
    }),
  )
}
