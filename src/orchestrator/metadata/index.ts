export { type RunningMetadata, startMetadata } from './start.ts'
