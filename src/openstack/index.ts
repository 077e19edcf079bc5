export { createOpenStack } from './create.ts'
export { hasStatus, OpenStackError } from './errors.ts'
export type { OpenStackOptions } from './options.ts'
export * from './types.ts'
