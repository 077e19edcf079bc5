import { AstaraError } from '../../shared/index.ts'
import type { AuthOptions } from '../types.ts'

/** Body of `POST /v3/auth/tokens` and what of it must never be shown. */
export interface AuthRequest {
  readonly body: { readonly auth: Readonly<Record<string, unknown>> }
  readonly secrets: readonly string[]
}

/** Turns the options into a request. Throws `bad_config` naming what is missing. */
export function authRequest(auth: AuthOptions): AuthRequest {
  return auth.method === 'password' ? passwordRequest(auth) : credentialRequest(auth)
}

function passwordRequest(auth: AuthOptions): AuthRequest {
  const password = need(auth.password, 'the password')
  const scope = projectScope(auth)
  return {
    body: {
      auth: {
        identity: { methods: ['password'], password: { user: { ...userOf(auth), password } } },
        ...(scope === null ? {} : { scope }),
      },
    },
    secrets: [password],
  }
}

/** An application credential brings its project with it; naming a scope besides is an error of Keystone's. */
function credentialRequest(auth: AuthOptions): AuthRequest {
  const secret = need(auth.applicationCredentialSecret, 'the secret of the application credential')
  const credential =
    auth.applicationCredentialId === undefined
      ? { name: need(auth.applicationCredentialName, 'id or name of the application credential'), user: userOf(auth) }
      : { id: auth.applicationCredentialId }
  return {
    body: {
      auth: {
        identity: { methods: ['application_credential'], application_credential: { ...credential, secret } },
      },
    },
    secrets: [secret],
  }
}

function userOf(auth: AuthOptions): Readonly<Record<string, unknown>> {
  if (auth.userId !== undefined) return { id: auth.userId }
  return {
    name: need(auth.username, 'id or name of the user'),
    domain: domainOf(auth.userDomainId, auth.userDomainName),
  }
}

function projectScope(auth: AuthOptions): Readonly<Record<string, unknown>> | null {
  if (auth.projectId !== undefined) return { project: { id: auth.projectId } }
  if (auth.projectName === undefined) return null
  return { project: { name: auth.projectName, domain: domainOf(auth.projectDomainId, auth.projectDomainName) } }
}

/** Keystone's first domain has the id `default` everywhere; who names none means that one. */
function domainOf(id: string | undefined, name: string | undefined): Readonly<Record<string, string>> {
  if (id !== undefined) return { id }
  return name === undefined ? { id: 'default' } : { name }
}

function need(value: string | undefined, what: string): string {
  if (value !== undefined && value !== '') return value
  throw new AstaraError('bad_config', `cannot log in to Keystone: ${what} is missing`)
}
