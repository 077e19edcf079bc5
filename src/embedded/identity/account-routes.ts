import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiReply, ApiRequest } from '../http/types.ts'
import { REGION } from './catalog.ts'
import { DOMAIN, type Project, ROLES, type User } from './identity.ts'
import type { IdentityServiceDeps } from './service.ts'

const projectBody = z.object({
  project: z.object({
    name: z.string().min(1).max(64).optional(),
    description: z.string().nullish(),
    enabled: z.boolean().optional(),
  }),
})
const userBody = z.object({
  user: z.object({
    name: z.string().min(1).max(255).optional(),
    password: z.string().nullish(),
    enabled: z.boolean().optional(),
    default_project_id: z.string().nullish(),
  }),
})

/** Reads a body; a wrong one is refused in Keystone's words. */
export function parseBody<T>(schema: z.ZodType<T>, request: ApiRequest): T {
  const parsed = schema.safeParse(request.body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ApiError(400, 'Bad Request', `Invalid input for field '${issue?.path.join('/')}': ${issue?.message}`)
}

/** Refuses those who are not administrators. */
export function requireAdmin(request: ApiRequest, action: string): void {
  if (request.caller?.isAdmin) return
  throw new ApiError(403, 'Forbidden', `You are not authorized to perform the requested action: ${action}.`)
}

const missing = (kind: string, id: string): ApiError => new ApiError(404, 'Not Found', `Could not find ${kind}: ${id}.`)

/** Projects, users, domains, roles, regions, services and endpoints: enough for `openstack` to find its way. */
export function addAccountRoutes(routes: RouteTable, deps: IdentityServiceDeps): void {
  const { identity, url, catalog } = deps
  const self = (path: string): { self: string } => ({ self: `${url()}/v3/${path}` })
  const list = (key: string, items: readonly unknown[], request: ApiRequest): ApiReply => ({
    status: 200,
    body: {
      [key]: items,
      links: {
        next: null,
        self: `${url()}${request.path}${request.query.size > 0 ? `?${request.query}` : ''}`,
        previous: null,
      },
    },
  })

  const viewProject = (project: Project): Record<string, unknown> => ({
    id: project.id,
    name: project.name,
    domain_id: DOMAIN.id,
    description: project.description,
    enabled: project.enabled,
    parent_id: DOMAIN.id,
    is_domain: false,
    tags: [],
    options: {},
    links: self(`projects/${project.id}`),
  })
  const viewUser = (user: User): Record<string, unknown> => ({
    id: user.id,
    name: user.name,
    domain_id: DOMAIN.id,
    enabled: user.enabled,
    ...(user.defaultProjectId === null ? {} : { default_project_id: user.defaultProjectId }),
    password_expires_at: null,
    options: {},
    links: self(`users/${user.id}`),
  })
  const viewDomain = { ...DOMAIN, description: 'The default domain', enabled: true, options: {}, tags: [] }
  const viewRole = (name: string): Record<string, unknown> => ({
    id: identity.roleIds.get(name),
    name,
    domain_id: null,
    description: null,
    options: {},
  })
  const project = (request: ApiRequest): Project => {
    const id = request.params.id ?? ''
    const found = identity.projects.get(id)
    if (!found) throw missing('project', id)
    if (!request.caller?.isAdmin && request.caller?.projectId !== id) requireAdmin(request, 'identity:get_project')
    return found
  }
  const user = (request: ApiRequest): User => {
    const id = request.params.id ?? ''
    const found = identity.users.get(id)
    if (!found) throw missing('user', id)
    if (!request.caller?.isAdmin && request.caller?.userId !== id) requireAdmin(request, 'identity:get_user')
    return found
  }
  const named = (request: ApiRequest) => {
    const name = request.query.get('name')
    return (item: { readonly name: string }): boolean => name === null || item.name === name
  }
  const mine = (request: ApiRequest): readonly Project[] => {
    const held = identity.users.get(request.caller?.userId ?? '')?.roles.keys() ?? []
    return [...held].flatMap((id) => identity.projects.get(id) ?? [])
  }

  routes
    .on('GET', '/v3/auth/projects', (request) => list('projects', mine(request).map(viewProject), request))
    .on('GET', '/v3/projects', (request) => {
      requireAdmin(request, 'identity:list_projects')
      return list('projects', [...identity.projects.values()].filter(named(request)).map(viewProject), request)
    })
    .on('POST', '/v3/projects', (request) => {
      requireAdmin(request, 'identity:create_project')
      const { name, description, enabled } = parseBody(projectBody, request).project
      if (name === undefined) throw new ApiError(400, 'Bad Request', "'name' is a required property")
      const made = identity.createProject(name, description ?? '')
      made.enabled = enabled ?? true
      return { status: 201, body: { project: viewProject(made) } }
    })
    .on('GET', '/v3/projects/{id}', (request) => ({ status: 200, body: { project: viewProject(project(request)) } }))
    .on('PATCH', '/v3/projects/{id}', (request) => {
      requireAdmin(request, 'identity:update_project')
      const found = project(request)
      const { name, description, enabled } = parseBody(projectBody, request).project
      if (name !== undefined) identity.renameProject(found, name)
      if (description !== undefined) found.description = description ?? ''
      if (enabled !== undefined) found.enabled = enabled
      return { status: 200, body: { project: viewProject(found) } }
    })
    .on('DELETE', '/v3/projects/{id}', (request) => {
      requireAdmin(request, 'identity:delete_project')
      identity.deleteProject(project(request))
      return { status: 204 }
    })
    .on('GET', '/v3/users', (request) => {
      requireAdmin(request, 'identity:list_users')
      return list('users', [...identity.users.values()].filter(named(request)).map(viewUser), request)
    })
    .on('POST', '/v3/users', (request) => {
      requireAdmin(request, 'identity:create_user')
      const body = parseBody(userBody, request).user
      if (body.name === undefined) throw new ApiError(400, 'Bad Request', "'name' is a required property")
      const made = identity.createUser(body.name, body.password ?? deps.ids.hex(), body.default_project_id ?? null)
      return { status: 201, body: { user: viewUser(made) } }
    })
    .on('GET', '/v3/users/{id}', (request) => ({ status: 200, body: { user: viewUser(user(request)) } }))
    .on('GET', '/v3/users/{id}/projects', (request) => {
      const held = [...user(request).roles.keys()].flatMap((id) => identity.projects.get(id) ?? [])
      return list('projects', held.map(viewProject), request)
    })
    .on('DELETE', '/v3/users/{id}', (request) => {
      requireAdmin(request, 'identity:delete_user')
      identity.deleteUser(user(request))
      return { status: 204 }
    })
    .on('GET', '/v3/domains', (request) => list('domains', [viewDomain].filter(named(request)), request))
    .on('GET', '/v3/domains/{id}', (request) => {
      if (request.params.id !== DOMAIN.id) throw missing('domain', request.params.id ?? '')
      return { status: 200, body: { domain: viewDomain } }
    })
    .on('GET', '/v3/roles', (request) =>
      list(
        'roles',
        ROLES.map((name) => ({ name }))
          .filter(named(request))
          .map(({ name }) => viewRole(name)),
        request,
      ),
    )
    .on('GET', '/v3/roles/{id}', (request) => {
      const name = ROLES.find((role) => identity.roleIds.get(role) === request.params.id)
      if (!name) throw missing('role', request.params.id ?? '')
      return { status: 200, body: { role: viewRole(name) } }
    })
    .on('GET', '/v3/regions', (request) =>
      list(
        'regions',
        [{ id: REGION, description: '', parent_region_id: null, links: self(`regions/${REGION}`) }],
        request,
      ),
    )
    .on('GET', '/v3/services', (request) =>
      list(
        'services',
        catalog()
          .map(({ id, type, name }) => ({ id, type, name, enabled: true, links: self(`services/${id}`) }))
          .filter(named(request)),
        request,
      ),
    )
    .on('GET', '/v3/endpoints', (request) =>
      list(
        'endpoints',
        catalog().flatMap((service) =>
          service.endpoints.map((endpoint) => ({ ...endpoint, service_id: service.id, enabled: true })),
        ),
        request,
      ),
    )
}
