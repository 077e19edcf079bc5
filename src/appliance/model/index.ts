export { buildModel, lowestAddress } from './build.ts'
export type { Machine } from './machine.ts'
export type { AnchorRule, FloatingIp, Ha, Label, Management, Model, Network, Route, Subnet } from './types.ts'
export { isTenantNetwork } from './types.ts'
