import { execFile } from 'node:child_process'
import { AstaraError } from '../../shared/index.ts'

/** Programs that the orchestrator runs on its own machine. */
export type HostTool = 'ip' | 'ovs-vsctl'

/** Runs one and answers what it printed. Throws AstaraError when it is not there, takes too long or ends badly. */
export type RunTool = (tool: HostTool, args: readonly string[], signal?: AbortSignal) => Promise<string>

const TIME_MS = 10_000
const MAX_OUTPUT = 4 * 1024 * 1024
/** What ids, addresses, names of devices and the words of both programs are made of. */
const FIT_ARGUMENT = /^[A-Za-z0-9_.,:/=@-]+$/

/** Runs programs as they are, without a shell. `prefix` is put before each (tests enter a namespace with it). */
export function hostTools(prefix: readonly string[] = []): RunTool {
  return (tool, args, signal) => {
    const unfit = args.find((arg) => !FIT_ARGUMENT.test(arg))
    if (unfit !== undefined) {
      return Promise.reject(new AstaraError('failed', `${tool}: unfit argument ${JSON.stringify(unfit)}`))
    }
    const [program = tool, ...rest] = [...prefix, tool, ...args]
    return new Promise((resolve, reject) => {
      execFile(
        program,
        rest,
        {
          timeout: TIME_MS,
          killSignal: 'SIGKILL',
          maxBuffer: MAX_OUTPUT,
          env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin' },
          ...(signal ? { signal } : {}),
        },
        (error, stdout, stderr) => {
          if (!error) resolve(stdout)
          else if (signal?.aborted) reject(signal.reason)
          else reject(failure(tool, args, error, stderr))
        },
      )
    })
  }
}

function failure(
  tool: HostTool,
  args: readonly string[],
  error: Error & { readonly code?: unknown; readonly killed?: boolean },
  stderr: string,
): AstaraError {
  const what = `${tool} ${args.join(' ')}`
  if (error.code === 'ENOENT') {
    const suggestion =
      tool === 'ip' ? 'Install it: apt-get install iproute2' : 'Install it: apt-get install openvswitch-switch'
    return new AstaraError('failed', `${tool} is not installed`, { suggestions: [suggestion], cause: error })
  }
  if (error.killed === true) {
    return new AstaraError('timeout', `${what} did not end within ${TIME_MS / 1_000} s`, { cause: error })
  }
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const denied = /permitted|permission denied/i.test(stderr)
  return new AstaraError('failed', `${what}: ${said || error.message}`, {
    cause: error,
    suggestions: denied
      ? ['Plugging a port needs CAP_NET_ADMIN: run as root, or set AmbientCapabilities=CAP_NET_ADMIN in the unit.']
      : [],
  })
}
