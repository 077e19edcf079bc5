import { execFile } from 'node:child_process'
import { AstaraError } from '../../shared/index.ts'

const TIMEOUT_MS = 20_000

export interface RunOptions {
  readonly input?: string
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program without a shell, to its end; resolves with what it printed. Throws AstaraError `failed` with what it complained of. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input = '', timeoutMs = TIMEOUT_MS, env } = options
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, killSignal: 'SIGKILL', ...(env ? { env } : {}) },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else {
          const why = stderr.trim() || error.message
          reject(new AstaraError('failed', `${command} ${args.join(' ')}: ${why}`, { cause: error }))
        }
      },
    )
    // One that ends before it has read everything says why on standard error.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** `ip`, with `-netns` when a namespace is named. */
export const ip = (space: string | null, ...args: readonly string[]): Promise<string> =>
  run('ip', space === null ? args : ['-netns', space, ...args])

/** Many `ip` commands in one process. The first that fails ends it. */
export const ipBatch = (space: string | null, lines: readonly string[]): Promise<string> =>
  run('ip', [...(space === null ? [] : ['-netns', space]), '-batch', '-'], { input: `${lines.join('\n')}\n` })

/** Sets kernel parameters of a namespace, each by its path below /proc/sys. */
export async function sysctl(space: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const pairs = Object.entries(settings).map(([key, value]) => `${key.replaceAll('/', '.')}=${value}`)
  await run('ip', ['netns', 'exec', space, 'sysctl', '-qw', ...pairs])
}
