import { run as runOclif } from '@oclif/core/run'
import { createIo } from './cli/io.ts'
import { reportError, wantsJson } from './cli/report-error.ts'

/** Options of `run`, for tests and for `bin/run.js`. */
export interface RunOptions {
  /** Words after the program's name. Default: of this process. */
  readonly argv?: readonly string[]
  /** URL or path of a file in the package, from which its package.json is found. */
  readonly root?: string
}

/**
 * Who reads our output may stop (`… | head -1`): that is no failure, and nothing is left to say. Any other fault of a stream is.
 */
function leaveWithBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  throw error
}

/** Runs the command that `argv` names. Sets the process's exit status; never throws. */
export async function run({ argv = process.argv.slice(2), root = import.meta.url }: RunOptions = {}): Promise<void> {
  process.stdout.on('error', leaveWithBrokenPipe)
  process.stderr.on('error', leaveWithBrokenPipe)
  try {
    await runOclif([...argv], root)
  } catch (error) {
    // oclif has set a status of its own on the way, which knows nothing of our table.
    process.exitCode = reportError(error, createIo(process), { json: wantsJson(argv) })
  }
}
