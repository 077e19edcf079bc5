import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Every program that the appliance ever runs. */
export type Tool =
  | 'arping'
  | 'bird'
  | 'charon-systemd'
  | 'conntrack'
  | 'conntrackd'
  | 'dnsmasq'
  | 'hostname'
  | 'ip'
  | 'ip6tables'
  | 'ip6tables-restore'
  | 'ip6tables-save'
  | 'iptables'
  | 'iptables-restore'
  | 'iptables-save'
  | 'keepalived'
  | 'nft'
  | 'nginx'
  | 'ping'
  | 'swanctl'
  | 'systemctl'

/** What a finished command left. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command could not be run, took too long, or ended badly where that was not expected. */
export class CommandFailed extends Error {
  readonly tool: Tool

  constructor(tool: Tool, message: string) {
    super(`${tool}: ${message}`)
    this.name = 'CommandFailed'
    this.tool = tool
  }
}

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin']
const MAX_OUTPUT = 64 * 1024 * 1024
const found = new Map<Tool, string>()

/** Absolute path of a tool; the caller's PATH does not matter. Null when it is not installed. */
export function findTool(tool: Tool): string | null {
  const known = found.get(tool)
  if (known !== undefined) return known
  for (const folder of FOLDERS) {
    const path = join(folder, tool)
    try {
      accessSync(path, constants.X_OK)
      found.set(tool, path)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: naming control characters is this expression's purpose
const UNFIT_ARGUMENT = /[\u0000-\u001f\u007f]/

/** The path of a tool and its arguments, checked. @throws CommandFailed when not installed or an argument holds control characters. */
export function commandLine(tool: Tool, args: readonly string[]): { path: string; args: string[] } {
  const path = findTool(tool)
  if (path === null) throw new CommandFailed(tool, 'is not installed')
  for (const arg of args) {
    if (UNFIT_ARGUMENT.test(arg)) throw new CommandFailed(tool, `unfit argument ${JSON.stringify(arg)}`)
  }
  return { path, args: [...args] }
}

/** Environment of every child: no locale, nothing inherited that could steer it. */
export const CHILD_ENVIRONMENT = { LC_ALL: 'C', PATH: FOLDERS.join(':') } as const

/** Options of one run. */
export interface RunOptions {
  /** Written to the command's standard input. */
  readonly input?: string
  /** The command is killed after this many milliseconds (default 10,000). */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Environment besides the usual one. */
  readonly environment?: Readonly<Record<string, string>>
}

/**
 * Runs a tool without a shell and waits for its end. A non-zero exit is a result, not an error.
 *
 * @throws CommandFailed when it cannot be started or does not end in time.
 */
export function run(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const { timeoutMs = 10_000, input, signal, environment } = options
  return new Promise((resolve, reject) => {
    const line = commandLine(tool, args)
    const child = spawn(line.path, line.args, {
      env: { ...CHILD_ENVIRONMENT, ...environment },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let size = 0
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_OUTPUT) into.push(chunk)
      else child.kill('SIGKILL')
    }
    child.stdout?.on('data', collect(out))
    child.stderr?.on('data', collect(err))
    child.on('error', (error) => reject(new CommandFailed(tool, error.message)))
    child.on('close', (code, killedBy) => {
      if (code === null) reject(new CommandFailed(tool, `ended by ${killedBy} (limit ${timeoutMs} ms)`))
      else resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
    // A command that ends before it has read everything says why by its exit code.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

/** As `run`, but a non-zero exit is an error that carries what the tool said. */
export async function must(tool: Tool, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(tool, args, options)
  if (result.code === 0) return result.stdout
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(0, 5).join(' | ')
  throw new CommandFailed(tool, `exit ${result.code}: ${said.slice(0, 1000)}`)
}
