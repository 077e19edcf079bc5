import { type OrchestratorClient, resolveResource } from '../../client/index.ts'
import { hasStatus, type OpenStack } from '../../openstack/index.ts'
import { AstaraError, isUuid, messageOf, normalizeUuid } from '../../shared/index.ts'

/** The router that is meant. */
export interface FoundRouter {
  readonly id: string
  /** '' when nobody knows. */
  readonly tenantId: string
  readonly name: string
}

/** What the user wrote, as an id: a whole one, or what the orchestrator finds by its beginning or its name. */
async function idOf(text: string, client: OrchestratorClient, signal: AbortSignal): Promise<string> {
  const whole = normalizeUuid(text)
  if (whole !== null && isUuid(whole)) return whole
  try {
    return (await resolveResource(client, text, { driver: 'router', signal })).id
  } catch (error) {
    if (error instanceof AstaraError && error.code === 'unreachable') {
      throw new AstaraError('usage', `${text} is no whole id, and no orchestrator could be asked what it means`, {
        cause: error,
        suggestions: [messageOf(error), 'Give the whole id: openstack router list'],
      })
    }
    throw error
  }
}

/**
 * Finds the router in Neutron; one that Neutron does not have any more is still found when the orchestrator knows it.
 *
 * @throws AstaraError `not_found`, `ambiguous`, `usage`; OpenStackError when Neutron cannot tell
 */
export async function findRouter(
  text: string,
  {
    client,
    openstack,
    signal,
  }: { readonly client: OrchestratorClient; readonly openstack: OpenStack; readonly signal: AbortSignal },
): Promise<FoundRouter> {
  const id = await idOf(text, client, signal)
  try {
    const { tenant_id, name } = await openstack.neutron.getRouter(id, { signal })
    return { id, tenantId: normalizeUuid(tenant_id) ?? tenant_id, name }
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
  }
  const known = await client.get(id, { signal }).catch(() => null)
  if (known !== null) return { id, tenantId: known.tenant_id, name: known.name }
  throw new AstaraError('not_found', `Neutron has no router ${id}, and no orchestrator knows one`, {
    suggestions: ['List what there is: openstack router list'],
  })
}
