import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'
import type { ApiRequest } from '../http/types.ts'
import { isoMicrosPlain } from '../times.ts'
import { parseBody } from './account-routes.ts'
import { MALFORMED } from './auth-request.ts'
import type { ApplicationCredential } from './identity.ts'
import type { IdentityServiceDeps } from './service.ts'

const schema = z.object({
  application_credential: z.object({
    name: z.string().min(1),
    secret: z.string().min(1).optional(),
    description: z.string().nullish(),
    expires_at: z.string().nullish(),
    roles: z.array(z.object({ id: z.string().optional(), name: z.string().optional() })).optional(),
  }),
})

const PATH = '/v3/users/{user}/application_credentials'

/** When a credential ends, from what the request says of it (UTC, also without saying so). Throws what Keystone answers. */
function endOf(text: string | null, now: number): number | null {
  if (!text) return null
  const end = Date.parse(text.endsWith('Z') ? text : `${text}Z`)
  if (Number.isNaN(end)) throw new ApiError(400, 'Bad Request', `Timestamp not in expected format. ${MALFORMED}`)
  if (end < now) throw new ApiError(400, 'Bad Request', `The 'expires_at' must not be before now. ${MALFORMED}`)
  return end
}

/** Application credentials of the caller. */
export function addCredentialRoutes(routes: RouteTable, deps: IdentityServiceDeps): void {
  const { identity, ids, clock } = deps

  const view = (credential: ApplicationCredential): Record<string, unknown> => ({
    id: credential.id,
    name: credential.name,
    description: credential.description,
    project_id: credential.projectId,
    user_id: credential.userId,
    roles: credential.roles.map((name) => ({
      id: identity.roleIds.get(name),
      name,
      domain_id: null,
      description: null,
      options: { immutable: true },
    })),
    expires_at: credential.expiresAt === null ? null : isoMicrosPlain(credential.expiresAt),
    unrestricted: null,
    system: null,
    links: { self: `${deps.url()}/v3/application_credentials/${credential.id}` },
  })
  const own = (request: ApiRequest): readonly ApplicationCredential[] => {
    if (request.caller?.userId !== request.params.user) {
      throw new ApiError(
        403,
        'Forbidden',
        'You are not authorized to perform the requested action: identity:list_application_credentials.',
      )
    }
    return [...identity.credentials.values()].filter((one) => one.userId === request.params.user)
  }
  const one = (request: ApiRequest): ApplicationCredential => {
    const found = own(request).find((credential) => credential.id === request.params.id)
    if (!found) throw new ApiError(404, 'Not Found', `Could not find Application Credential: ${request.params.id}.`)
    return found
  }

  routes
    .on('GET', PATH, (request) => {
      const name = request.query.get('name')
      const found = own(request).filter((credential) => name === null || credential.name === name)
      return { status: 200, body: { application_credentials: found.map(view) } }
    })
    .on('POST', PATH, (request) => {
      const taken = own(request)
      const body = parseBody(schema, request).application_credential
      const { caller } = request
      if (!caller?.projectId) throw new ApiError(403, 'Forbidden', 'A project-scoped token is required.')
      if (taken.some((credential) => credential.name === body.name)) {
        throw new ApiError(
          409,
          'Conflict',
          `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${body.name}.`,
        )
      }
      const expiresAt = endOf(body.expires_at ?? null, clock.now())
      const credential: ApplicationCredential = {
        id: ids.hex(),
        name: body.name,
        secret: body.secret ?? ids.hex(),
        userId: caller.userId,
        projectId: caller.projectId,
        roles: caller.roles,
        description: body.description ?? null,
        expiresAt,
      }
      identity.credentials.set(credential.id, credential)
      return { status: 201, body: { application_credential: { ...view(credential), secret: credential.secret } } }
    })
    .on('GET', `${PATH}/{id}`, (request) => ({ status: 200, body: { application_credential: view(one(request)) } }))
    .on('DELETE', `${PATH}/{id}`, (request) => {
      identity.credentials.delete(one(request).id)
      return { status: 204 }
    })
}
