import { hasStatus } from '../../openstack/index.ts'
import { InstanceError } from './errors.ts'
import { called, type Scope } from './scope.ts'
import type { PassContext } from './types.ts'

/**
 * Asks Neutron, at the last moment before an instance is made, whether the resource is still this host's. A router may be given to another
 * agent while our boot waits its turn, and its new owner boots one, too. Throws InstanceError `scheduled_elsewhere` only on Neutron's word
 * that others have it and we have not; throws what Neutron throws when it could not answer.
 */
export async function refuseElsewhere(scope: Scope, context: PassContext): Promise<void> {
  const { deps, driver, resourceId } = scope
  const host = deps.settings.agentHost
  if (host === null || driver.name !== 'router') return
  const hosts = await called(scope, context, 'neutron', 'GET /v2.0/routers/{id}/l3-agents', () =>
    deps.openstack.neutron.listAgentsOfRouter(resourceId, { signal: context.signal }),
  ).then(
    (agents) => agents.map((agent) => agent.host),
    (error: unknown): readonly string[] => {
      // A Neutron that keeps no schedule, or shows it to administrators only, gave the router to nobody else that we know of.
      if (hasStatus(error, 404) || hasStatus(error, 403)) return []
      throw error
    },
  )
  if (hosts.length === 0 || hosts.includes(host)) return
  throw new InstanceError(
    'scheduled_elsewhere',
    `Neutron has given the router to ${hosts.join(', ')}: nothing is booted`,
  )
}

/** True for the error that `refuseElsewhere` refuses with. */
export function isElsewhere(error: unknown): boolean {
  return error instanceof InstanceError && error.reason === 'scheduled_elsewhere'
}
