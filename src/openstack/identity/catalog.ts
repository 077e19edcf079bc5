import { type JsonObject, list, text, textOr } from '../http/shape.ts'
import type { EndpointInterface } from '../options.ts'

/** One endpoint of a service. */
interface Endpoint {
  readonly interface: 'public' | 'internal' | 'admin'
  readonly region: string | null
  readonly url: string
}

/** One service of the catalog. */
interface CatalogService {
  readonly type: string
  readonly endpoints: readonly Endpoint[]
}

/** What a token's catalog offers. */
export type Catalog = readonly CatalogService[]

/** Which endpoint is wanted. */
export interface EndpointWish {
  /** Acceptable types, the best first. */
  readonly types: readonly string[]
  readonly interface: EndpointInterface
  readonly region: string | undefined
}

/** Reads the `catalog` of a token. Endpoints come one per interface (v3) or with three URLs in one (`publicURL`, as v2 had it). */
export function readCatalog(token: JsonObject): Catalog {
  return list(token, 'catalog', (service) => ({
    type: text(service, 'type'),
    endpoints: list(service, 'endpoints', readEndpoint).flat(),
  }))
}

function readEndpoint(source: JsonObject): readonly Endpoint[] {
  const region = textOr(source, 'region_id', null) ?? textOr(source, 'region', null)
  if (source.url !== undefined) {
    const face = plainInterface(text(source, 'interface'))
    return face === null ? [] : [{ interface: face, region, url: text(source, 'url') }]
  }
  return (['public', 'internal', 'admin'] as const).flatMap((face) => {
    const url = textOr(source, `${face}URL`, null)
    return url === null ? [] : [{ interface: face, region, url }]
  })
}

/** `publicURL` and `public` are the same; null for anything else. */
function plainInterface(name: string): Endpoint['interface'] | null {
  const plain = name.replace(/URL$/, '')
  return plain === 'public' || plain === 'internal' || plain === 'admin' ? plain : null
}

/**
 * Finds the URL of a service. The result is the URL, or a text that says what is missing and what there is instead: the catalog of a
 * cloud is not ours, and "not found" alone would send people searching.
 */
export function findEndpoint(
  catalog: Catalog,
  wish: EndpointWish,
): { readonly url: string } | { readonly missing: string } {
  const [type = ''] = wish.types
  const services = wish.types.flatMap((wanted) => catalog.filter((service) => service.type === wanted))
  const all = services.flatMap((service) => service.endpoints)
  if (all.length === 0) {
    return {
      missing: `the catalog has no service of type "${type}"; it has ${names(catalog.map((service) => service.type))}`,
    }
  }
  const face = plainInterface(wish.interface)
  const fitting = all.filter((endpoint) => endpoint.interface === face)
  if (fitting.length === 0) {
    const offered = names(all.map((endpoint) => endpoint.interface))
    return { missing: `service "${type}" has no ${face} endpoint in the catalog; it has ${offered}` }
  }
  const here = wish.region === undefined ? fitting : fitting.filter((endpoint) => endpoint.region === wish.region)
  const regions = names(fitting.map((endpoint) => endpoint.region ?? '(none)'))
  const [endpoint] = here
  if (endpoint === undefined) {
    return {
      missing: `service "${type}" has no ${face} endpoint in region "${wish.region}"; it has some in ${regions}`,
    }
  }
  // Taking the first of several regions would sooner or later boot instances on the wrong side of the world.
  if (here.some((other) => other.region !== endpoint.region)) {
    return { missing: `service "${type}" has ${face} endpoints in ${regions}: name the region` }
  }
  return { url: endpoint.url }
}

function names(values: readonly string[]): string {
  const unique = [...new Set(values)].sort()
  return unique.length === 0 ? 'nothing' : unique.map((value) => `"${value}"`).join(', ')
}
