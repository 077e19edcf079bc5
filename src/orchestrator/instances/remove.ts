import { messageOf } from '../../shared/index.ts'
import { portName } from '../drivers/index.ts'
import { allDone } from './all-done.ts'
import type { Leaving } from './group.ts'
import { adoptByPorts } from './look.ts'
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

/**
 * Removes ports that no instance uses: what an earlier life of this process left behind between deleting a server and deleting its ports.
 * Looked for once, and only while nothing is under way that could make a port in use look free.
 */
export async function sweepPorts(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, deps, resourceId, driver } = scope
  const settled = group.leaving.size === 0 && group.present.every((member) => member.management !== null)
  if (record.swept || !settled || record.createHoldUntil !== null) return
  const names = [portName('MGT', resourceId), portName(driver.portKind, resourceId)]
  const own = await called(scope, context, 'neutron', 'GET /v2.0/ports', () =>
    allDone(names.map((name) => deps.view.portsNamed(name, context.signal))),
  )
  const ports = own.flat()
  const listed = new Set(ports.map((port) => port.id))
  // A list without our instances' own ports is not the whole list.
  if (group.present.some((member) => member.management && !listed.has(member.management.id))) return
  const orphans = await adoptByPorts(scope, context, ports)
  const left = [...ports.filter((port) => port.device_id === '' && !group.portIds().has(port.id)), ...orphans]
  if (left.length > 0) scope.log.info({ port_ids: left.map((port) => port.id) }, 'deleting ports that no instance uses')
  await deletePorts(
    scope,
    context,
    left.map((port) => port.id),
  )
  record.swept = true
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
