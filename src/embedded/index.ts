export { stubAddressPlan } from './address-plan.ts'
export { type EmbeddedCloud, startEmbeddedCloud } from './cloud.ts'
export type { EmbeddedCloudOptions } from './options.ts'
export { type ServeOptions, serveEmbedded } from './serve.ts'
