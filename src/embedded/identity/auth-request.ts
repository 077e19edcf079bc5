import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import { DOMAIN, type Identity, type Project, type Token, type User } from './identity.ts'

const domain = z.object({ id: z.string().optional(), name: z.string().optional() })
const schema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).min(1),
      password: z
        .object({
          user: z.object({
            id: z.string().optional(),
            name: z.string().optional(),
            domain: domain.optional(),
            password: z.string(),
          }),
        })
        .optional(),
      token: z.object({ id: z.string() }).optional(),
      application_credential: z
        .object({
          id: z.string().optional(),
          name: z.string().optional(),
          secret: z.string(),
          user: z
            .object({ id: z.string().optional(), name: z.string().optional(), domain: domain.optional() })
            .optional(),
        })
        .optional(),
    }),
    scope: z
      .union([
        z.literal('unscoped'),
        z.object({
          project: z
            .object({ id: z.string().optional(), name: z.string().optional(), domain: domain.optional() })
            .optional(),
          domain: domain.optional(),
          system: z.unknown().optional(),
        }),
      ])
      .optional(),
  }),
})

/** How Keystone ends what it says of bodies it cannot read. */
export const MALFORMED =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.'
/** What it says of tokens that are none, or none any more. */
export const WORTHLESS = 'Failed to validate token'
const METHODS = ['password', 'token', 'application_credential']

const expected = (what: string, where: string): ApiError =>
  new ApiError(400, 'Bad Request', `Expecting to find ${what} in ${where}. ${MALFORMED}`)

const unauthorized = (): ApiError =>
  new ApiError(401, 'Unauthorized', 'The request you have made requires authentication.')

const isOurDomain = (given: { id?: string | undefined; name?: string | undefined } | undefined): boolean =>
  given === undefined || given.id === DOMAIN.id || given.name === DOMAIN.name || given.name === DOMAIN.id

/** Answers `POST /v3/auth/tokens`: password, application credential or another token, scoped or not. */
export function authenticate(identity: Identity, body: unknown): Token {
  const parsed = schema.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    if (issue && issue.path.length <= 1) throw expected('auth', 'request body')
    throw new ApiError(400, 'Bad Request', `Invalid input for field '${issue?.path.join('/')}': ${issue?.message}`)
  }
  const { identity: proof, scope } = parsed.data.auth
  const { methods } = proof
  const strange = methods.find((method) => !METHODS.includes(method))
  if (strange !== undefined) throw expected(strange, 'identity')

  if (methods.includes('application_credential') && proof.application_credential) {
    const given = proof.application_credential
    const owner = given.user?.id ? identity.users.get(given.user.id) : identity.userNamed(given.user?.name ?? '')
    const found = given.id
      ? identity.credentials.get(given.id)
      : [...identity.credentials.values()].find((one) => one.name === given.name && one.userId === owner?.id)
    const credential = identity.verifyCredential(found, given.secret)
    const user = credential ? identity.users.get(credential.userId) : undefined
    const project = credential ? identity.projects.get(credential.projectId) : undefined
    if (!credential || !user || !project) throw unauthorized()
    return identity.issue(user, project, { methods, roles: credential.roles, credential })
  }

  let user: User | null = null
  let parent: Token | null = null
  if (methods.includes('password') && proof.password) {
    const given = proof.password.user
    const known = given.id ? identity.users.get(given.id) : identity.userNamed(given.name ?? '')
    user = isOurDomain(given.domain) ? identity.verifyPassword(known, given.password) : null
  } else if (methods.includes('token') && proof.token) {
    parent = identity.token(proof.token.id)
    if (!parent) throw new ApiError(404, 'Not Found', WORTHLESS)
    user = parent.user
  }
  if (!user) throw unauthorized()

  const project = projectOf(identity, user, scope)
  // A token made by a token remembers how that one was made.
  const all = [...new Set([...(parent?.methods ?? []), ...methods])]
  return identity.issue(user, project, { methods: all, parentAuditId: parent?.auditIds.at(-1) })
}

function projectOf(identity: Identity, user: User, scope: z.infer<typeof schema>['auth']['scope']): Project | null {
  if (scope === 'unscoped') return null
  if (scope?.project) {
    const { id, name, domain: of } = scope.project
    const project = id ? identity.projects.get(id) : isOurDomain(of) ? identity.projectNamed(name ?? '') : undefined
    if (!project?.enabled || !user.roles.get(project.id)?.size) throw unauthorized()
    return project
  }
  if (scope?.domain || scope?.system !== undefined) throw unauthorized()
  return user.defaultProjectId ? (identity.projects.get(user.defaultProjectId) ?? null) : null
}
