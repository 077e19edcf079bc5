import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a command in a namespace ended with. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let labs = 0

/**
 * A few network namespaces joined by bridges, all named `apl<pid><n>…`, all gone after `close`. One namespace, `sw`, holds nothing
 * but the bridges.
 */
export class Lab {
  readonly prefix: string
  readonly dir: string
  readonly #spaces: string[] = []
  readonly #children: ChildProcess[] = []
  #links = 0

  constructor(bridges: readonly string[]) {
    labs += 1
    if (labs === 1) sweep()
    this.prefix = `apl${process.pid}x${labs}`
    this.dir = mkdtempSync(join(tmpdir(), 'apl-'))
    // dnsmasq reads its files as an unprivileged account.
    chmodSync(this.dir, 0o755)
    this.space('sw')
    for (const bridge of bridges) this.bridge(bridge)
  }

  /** Full name of a namespace. */
  name(space: string): string {
    return `${this.prefix}_${space}`
  }

  /** Adds a namespace. */
  space(space: string): void {
    this.ip('netns', 'add', this.name(space))
    this.#spaces.push(space)
    this.in(space, 'ip', 'link', 'set', 'lo', 'up')
  }

  bridge(name: string): void {
    this.in('sw', 'ip', 'link', 'add', name, 'type', 'bridge')
    this.in('sw', 'ip', 'link', 'set', name, 'up')
  }

  /** A cable from `space` to a bridge; returns the name of its end at the bridge. */
  cable(space: string, device: string, bridge: string, mac?: string): string {
    this.#links += 1
    const outer = `p${this.#links}`
    this.ip(
      'link',
      'add',
      device,
      'netns',
      this.name(space),
      'type',
      'veth',
      'peer',
      'name',
      outer,
      'netns',
      this.name('sw'),
    )
    if (mac) this.in(space, 'ip', 'link', 'set', device, 'address', mac)
    this.in('sw', 'ip', 'link', 'set', outer, 'master', bridge, 'up')
    return outer
  }

  ip(...args: string[]): string {
    return must('ip', args)
  }

  /** Runs a command in a namespace and returns what it printed. Throws when it fails. */
  in(space: string, command: string, ...args: string[]): string {
    return must('ip', ['netns', 'exec', this.name(space), command, ...args])
  }

  /** Runs a command in a namespace without blocking; never rejects. */
  run(space: string, command: string, ...args: string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(
        'ip',
        ['netns', 'exec', this.name(space), command, ...args],
        { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      )
    })
  }

  /** Starts something that goes on until the lab closes. */
  background(space: string, command: string, ...args: string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name(space), command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.push(child)
    return child
  }

  /** Starts a program given as its source; resolves once it prints `ready`. */
  async program(space: string, source: string, ...args: string[]): Promise<ChildProcess> {
    const child = this.background(space, process.execPath, '--input-type=module', '-e', source, ...args)
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('ready')) resolve()
      })
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
      })
      child.once('exit', () => reject(new Error(`program ended: ${said}`)))
    })
    return child
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text, { mode: 0o755 })
    return this.path(name)
  }

  /** Names of the processes that run in a namespace now. */
  processes(space: string): string[] {
    const pids = this.ip('netns', 'pids', this.name(space)).split('\n').filter(Boolean)
    // One that ends between the two looks has no name any more.
    return pids.flatMap((pid) => readSafely(`/proc/${pid}/comm`))
  }

  /** Name of a process; '' when it is gone. */
  commandOf(pid: string): string {
    return readSafely(`/proc/${pid}/comm`)[0] ?? ''
  }

  /** Ends every process of the lab and removes its namespaces. */
  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGTERM')
    for (const space of this.#spaces) {
      for (const signal of ['-TERM', '-KILL']) {
        const pids = spawnSync('ip', ['netns', 'pids', this.name(space)])
          .stdout.toString()
          .split('\n')
          .filter(Boolean)
        if (pids.length === 0) break
        spawnSync('kill', [signal, ...pids])
        await pause(150)
      }
    }
    for (const space of this.#spaces) spawnSync('ip', ['netns', 'del', this.name(space)])
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Removes what a test run that was killed left behind: namespaces named after a process that is no more. */
function sweep(): void {
  for (const line of must('ip', ['netns', 'list']).split('\n')) {
    const [, name, pid] = /^(apl(\d+)x\d+_\w+)/.exec(line) ?? []
    if (name === undefined || existsSync(`/proc/${pid}`)) continue
    const pids = must('ip', ['netns', 'pids', name]).split('\n').filter(Boolean)
    if (pids.length > 0) spawnSync('kill', ['-KILL', ...pids])
    spawnSync('ip', ['netns', 'del', name])
  }
}

function readSafely(path: string): string[] {
  try {
    return [readFileSync(path, 'utf8').trim()]
  } catch {
    return []
  }
}

function must(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 })
  if (result.status === 0) return result.stdout.toString()
  throw new Error(
    `${command} ${args.join(' ')}: ${result.stderr?.toString() || result.error?.message || result.status}`,
  )
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again until the answer is yes. Throws when it is still no after `ms`. */
export async function until(what: string, ask: () => Promise<boolean> | boolean, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`not after ${ms} ms: ${what}`)
    await pause(50)
  }
}

const STARVED_MS = 200

/**
 * What must hold on a machine that has time for it: a failure counts unless this very process was kept waiting meanwhile, then it is tried
 * again, some times. What fails on a machine at rest fails.
 */
export async function unlessStarved(attempt: () => Promise<void>, tries = 4): Promise<void> {
  for (let left = tries; ; left -= 1) {
    let [last, late] = [performance.now(), 0]
    const timer = setInterval(() => {
      late = Math.max(late, performance.now() - last - 20)
      last = performance.now()
    }, 20)
    try {
      return await attempt()
    } catch (error) {
      if (left <= 1 || late < STARVED_MS) throw error
      console.log(`the machine was busy (${Math.round(late)} ms without a turn); once more`)
    } finally {
      clearInterval(timer)
    }
  }
}
