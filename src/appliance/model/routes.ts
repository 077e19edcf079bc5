import type { Configuration } from '../body/index.ts'
import { type Cidr, contains, type Ip, isNexthop, overlaps } from '../net/ip.ts'
import type { Machine } from './machine.ts'
import type { Model, Network, Route } from './types.ts'

type RoutePlan = Pick<Model, 'defaultGateways' | 'routes'> & { readonly warnings: readonly string[] }

/**
 * The gateways of the external network: the pushed IPv4 one first, else what its subnets say. One that another network has (or the router
 * itself) leads nowhere that is meant, and the kernel takes no such IPv6 route.
 */
function defaultGateways(
  config: Configuration,
  external: Network | null,
  networks: readonly Network[],
): { gateways: Ip[]; warnings: string[] } {
  if (!external) {
    const warning = 'default_v4_gateway has no effect without an external network'
    return { gateways: [], warnings: config.default_v4_gateway ? [warning] : [] }
  }
  const warnings: string[] = []
  const isElsewhere = (gateway: Ip): boolean =>
    networks.some((network) => network.addresses.some((address) => address.ip.text === gateway.text)) ||
    (!external.addresses.some((address) => contains(address.network, gateway)) &&
      networks.some((network) => network.addresses.some((address) => contains(address.network, gateway))))
  const gateways = ([4, 6] as const).flatMap((family) => {
    const pushed = family === 4 ? config.default_v4_gateway : null
    const gateway = pushed ?? external.subnets.find((s) => s.cidr.address.family === family && s.gateway)?.gateway
    const usable = external.addresses.some((address) => address.ip.family === family)
    if (!gateway || gateway.family !== family || !usable) return []
    if (!isElsewhere(gateway)) return [gateway]
    warnings.push(
      `no default route via ${gateway.text}: that is not on the external network but on another, or the router`,
    )
    return []
  })
  return { gateways, warnings }
}

/**
 * Which routes reach the kernel. Host routes are the tenant's own words, and are kept from doing harm: none may take the management
 * network or the orchestrator away, none replaces the default route or a connected network, and each needs a next hop that is
 * really there (a route through the router itself is only meant for the machines).
 */
export function planRoutes(
  config: Configuration,
  networks: readonly Network[],
  external: Network | null,
  machine: Machine,
  orchestrator: Ip,
): RoutePlan {
  const { gateways, warnings } = defaultGateways(config, external, networks)
  const connected = networks.flatMap((network) => network.addresses.map((address) => ({ network, address })))
  const management: Cidr[] = [
    ...networks.filter((network) => network.type === 'management').flatMap((n) => n.addresses.map((a) => a.network)),
    ...(machine.serving?.addresses ?? []).map((address) => address.network),
  ]
  const taken = new Map<string, string>()
  const routes: (Route & { device: string })[] = []

  /** The device to install it on, a reason why not, or null when there is nothing to do. */
  const judge = (
    route: Route,
    among: readonly Network[],
    mayBeDefault: boolean,
  ): { device: string } | { why: string } | null => {
    const { destination, nexthop } = route
    if (connected.some(({ address }) => address.ip.text === nexthop.text)) return null
    if (destination.address.family !== nexthop.family) return { why: 'next hop is of the other family' }
    if (destination.prefix === 0) {
      if (!mayBeDefault || gateways.some(({ family }) => family === nexthop.family)) {
        return { why: 'the default route is that of the external network' }
      }
    } else if (contains(destination, orchestrator) || management.some((cidr) => overlaps(cidr, destination))) {
      return { why: 'it overlaps the management network' }
    }
    if (connected.some(({ address }) => address.network.text === destination.text)) {
      return { why: 'that network is connected' }
    }
    const link = connected.find(
      ({ network, address }) =>
        network.type !== 'management' && among.includes(network) && contains(address.network, nexthop),
    )
    if (!link || !isNexthop(nexthop, link.network.addresses)) return { why: 'next hop is not on a connected network' }
    const before = taken.get(destination.text)
    if (before === nexthop.text) return null
    if (before !== undefined) return { why: `it already goes via ${before}` }
    return { device: link.network.device }
  }
  const add = (route: Route, among: readonly Network[], mayBeDefault = false): void => {
    const { destination, nexthop } = route
    const verdict = judge(route, among, mayBeDefault)
    if (!verdict) return
    if ('why' in verdict) {
      warnings.push(`route ${destination.text} via ${nexthop.text} is not installed: ${verdict.why}`)
      return
    }
    taken.set(destination.text, nexthop.text)
    routes.push({ ...route, device: verdict.device })
  }

  // The router's own routes: without a gateway one of them may lead everywhere.
  for (const { destination, next_hop } of config.static_routes) {
    add({ destination, nexthop: next_hop }, networks, true)
  }
  for (const network of networks) {
    for (const subnet of network.subnets) for (const route of subnet.hostRoutes) add(route, [network])
  }
  return {
    routes,
    warnings,
    defaultGateways: gateways.map((gateway) => ({
      gateway,
      onlink: !external?.addresses.some((address) => contains(address.network, gateway)),
    })),
  }
}
