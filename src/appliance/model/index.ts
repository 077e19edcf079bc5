export { buildModel, lowestAddress } from './build.ts'
export type { Machine } from './machine.ts'
export type { AnchorRule, Listener, LoadBalancer, Model, Network, Subnet, Tunnel } from './types.ts'
export { isTenantNetwork } from './types.ts'
