import type { Model } from '../model/index.ts'
import { type IpChange, type LiveRoute, type LiveState, ROUTE_PROTOCOL } from '../system/live.ts'

/** Route changes: replacements are atomic in the kernel, so a default route changes without a gap. */
export interface RoutePlan {
  readonly set: readonly IpChange[]
  readonly remove: readonly IpChange[]
}

type Wanted = Omit<LiveRoute, 'protocol'>

/** The routes that this node installs; in a pair they move with the addresses and are keepalived's. */
function wantedRoutes(model: Model): Wanted[] {
  const { external } = model
  if (model.ha) return []
  const defaults = external
    ? model.defaultGateways.map(({ gateway, onlink }) => ({
        destination: gateway.family === 4 ? '0.0.0.0/0' : '::/0',
        gateway: gateway.text,
        device: external.device,
        onlink,
      }))
    : []
  return [
    ...defaults,
    ...model.routes.map((route) => ({
      destination: route.destination.text,
      gateway: route.nexthop.text,
      device: route.device,
      onlink: false,
    })),
  ]
}

const same = (a: Wanted, b: Wanted): boolean =>
  a.destination === b.destination && a.gateway === b.gateway && a.device === b.device

/** Difference between our routes in the kernel and those wanted. Routes of others (BGP, keepalived, the image) are left alone. */
export function planRouteChanges(model: Model, live: LiveState): RoutePlan {
  // The last good configuration may speak of a NIC that was unplugged since.
  const present = new Set(live.links.map((link) => link.device))
  const wanted = wantedRoutes(model).filter((route) => present.has(route.device))
  const ours = live.routes.filter((route) => route.protocol === ROUTE_PROTOCOL)
  const destinations = new Set(wanted.map((route) => route.destination))
  return {
    set: wanted
      .filter((route) => !ours.some((present) => same(route, present)))
      .map((route) => ({ op: 'route-replace', ...route })),
    // One with a wanted destination was replaced; what a replacement left behind is found by the next look.
    remove: ours
      .filter((route) => !wanted.some((want) => same(want, route)))
      .filter(
        (route) =>
          !destinations.has(route.destination) ||
          wanted.some((want) => want.destination === route.destination && ours.some((present) => same(want, present))),
      )
      .map(({ destination, gateway, device }) => ({ op: 'route-delete', destination, gateway, device })),
  }
}
