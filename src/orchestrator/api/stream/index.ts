export { StreamHub } from './hub.ts'
export type { StreamFilter } from './selection.ts'
