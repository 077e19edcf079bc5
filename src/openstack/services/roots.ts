import type { Clock } from '../../shared/index.ts'
import type { Caller } from '../http/caller.ts'
import { type Path, path } from '../http/path.ts'
import type { Pair } from '../http/query.ts'
import { isObject } from '../http/shape.ts'
import type { WireResponse } from '../http/transport.ts'
import type { ServiceName, ServiceRoots } from '../types.ts'

/** The least that each service answers: nothing of it depends on what the cloud holds. */
const LEAST: Readonly<Record<ServiceName, { readonly path: Path; readonly query?: readonly Pair[] }>> = {
  keystone: { path: path`/` },
  neutron: { path: path`/` },
  nova: { path: path`/` },
  // Glance has nothing at the root of a version.
  glance: { path: path`/images`, query: [['limit', '1']] },
}

/** A Date header is cut to whole seconds: on average it is half of one late. */
const CUT_OFF_MS = 500

interface RootsParts {
  readonly callers: Readonly<Record<ServiceName, Caller>>
  readonly baseOf: (service: ServiceName, signal: AbortSignal) => Promise<string>
  readonly clock: Clock
}

/** Asks services for the least there is. */
export function createRoots({ callers, baseOf, clock }: RootsParts): ServiceRoots['root'] {
  return async (service, options = {}) => {
    const read = (body: unknown, answer: WireResponse): { version: string | null; aheadMs: number | null } => {
      const date = Date.parse(answer.header('date') ?? '')
      return {
        version: versionOf(service, body),
        aheadMs: Number.isNaN(date) ? null : date + CUT_OFF_MS - clock.now(),
      }
    }
    const found = await callers[service]({ method: 'GET', ...LEAST[service], read }, options)
    return { url: await baseOf(service, options.signal ?? new AbortController().signal), ...found }
  }
}

function versionOf(service: ServiceName, body: unknown): string | null {
  const version = isObject(body) && isObject(body.version) ? body.version : null
  const said = service === 'nova' ? version?.version : version?.id
  return typeof said === 'string' && said !== '' ? said : null
}
