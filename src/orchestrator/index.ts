export { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts'
export { preflight } from './preflight/index.ts'
export { forkedWorkers } from './scheduler/worker-process.ts'
export { openStackOptions } from './settings.ts'
