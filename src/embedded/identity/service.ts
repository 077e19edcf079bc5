import type { Clock } from '../../shared/index.ts'
import { RouteTable } from '../http/route-table.ts'
import type { ApiService } from '../http/service.ts'
import type { ApiReply } from '../http/types.ts'
import type { Ids } from '../ids.ts'
import { isoMicrosPlain } from '../times.ts'
import { addAccountRoutes } from './account-routes.ts'
import { authenticate, MALFORMED, WORTHLESS } from './auth-request.ts'
import type { CatalogService } from './catalog.ts'
import { addCredentialRoutes } from './credential-routes.ts'
import { addGrantRoutes } from './grant-routes.ts'
import type { Identity, Token } from './identity.ts'
import { viewToken } from './token-view.ts'

export interface IdentityServiceDeps {
  readonly identity: Identity
  readonly ids: Ids
  readonly clock: Clock
  /** Base URL of this service, without a trailing slash. Known only once it listens. */
  readonly url: () => string
  readonly catalog: () => readonly CatalogService[]
}

/** Keystone v3. */
export function createIdentityService(deps: IdentityServiceDeps): ApiService {
  const { identity, url, catalog } = deps
  const routes = new RouteTable()

  const version = (): Record<string, unknown> => ({
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${url()}/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  })
  const versions = (): ApiReply => ({
    status: 300,
    headers: { Location: `${url()}/v3/` },
    body: { versions: { values: [version()] } },
  })
  const tokenReply = (token: Token, status: number, isBrief = false): ApiReply => ({
    status,
    headers: { 'X-Subject-Token': token.value, 'Content-Type': 'application/json' },
    body: {
      token: { ...viewToken(identity, token, isBrief ? null : catalog()), ...(status === 201 ? bareEnd(token) : {}) },
    },
  })

  routes
    .open('GET', '/', versions)
    .open('GET', '/v3', () => ({ status: 200, body: { version: version() } }))
    .open('GET', '/v3/', () => ({ status: 200, body: { version: version() } }))
    .open('POST', '/v3/auth/tokens', (request) =>
      tokenReply(authenticate(identity, request.body), 201, request.query.has('nocatalog')),
    )
    .on('GET', '/v3/auth/tokens', (request) => {
      const subject = request.headers['x-subject-token']
      const value = typeof subject === 'string' ? subject : undefined
      const token = TRUE.test(request.query.get('allow_expired') ?? '')
        ? identity.tokenEvenExpired(value)
        : identity.token(value)
      if (!token) return notFound(WORTHLESS)
      return tokenReply(token, 200, request.query.has('nocatalog'))
    })
    .on('DELETE', '/v3/auth/tokens', (request) => {
      const subject = request.headers['x-subject-token']
      if (typeof subject !== 'string' || !identity.token(subject)) return notFound(WORTHLESS)
      identity.revoke(subject)
      return { status: 204 }
    })
    .on('GET', '/v3/auth/catalog', () => ({
      status: 200,
      body: { catalog: catalog(), links: { self: `${url()}/v3/auth/catalog` } },
    }))
  addAccountRoutes(routes, deps)
  addGrantRoutes(routes, deps)
  addCredentialRoutes(routes, deps)

  return {
    name: 'keystone',
    routes,
    malformedBody: `Expecting to find valid JSON in request body. ${MALFORMED}`,
    requestIdHeaders: ['x-openstack-request-id'],
    headers: () => ({ Vary: 'X-Auth-Token' }),
    renderError: (error) => ({
      status: error.status,
      headers: error.status === 401 ? { 'WWW-Authenticate': `Keystone uri="${url()}/v3"` } : {},
      body: { error: { code: error.status, message: error.message, title: TITLES[error.status] ?? error.type } },
    }),
  }
}

/** What oslo takes for true. */
const TRUE = /^(1|t|true|on|y|yes)$/i

/** In the answer that gives it out, a token's end that comes from its application credential is written as the database has it: bare. */
const bareEnd = ({ credential, expiresAt }: Token): Readonly<Record<string, unknown>> =>
  credential?.expiresAt === expiresAt ? { expires_at: isoMicrosPlain(expiresAt).replace(/\.0+$/, '') } : {}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

function notFound(message: string): ApiReply {
  return { status: 404, body: { error: { code: 404, message, title: 'Not Found' } } }
}
