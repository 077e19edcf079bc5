import { spawn } from 'node:child_process'

/**
 * Becomes, as far as one process can, the same command under another Node: same arguments, files and exit status; signals are passed on.
 * Must be readable by Node 18.
 */
export function runWith(node, program) {
  const child = spawn(node, [...process.execArgv, program, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2']) {
    process.on(signal, () => {
      // A terminal has sent its Ctrl-C to both of us already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`astara cannot start ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    // End as it ended, so that a shell or supervisor sees the same.
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
