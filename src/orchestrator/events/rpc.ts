import type { Action } from '../../contract/index.ts'
import { at, field, idOf, isObject, UnreadableError } from './payload.ts'
import { tenantOf } from './tenant.ts'
import { ignored, readable, type Translation } from './translation.ts'
import type { ResourceEvent } from './types.ts'

/** What of an RPC request matters here. */
export interface RpcInput {
  readonly method: string
  readonly args: unknown
  readonly context: unknown
}

/**
 * What Neutron's L3 plugin asks of its agent. `routers`: where the ids stand in the arguments, one or a list (of ids, or of routers that
 * have one). A router that is scheduled elsewhere from now on is a matter of the schedule: that it is not ours never means it is gone.
 */
const METHODS: ReadonlyMap<string, { readonly action: Action; readonly routers: readonly string[] }> = new Map([
  ['router_deleted', { action: 'delete', routers: ['router_id'] }],
  ['routers_updated', { action: 'update', routers: ['routers'] }],
  ['router_added_to_agent', { action: 'update', routers: ['payload'] }],
])

function routerIds(value: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const ids = list.map((one) => idOf(isObject(one) ? field(one, 'id') : one, name))
  return ids.map((id) => {
    if (id === null) throw new UnreadableError('missing_id', `${name} lacks a router id`)
    return id
  })
}

function translate(input: RpcInput): Translation {
  if (input.method === 'agent_updated') {
    const adminStateUp = at(input.args, ['payload', 'admin_state_up'])
    if (typeof adminStateUp !== 'boolean') {
      throw new UnreadableError('bad_payload', 'agent_updated without admin_state_up')
    }
    return { events: [{ kind: 'agent', type: 'agent_updated', adminStateUp }] }
  }
  if (input.method === 'router_removed_from_agent') {
    const ids = routerIds(at(input.args, ['payload', 'router_id']), 'payload.router_id')
    return { events: [{ kind: 'agent', type: 'router_removed_from_agent', routerIds: ids }] }
  }
  const known = METHODS.get(input.method)
  if (known === undefined) return ignored('not_ours')
  const ids = routerIds(at(input.args, known.routers), known.routers.join('.'))
  if (ids.length === 0) return ignored('not_ours')
  const { tenantId, from } = tenantOf(null, input.context)
  return {
    events: [...new Set(ids)].map(
      (resourceId): ResourceEvent => ({
        kind: 'resource',
        driver: 'router',
        resourceId,
        tenantId,
        tenantFrom: from,
        action: known.action,
        priority: 'event',
        source: 'rpc',
        type: input.method,
        hints: null,
        imageUuid: null,
        reason: null,
        force: false,
      }),
    ),
  }
}

/** What a call or cast to topic `l3_agent` means. Pure; never throws: what cannot be understood comes back as `poison`. */
export function rpcToEvents(input: RpcInput): Translation {
  return readable(() => translate(input))
}
