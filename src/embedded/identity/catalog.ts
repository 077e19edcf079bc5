import type { Ids } from '../ids.ts'

/** Base URLs of the services, without a trailing slash. */
export interface Endpoints {
  /** `http://127.0.0.1:35357` (its catalog entry ends in `/v3`). */
  readonly keystone: string
  readonly neutron: string
  /** Its catalog entry ends in `/v2.1`. */
  readonly nova: string
  readonly glance: string
}

interface CatalogEndpoint {
  readonly id: string
  readonly interface: string
  readonly region_id: string
  readonly url: string
  readonly region: string
}

export interface CatalogService {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly endpoints: readonly CatalogEndpoint[]
}

export const REGION = 'RegionOne'

/** The service catalog as Keystone hands it out with each scoped token. */
export function buildCatalog(endpoints: Endpoints, ids: Ids): readonly CatalogService[] {
  const rows = [
    ['identity', 'keystone', `${endpoints.keystone}/v3`],
    ['image', 'glance', endpoints.glance],
    ['compute', 'nova', `${endpoints.nova}/v2.1`],
    ['network', 'neutron', endpoints.neutron],
  ] as const
  return rows.map(([type, name, url]) => ({
    endpoints: ['admin', 'public', 'internal'].map((which) => ({
      id: ids.hex(),
      interface: which,
      region_id: REGION,
      url,
      region: REGION,
    })),
    id: ids.hex(),
    type,
    name,
  }))
}
