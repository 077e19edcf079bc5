import type { FastifyRequest } from 'fastify'
import { AstaraError } from '../../shared/index.ts'
import { isLoopback } from './listen-address.ts'

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The name or address of a Host header or an origin, without port and brackets, lower case; null when it is malformed. */
export function hostName(header: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d{1,5})?$/i.exec(header)
  return match ? (match[1] ?? match[2] ?? '').toLowerCase() : null
}

/**
 * Whether a request that came with this Host header may be meant for us. A page in a browser can point a name of its own at 127.0.0.1
 * (DNS rebinding) and would then be of the same origin as this API; it cannot make the browser send another Host.
 */
export function isHostAllowed(header: string | undefined, allowed: ReadonlySet<string>): boolean {
  const host = header === undefined ? null : hostName(header)
  return host !== null && (host === 'localhost' || isLoopback(host) || allowed.has(host))
}

function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}

/**
 * Refuses what a browser may have been talked into: requests under a strange name, and writes from another site. Writes to /v1 must be
 * JSON or carry the header X-Astara-Client, which a page of another origin cannot send without our consent; the original's PUT paths
 * have no body, but PUT itself needs that consent (and we never give it).
 *
 * @throws AstaraError `not_allowed`
 */
export function guardRequest(request: FastifyRequest, allowedHosts: ReadonlySet<string>): void {
  const { host, origin, 'sec-fetch-site': site, 'content-type': type } = request.headers
  if (!isHostAllowed(host, allowedHosts)) {
    throw new AstaraError('not_allowed', 'the Host header names neither this machine nor an address of this API')
  }
  if (READS.has(request.method)) return
  const crossSite = site !== undefined && site !== 'same-origin' && site !== 'none'
  if (crossSite || (origin !== undefined && !isSameHost(origin, host))) {
    throw new AstaraError('not_allowed', 'writes from another origin are refused')
  }
  const deliberate =
    request.headers['x-astara-client'] !== undefined || (type !== undefined && /^application\/json\b/i.test(type))
  const isLegacy = request.method === 'PUT' && !request.url.startsWith('/v1/')
  if (!isLegacy && !deliberate) {
    throw new AstaraError('not_allowed', 'a write needs "Content-Type: application/json" or the header X-Astara-Client')
  }
}
