import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../../shared/index.ts'
import { buildWorker } from './build.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import { type ProcessVitals, startWorkerEnd } from './worker-end.ts'

/** The program of a worker process: its one channel is the IPC to the main process, and without that it ends. */
function main(): void {
  const send = process.send?.bind(process)
  if (!send) {
    process.stderr.write('this program is started by `astara run` and not by hand\n')
    process.exitCode = 2
    return
  }
  // Ctrl-C in a terminal reaches the whole process group; when to leave is the main process's decision.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('disconnect', () => process.exit(1))
  startWorkerEnd({
    channel: {
      send: (message: FromWorker) => {
        if (process.connected) send(message)
      },
      // Both ends belong to the same build, so the messages are what the types say.
      onMessage: (listener) => process.on('message', (message) => listener(message as ToWorker)),
    },
    vitals: vitals(),
    clock: systemClock,
    build: buildWorker,
    onStopped: () => process.exit(0),
  })
}

const SAMPLE_MS = 20

function vitals(): ProcessVitals {
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  delay.enable()
  return {
    rssBytes: () => process.memoryUsage.rss(),
    heapBytes: () => process.memoryUsage().heapUsed,
    eventLoopP99Ms() {
      // What Node samples is the time between two of its timers: an idle loop's is the sampling interval.
      const p99 = Math.max(0, delay.percentile(99) / 1e6 - SAMPLE_MS)
      delay.reset()
      return Number.isFinite(p99) ? Math.round(p99 * 100) / 100 : 0
    },
    cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
  }
}

main()
