import { AstaraError } from '../../shared/index.ts'
import type { ServiceName } from '../types.ts'

/** How a service's URL is completed to the version this client speaks. */
interface Versioning {
  readonly prefix: string
  /** Ends of a path that already name a usable version. */
  readonly versioned: RegExp
}

const VERSIONING: Readonly<Record<ServiceName, Versioning>> = {
  keystone: { prefix: '/v3', versioned: /\/v3$/ },
  neutron: { prefix: '/v2.0', versioned: /\/v2\.0$/ },
  // `/v2.1/<project>` is how older catalogs have it, `/v2/<project>` the compatible API before it.
  nova: { prefix: '/v2.1', versioned: /\/v2(?:\.1)?(?:\/[^/]+)?$/ },
  glance: { prefix: '/v2', versioned: /\/v2$/ },
}

/** Version part of a service's path templates, whatever its real URL looks like. */
export function versionPrefix(service: ServiceName): string {
  return VERSIONING[service].prefix
}

/**
 * Base URL of a service from what the catalog (or a person) says: no slash at its end, the version added when it is missing (network
 * has none in the catalog), `%(tenant_id)s` filled in. Throws `bad_config` when it is no usable URL.
 */
export function versionedBase(service: ServiceName, url: string, projectId: string | null): string {
  const filled = url.replaceAll(/[%$]\((?:tenant_id|project_id)\)s/g, projectId ?? '')
  const parsed = URL.parse(filled)
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new AstaraError('bad_config', `the URL of ${service} is not one of http or https: ${JSON.stringify(url)}`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new AstaraError('bad_config', `the URL of ${service} must not contain a user name or password`)
  }
  const { prefix, versioned } = VERSIONING[service]
  let path = parsed.pathname.replace(/\/+$/, '')
  if (service === 'keystone') path = path.replace(/\/v2\.0$/, '')
  return parsed.origin + (versioned.test(path) ? path : path + prefix)
}
