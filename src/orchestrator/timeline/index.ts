export { configChanges } from './config-changes.ts'
export { type RecordedPush, Recorder } from './recorder.ts'
export { maskSecrets } from './secrets.ts'
