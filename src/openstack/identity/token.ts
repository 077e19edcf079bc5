import type { Clock } from '../../shared/index.ts'
import type { Caller } from '../http/caller.ts'
import { path } from '../http/path.ts'
import { type JsonObject, list, member, object, ShapeError, text } from '../http/shape.ts'
import type { AuthRequest } from './auth-request.ts'
import { type Catalog, readCatalog } from './catalog.ts'

/** A token and what came with it. `value` is a secret. */
export interface Token {
  readonly value: string
  readonly userId: string
  /** Null when the token is not scoped to a project. */
  readonly projectId: string | null
  readonly catalog: Catalog
  /** Names of the user's roles in the project. */
  readonly roles: readonly string[]
  /** Monotonic milliseconds. */
  readonly validUntil: number
  readonly lifetimeMs: number
}

/** Asks Keystone for a token. Asking twice costs a token more and changes nothing, so it may be retried. */
export function fetchToken(keystone: Caller, request: AuthRequest, clock: Clock): Promise<Token> {
  const asked = clock.monotonic()
  return keystone({
    method: 'POST',
    path: path`/auth/tokens`,
    body: request.body,
    secrets: request.secrets,
    idempotent: true,
    read(body, answer) {
      const value = answer.header('x-subject-token')
      if (value === null || value === '') throw new ShapeError('the header X-Subject-Token', 'there')
      return member(object(body, 'the body'), 'token', (token) => readToken(token, value, asked, clock.now()))
    },
  })
}

function readToken(token: JsonObject, value: string, asked: number, now: number): Token {
  const expires = time(token, 'expires_at')
  const issued = token.issued_at === undefined ? now : time(token, 'issued_at')
  const lifetimeMs = Math.max(0, expires - issued)
  return {
    value,
    userId: member(token, 'user', (user) => text(user, 'id')),
    projectId: token.project === undefined ? null : member(token, 'project', (project) => text(project, 'id')),
    catalog: readCatalog(token),
    roles: list(token, 'roles', (role) => text(role, 'name')),
    validUntil: asked + lifetimeMs,
    lifetimeMs,
  }
}

/** Keystone's times are UTC, though it does not always say so: the end of a token got by an application credential that ends is bare. */
function time(source: JsonObject, key: string): number {
  const given = text(source, key)
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(given) ? given : `${given}Z`)
  if (Number.isNaN(ms)) throw new ShapeError(key, 'a time')
  return ms
}
