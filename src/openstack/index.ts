export { createOpenStack } from './create.ts'
export { hasStatus, OpenStackError } from './errors.ts'
export type { EndpointInterface, OpenStackOptions } from './options.ts'
export * from './types.ts'
