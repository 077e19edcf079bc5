import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PROGRAM = join(ROOT, 'bin/run.js')

/** A running `astara …`, as an operator would start it. */
export interface Program {
  readonly child: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Resolves with the line that matches; rejects when the program ends or the time is over before. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>
}

/** Starts the built program. The build must be there: `npm run build`. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  if (!existsSync(join(ROOT, 'dist/run.js'))) throw new Error('dist/ is missing: run `npm run build` first')
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (chunk: string) => {
      text += chunk
      for (const watch of watchers) watch()
    })
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return {
    child,
    output: () => text,
    ended,
    line: (pattern, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = text.split('\n').find((line) => pattern.test(line))
          if (found === undefined) return
          finish()
          resolve(found)
        }
        const fail = (why: string): void => {
          finish()
          reject(new Error(`${why} before ${pattern} was printed; output:\n${text.slice(-4_000)}`))
        }
        const timer = setTimeout(() => fail(`${timeoutMs} ms went by`), timeoutMs)
        const finish = (): void => {
          clearTimeout(timer)
          watchers.delete(look)
        }
        watchers.add(look)
        void ended.then((how) => fail(`the program ended (${how})`))
        look()
      }),
  }
}

/** Runs `astara …` to its end. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
}

/** Asks again and again until the answer suits; the last answer is in the error when time is over. */
export async function until<T>(
  ask: () => Promise<T> | T,
  suits: (answer: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let answer: T | undefined
    let failure: unknown
    try {
      answer = await ask()
      if (suits(answer)) return answer
    } catch (error) {
      failure = error
    }
    if (performance.now() > deadline) {
      throw new Error(
        `not within ${timeoutMs} ms; last: ${failure ? String(failure) : JSON.stringify(answer)?.slice(0, 2_000)}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Ids of the processes whose parent is `pid`. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'))
      } catch {
        // It ended while we read.
        return false
      }
    })
    .map(Number)
}

/** True while the process exists. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What stands behind a label at the start of a line. */
export function field(output: string, label: string): string {
  const line = output.split('\n').find((candidate) => candidate.startsWith(label))
  if (line === undefined) throw new Error(`no line begins with ${label} in:\n${output}`)
  return line.slice(label.length).trim()
}
