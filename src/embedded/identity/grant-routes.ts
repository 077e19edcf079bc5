import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import { requireAdmin } from './account-routes.ts'
import { DOMAIN, type Project, ROLES, type User } from './identity.ts'
import type { IdentityServiceDeps } from './service.ts'

const GRANT = '/v3/projects/{project}/users/{user}/roles/{role}'

/** Role assignments of users on projects. */
export function addGrantRoutes(routes: RouteTable, deps: IdentityServiceDeps): void {
  const { identity, url } = deps

  function target(request: ApiRequest): { project: Project; user: User; role: string } {
    requireAdmin(request, 'identity:create_grant')
    const project = identity.projects.get(request.params.project ?? '')
    const user = identity.users.get(request.params.user ?? '')
    const role = ROLES.find((name) => identity.roleIds.get(name) === request.params.role)
    if (!project) throw new ApiError(404, 'Not Found', `Could not find project: ${request.params.project}.`)
    if (!user) throw new ApiError(404, 'Not Found', `Could not find user: ${request.params.user}.`)
    if (!role) throw new ApiError(404, 'Not Found', `Could not find role: ${request.params.role}.`)
    return { project, user, role }
  }

  routes
    .on('PUT', GRANT, (request) => {
      const { project, user, role } = target(request)
      identity.grant(user, project, [role])
      return { status: 204 }
    })
    .on('GET', GRANT, (request) => {
      const { project, user, role } = target(request)
      if (user.roles.get(project.id)?.has(role)) return { status: 204 }
      throw new ApiError(404, 'Not Found', `Could not find role assignment with role: ${request.params.role}.`)
    })
    .on('DELETE', GRANT, (request) => {
      const { project, user, role } = target(request)
      user.roles.get(project.id)?.delete(role)
      return { status: 204 }
    })
    .on('GET', '/v3/role_assignments', (request) => {
      requireAdmin(request, 'identity:list_role_assignments')
      const projectId = request.query.get('scope.project.id')
      const userId = request.query.get('user.id')
      const names = request.query.has('include_names')
      const label = (name: string): object => (names ? { name } : {})
      const labelled = (name: string): object => (names ? { name, domain: DOMAIN } : {})
      const rows = [...identity.users.values()]
        .filter((user) => userId === null || user.id === userId)
        .flatMap((user) =>
          [...user.roles]
            .filter(([id]) => projectId === null || id === projectId)
            .flatMap(([id, roles]) =>
              [...roles].map((role) => ({
                role: { id: identity.roleIds.get(role), ...label(role) },
                user: { id: user.id, ...labelled(user.name) },
                scope: { project: { id, ...labelled(identity.projects.get(id)?.name ?? '') } },
                links: {
                  assignment: `${url()}/v3/projects/${id}/users/${user.id}/roles/${identity.roleIds.get(role)}`,
                },
              })),
            ),
        )
      return {
        status: 200,
        body: { role_assignments: rows, links: { next: null, self: `${url()}${request.path}`, previous: null } },
      }
    })
}
