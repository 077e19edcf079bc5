import type { Clock } from '../../shared/index.ts'
import { hasStatus } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { listCollection } from '../http/lister.ts'
import { type Path, path } from '../http/path.ts'
import type { JsonObject } from '../http/shape.ts'
import type { CallOptions, Filter, VpnClient } from '../types.ts'
import { readConnection, readEndpointGroup, readIkePolicy, readIpsecPolicy, readVpnService } from './vpn-shapes.ts'

/** How long the absence of the extension is believed. */
const ABSENT_MS = 600_000
const ALIAS = 'vpnaas'

/** A client of Neutron's VPNaaS; `extensions` lists what Neutron offers. */
export function createVpn(
  call: Caller,
  extensions: (options?: CallOptions) => Promise<readonly string[]>,
  clock: Clock,
): VpnClient {
  let absentUntil = Number.NEGATIVE_INFINITY

  /** A proxy's or a half-started Neutron's 404 must not look like "no VPN": every tunnel would be taken down. */
  async function isAbsent(error: unknown, options?: CallOptions): Promise<boolean> {
    if (!hasStatus(error, 404)) return false
    if ((await extensions(options)).includes(ALIAS)) return false
    absentUntil = clock.monotonic() + ABSENT_MS
    return true
  }

  const lister =
    <T extends { readonly id: string }>(place: Path, key: string, read: (source: JsonObject) => T) =>
    async (filter: Readonly<Record<string, Filter>> = {}, options?: CallOptions): Promise<readonly T[]> => {
      if (clock.monotonic() < absentUntil) return []
      try {
        return await listCollection(call, { path: place, key, read }, filter, options)
      } catch (error) {
        if (await isAbsent(error, options)) return []
        throw error
      }
    }

  return {
    listServices: lister(path`/vpn/vpnservices`, 'vpnservices', readVpnService),
    listConnections: lister(path`/vpn/ipsec-site-connections`, 'ipsec_site_connections', readConnection),
    listIkePolicies: lister(path`/vpn/ikepolicies`, 'ikepolicies', readIkePolicy),
    listIpsecPolicies: lister(path`/vpn/ipsecpolicies`, 'ipsecpolicies', readIpsecPolicy),
    listEndpointGroups: lister(path`/vpn/endpoint-groups`, 'endpoint_groups', readEndpointGroup),
  }
}
