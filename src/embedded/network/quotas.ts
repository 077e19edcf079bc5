import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import type { Caller } from '../identity/caller.ts'
import { badRequest, conflict, invalidInput } from './errors.ts'
import type { Net } from './net.ts'
import { disallowed, projectFor } from './policy.ts'
import { callerOf } from './resource.ts'
import type { NetworkState } from './state.ts'

const DEFAULTS: Readonly<Record<string, number>> = {
  network: 100,
  subnet: 100,
  subnetpool: -1,
  port: 500,
  router: 10,
  floatingip: 50,
  security_group: 10,
  security_group_rule: 100,
  rbac_policy: 10,
}

type Counted = 'network' | 'subnet' | 'port' | 'router' | 'floatingip' | 'security_group'

function used(state: NetworkState, resource: string, projectId: string): number {
  switch (resource) {
    case 'network':
      return state.networks.countBy('project_id', projectId)
    case 'subnet':
      return state.subnets.countBy('project_id', projectId)
    case 'port':
      return state.ports.countBy('project_id', projectId)
    case 'router':
      return state.routers.countBy('project_id', projectId)
    case 'floatingip':
      return state.floatingIps.countBy('project_id', projectId)
    case 'security_group':
      return state.securityGroups.countBy('project_id', projectId)
    case 'security_group_rule':
      return state.securityGroups
        .by('project_id', projectId)
        .reduce((sum, group) => sum + state.rules.countBy('security_group_id', group.id), 0)
    default:
      return 0
  }
}

const limitOf = (state: NetworkState, resource: string, projectId: string): number =>
  state.quotas.get(projectId)?.get(resource) ?? DEFAULTS[resource] ?? -1

/** Refuses one more of a resource, or several, when the project's quota has no room for them. */
export function checkQuota(state: NetworkState, resource: Counted, projectId: string, more = 1): void {
  const limit = limitOf(state, resource, projectId)
  if (projectId === '' || limit < 0) return
  if (used(state, resource, projectId) + more > limit) {
    throw conflict('OverQuota', `Quota exceeded for resources: ['${resource}'].`)
  }
}

/** Refuses a request for more resources than each project's quota has room for. */
export function checkRoom(
  state: NetworkState,
  resource: Counted,
  given: readonly { readonly project_id?: string | undefined; readonly tenant_id?: string | undefined }[],
  caller: Caller,
): void {
  const projects = given.map((one) => projectFor(caller, one))
  for (const id of new Set(projects)) checkQuota(state, resource, id, projects.filter((one) => one === id).length)
}

/** Takes every limit away from a project (the cloud's own, which hold thousands of appliance ports). */
export function unlimited(state: NetworkState, projectId: string): void {
  state.quotas.set(projectId, new Map(Object.keys(DEFAULTS).map((name) => [name, -1])))
}

/** `/v2.0/quotas`. */
export function addQuotaRoutes(routes: RouteTable, net: Net): void {
  const { state } = net
  const limits = (projectId: string): Record<string, number> =>
    Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, limitOf(state, name, projectId)]))
  const seen = (request: ApiRequest): string => {
    const caller = callerOf(request)
    const id = request.params.id ?? ''
    if (!caller.isAdmin && caller.projectId !== id) throw disallowed('get_quota')
    return id
  }
  const changeable = (request: ApiRequest): string => {
    if (!callerOf(request).isAdmin) throw disallowed('update_quota')
    return request.params.id ?? ''
  }

  routes
    .on('GET', '/v2.0/quotas', (request) => {
      if (!callerOf(request).isAdmin) throw disallowed('get_quota')
      const quotas = [...state.quotas.keys()].map((id) => ({ ...limits(id), project_id: id, tenant_id: id }))
      return { status: 200, body: { quotas } }
    })
    .on('GET', '/v2.0/quotas/{id}', (request) => ({ status: 200, body: { quota: limits(seen(request)) } }))
    .on('GET', '/v2.0/quotas/{id}/default', () => ({ status: 200, body: { quota: DEFAULTS } }))
    .on('GET', '/v2.0/quotas/{id}/details.json', (request) => details(seen(request)))
    .on('GET', '/v2.0/quotas/{id}/details', (request) => details(seen(request)))
    .on('PUT', '/v2.0/quotas/{id}', (request) => {
      const id = changeable(request)
      const given: unknown =
        typeof request.body === 'object' && request.body ? Reflect.get(request.body, 'quota') : null
      if (typeof given !== 'object' || given === null) throw badRequest("Unable to find 'quota' in request body")
      const own = new Map(state.quotas.get(id))
      for (const [name, value] of Object.entries(given)) {
        if (name === 'force' || name === 'check_limit') continue
        if (!(name in DEFAULTS)) throw badRequest(`Unrecognized attribute(s) '${name}'`)
        if (typeof value !== 'number' || !Number.isInteger(value) || value < -1) {
          throw invalidInput(`'${value}' is not an integer`)
        }
        own.set(name, value)
      }
      state.quotas.set(id, own)
      return { status: 200, body: { quota: limits(id) } }
    })
    .on('DELETE', '/v2.0/quotas/{id}', (request) => {
      state.quotas.delete(changeable(request))
      return { status: 204 }
    })

  const details = (id: string) => ({
    status: 200,
    body: {
      quota: Object.fromEntries(
        Object.entries(limits(id)).map(([name, limit]) => [name, { limit, used: used(state, name, id), reserved: 0 }]),
      ),
    },
  })
}
