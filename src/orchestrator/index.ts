export { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts'
export { forkedWorkers } from './scheduler/worker-process.ts'
