import { OpenStackError } from '../errors.ts'
import type { Access } from '../http/caller.ts'
import type { EndpointInterface } from '../options.ts'
import type { ServiceName } from '../types.ts'
import { findEndpoint } from './catalog.ts'
import { versionedBase } from './endpoint.ts'
import type { Token } from './token.ts'
import type { TokenSource } from './token-source.ts'

/** Official type first, then what catalogs have called it. */
const TYPES: Readonly<Record<Exclude<ServiceName, 'keystone'>, readonly string[]>> = {
  neutron: ['network'],
  nova: ['compute', 'computev21', 'compute_legacy'],
  glance: ['image', 'imagev2'],
}

/** Which endpoints a session uses. */
export interface SessionOptions {
  readonly authUrl: string
  readonly region: string | undefined
  readonly interface: EndpointInterface
  readonly overrides: Readonly<Partial<Record<ServiceName, string>>>
}

/** Opens the services with one token between them: finds each in the token's catalog, or where an override says. */
export function createSession(
  tokens: TokenSource,
  options: SessionOptions,
): (service: Exclude<ServiceName, 'keystone'>, signal: AbortSignal) => Promise<Access> {
  // A base URL belongs to the catalog it was found in; it is looked up once per token.
  const bases = new WeakMap<Token, Map<ServiceName, string>>()

  function baseOf(service: Exclude<ServiceName, 'keystone'>, token: Token): string {
    const known = bases.get(token) ?? new Map<ServiceName, string>()
    bases.set(token, known)
    const base = known.get(service) ?? versionedBase(service, urlOf(service, token), token.projectId)
    known.set(service, base)
    return base
  }

  function urlOf(service: Exclude<ServiceName, 'keystone'>, token: Token): string {
    const override = options.overrides[service]
    if (override !== undefined) return override
    const found = findEndpoint(token.catalog, {
      types: TYPES[service],
      interface: options.interface,
      region: options.region,
    })
    if ('url' in found) return found.url
    const unscoped = token.projectId === null && token.catalog.length === 0
    throw new OpenStackError({
      service,
      method: 'GET',
      url: options.authUrl,
      pathTemplate: '/v3/auth/tokens',
      status: null,
      requestId: null,
      type: 'EndpointNotFound',
      detail: found.missing,
      retryable: false,
      retryAfterMs: null,
      code: 'bad_config',
      suggestions: [
        unscoped
          ? 'Name the project to log in to: a token without one has no catalog.'
          : 'Correct region and interface, or give the URL of the service itself (an endpoint override).',
      ],
    })
  }

  return async (service, signal) => {
    const token = await tokens.get(signal)
    return {
      base: baseOf(service, token),
      token: token.value,
      refused: () => tokens.refused(token),
      accepted: () => tokens.accepted(token),
    }
  }
}
