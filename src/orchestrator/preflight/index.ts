export { type PreflightOptions, preflight } from './run.ts'
export type { PreflightDeps } from './types.ts'
