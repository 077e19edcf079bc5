import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromWorker, ToWorker } from '../worker/protocol.ts'
import type { WorkerFactory } from './worker-handle.ts'

// The entry stands beside this file's room both as source (.ts) and as built program (.js).
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** MiB. Bursts fill whatever room there is for short-lived objects, and the process keeps it (docs/performance.md). */
const YOUNG_GENERATION = '--max-semi-space-size=8'

/**
 * Starts worker processes. What they print (log lines) goes to `output`, so that one process owns the terminal or the log file.
 * `entry` is the program that a worker runs; by default the one that belongs to this build.
 */
export function forkedWorkers(options: {
  readonly output: { write(text: string): unknown }
  readonly entry?: URL
}): WorkerFactory {
  const entry = fileURLToPath(options.entry ?? new URL(`../worker/main.${extension}`, import.meta.url))
  return (name) => {
    const child = fork(entry, [name], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [...process.execArgv, YOUNG_GENERATION],
      // Each thread that allocates would otherwise keep an arena of its own and hand little of it back.
      env: { MALLOC_ARENA_MAX: '2', ...process.env },
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => options.output.write(text))
    }
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`))
      child.once('error', (error) => resolve(error.message))
    })
    // A send to a child that has just died fails through its callback; the exit handler deals with it.
    const ignoreSendError = (): void => {}
    return {
      pid: child.pid ?? null,
      exited,
      kill: () => child.kill('SIGKILL'),
      send: (message: ToWorker) => {
        if (child.connected) child.send(message, ignoreSendError)
      },
      onMessage: (listener) => {
        child.on('message', (message) => listener(message as unknown as FromWorker))
      },
    }
  }
}
