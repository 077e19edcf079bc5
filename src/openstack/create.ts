import { AstaraError, createLimiter, silentLogger, systemClock, systemRandom } from '../shared/index.ts'
import { type Access, type Caller, createCaller } from './http/caller.ts'
import { openDeadline } from './http/deadline.ts'
import { type CallSite, timeoutError } from './http/failure.ts'
import { createTransport, readCa } from './http/transport.ts'
import { authRequest } from './identity/auth-request.ts'
import { versionedBase, versionPrefix } from './identity/endpoint.ts'
import { createSession } from './identity/session.ts'
import { fetchToken } from './identity/token.ts'
import { createTokenSource } from './identity/token-source.ts'
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_MAX_BODY_BYTES,
  DEFAULT_RETRY,
  DEFAULT_TIMEOUTS,
  type OpenStackOptions,
} from './options.ts'
import { createGlance } from './services/glance.ts'
import { createNeutron } from './services/neutron.ts'
import { createNova } from './services/nova.ts'
import { createRoots } from './services/roots.ts'
import { createVpn } from './services/vpn.ts'
import type { OpenStack, ServiceName, ServiceRoots } from './types.ts'

/**
 * The clients of one cloud. Connects to nothing yet; the first call fetches the token. Throws AstaraError `bad_config` for options that
 * cannot work: credentials missing, an impossible URL, an unreadable CA file.
 */
export function createOpenStack(options: OpenStackOptions): OpenStack & ServiceRoots {
  const { auth, clock = systemClock, random = systemRandom, logger = silentLogger } = options
  const closing = new AbortController()
  const closers: (() => Promise<void>)[] = []
  const ca = auth.cafile === undefined ? null : readCa(auth.cafile)
  const insecure = auth.insecure === true
  if (insecure) logger.warn('TLS certificates of the OpenStack services are not checked (insecure)')

  function caller(service: ServiceName, access: (signal: AbortSignal) => Promise<Access>): Caller {
    const timeouts = { ...DEFAULT_TIMEOUTS[service], ...options.timeouts?.[service] }
    const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
    const transport = createTransport({ timeouts, maxBodyBytes, ca, insecure })
    closers.push(() => transport.close())
    return createCaller({
      service,
      prefix: versionPrefix(service),
      access,
      transport,
      limiter: createLimiter(options.concurrency?.[service] ?? DEFAULT_CONCURRENCY[service]),
      timeouts,
      retry: { ...DEFAULT_RETRY, ...options.retry },
      userAgent: options.userAgent ?? 'astara',
      clock,
      random,
      logger,
      onCall: options.onCall,
      closed: closing.signal,
    })
  }

  const identity: Access = {
    base: versionedBase('keystone', auth.authUrl, null),
    token: null,
    refused: () => false,
    accepted: () => {},
  }
  const keystone = caller('keystone', () => Promise.resolve(identity))
  const keystoneTimeouts = { ...DEFAULT_TIMEOUTS.keystone, ...options.timeouts?.keystone }
  const loginSite: CallSite = {
    service: 'keystone',
    method: 'POST',
    url: `${identity.base}/auth/tokens`,
    pathTemplate: '/v3/auth/tokens',
    secrets: [],
  }
  const request = authRequest(auth)
  const tokens = createTokenSource({ fetch: () => fetchToken(keystone, request, clock), clock, random, logger })
  const overrides = options.endpointOverrides ?? {}
  for (const service of ['neutron', 'nova', 'glance'] as const) {
    const url = overrides[service]
    if (url !== undefined) versionedBase(service, url, null)
  }
  const access = createSession(tokens, {
    authUrl: identity.base,
    region: options.region,
    interface: options.interface ?? 'public',
    overrides,
  })

  const callNeutron = caller('neutron', (signal) => access('neutron', signal))
  const callNova = caller('nova', (signal) => access('nova', signal))
  const callGlance = caller('glance', (signal) => access('glance', signal))
  const neutron = createNeutron(callNeutron, clock)
  return {
    neutron,
    vpn: createVpn(callNeutron, (callOptions) => neutron.listExtensions(callOptions), clock),
    nova: createNova(callNova),
    glance: createGlance(callGlance),
    root: createRoots({
      callers: { keystone, neutron: callNeutron, nova: callNova, glance: callGlance },
      baseOf: async (service, signal) =>
        service === 'keystone' ? identity.base : (await access(service, signal)).base,
      clock,
    }),
    async authenticate(callOptions = {}) {
      const ms = callOptions.timeoutMs ?? keystoneTimeouts.totalMs
      const deadline = openDeadline(clock, ms, [callOptions.signal, closing.signal])
      try {
        const token = await tokens.get(deadline.signal)
        return { projectId: token.projectId, userId: token.userId, roles: token.roles }
      } catch (error) {
        // The fetch goes on for whoever comes next; only this wait is over.
        throw deadline.expired ? timeoutError(loginSite, 'waiting for a token', ms) : error
      } finally {
        deadline.close()
      }
    },
    async close() {
      closing.abort(new AstaraError('interrupted', 'the connection to OpenStack was closed'))
      await Promise.all(closers.map((close) => close()))
    },
  }
}
