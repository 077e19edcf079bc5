import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backoffMs, type Clock, type Logger, messageOf } from '../../shared/index.ts'
import { exchangeTunnels, loadTunnels } from './charon.ts'
import { CHILD_ENVIRONMENT, commandLine } from './commands.ts'
import { checkWithTool, type DaemonFiles, syncConnections } from './daemons.ts'
import type { ServiceName, ServiceSpec, Services } from './services.ts'
import { reloadWorkers } from './workers.ts'

interface Child {
  readonly spec: ServiceSpec
  process: ChildProcess
  /** Set once we want it to end. */
  stopping: boolean
  failures: number
}

const READY_MS = 8_000
const STOP_MS = 4_000
const POLL_MS = 10

/**
 * Runs the daemons as children of the agent: for a network namespace, or any machine without systemd. One that dies is started
 * again, ever more slowly; children of an agent that was killed are found by their pid files and ended first.
 */
export class Supervisor implements Services {
  readonly #files: DaemonFiles
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #children = new Map<ServiceName, Child>()

  constructor(files: DaemonFiles, clock: Clock, logger: Logger) {
    this.#files = files
    this.#clock = clock
    this.#logger = logger
  }

  #pidFile(name: ServiceName): string {
    return join(this.#files.runDir, `${name}.child`)
  }

  /** Ends what a killed agent left running here. Its processes are known by our run folder in their command line. */
  async endLeftovers(): Promise<void> {
    for (const name of ['keepalived', 'conntrackd', 'dnsmasq', 'bird', 'nginx', 'charon'] as const) {
      const pid = Number(await readFile(this.#pidFile(name), 'utf8').catch(() => ''))
      if (!Number.isInteger(pid) || pid <= 1) continue
      const ours = async (): Promise<boolean> =>
        (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(`${this.#files.runDir}/`)
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        if (!(await ours())) break
        this.#logger.warn({ service: name, pid, signal }, 'ending a daemon that an earlier agent left')
        process.kill(pid, signal)
        for (let waited = 0; waited < STOP_MS && (await ours()); waited += 50) await this.#clock.sleep(50)
      }
      await rm(this.#pidFile(name), { force: true })
    }
  }

  async running(name: ServiceName): Promise<boolean> {
    const child = this.#children.get(name)
    return child !== undefined && child.process.exitCode === null && child.process.signalCode === null
  }

  async start(spec: ServiceSpec): Promise<void> {
    await this.stop(spec.name)
    await mkdir(this.#files.runDir, { recursive: true })
    await rm(spec.ready, { force: true })
    const child: Child = { spec, process: this.#spawn(spec), stopping: false, failures: 0 }
    this.#children.set(spec.name, child)
    try {
      await this.#untilReady(child)
    } catch (error) {
      await this.stop(spec.name)
      throw error
    }
    this.#watch(child)
  }

  #spawn(spec: ServiceSpec): ChildProcess {
    const line = commandLine(spec.tool, spec.args)
    const child = spawn(line.path, line.args, {
      env: { ...CHILD_ENVIRONMENT, ...spec.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const say = (chunk: Buffer): void => {
      for (const text of chunk.toString().split('\n')) {
        if (text !== '') this.#logger.debug({ service: spec.name }, text.slice(0, 500))
      }
    }
    child.stdout?.on('data', say)
    child.stderr?.on('data', say)
    child.on('error', (error) => this.#logger.error({ service: spec.name, reason: error.message }, 'daemon'))
    return child
  }

  async #untilReady({ spec, process: daemon }: Child): Promise<void> {
    let said = ''
    const listen = (chunk: Buffer): void => {
      said = `${said}${chunk.toString()}`.slice(-2000)
    }
    daemon.stderr?.on('data', listen)
    daemon.stdout?.on('data', listen)
    const deadline = this.#clock.monotonic() + READY_MS
    while (!existsSync(spec.ready)) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) {
        await this.#clock.sleep(POLL_MS)
        throw new Error(`${spec.name} ended at once: ${said.trim().split('\n').slice(-3).join(' | ')}`)
      }
      if (this.#clock.monotonic() > deadline) throw new Error(`${spec.name} is not ready after ${READY_MS} ms`)
      await this.#clock.sleep(POLL_MS)
    }
    daemon.stderr?.off('data', listen)
    daemon.stdout?.off('data', listen)
    if (daemon.pid !== undefined) await writeFile(this.#pidFile(spec.name), String(daemon.pid))
    if (spec.tunnels) await loadTunnels(spec.tunnels)
  }

  /** A daemon that ends unasked comes back. */
  #watch(child: Child): void {
    const startedAt = this.#clock.monotonic()
    const onExit = (code: number | null, signal: string | null): void => {
      if (child.stopping || this.#children.get(child.spec.name) !== child) return
      if (this.#clock.monotonic() - startedAt > 30_000) child.failures = 0
      child.failures += 1
      const delay = backoffMs(child.failures, { baseMs: 200, maxMs: 10_000 })
      this.#logger.error({ service: child.spec.name, code, signal, retry_ms: delay }, 'daemon ended, starting it again')
      this.#clock.after(delay, () => void this.#revive(child).catch(() => undefined), { unref: true })
    }
    if (child.process.exitCode !== null || child.process.signalCode !== null)
      onExit(child.process.exitCode, child.process.signalCode)
    else child.process.once('exit', onExit)
  }

  async #revive(child: Child): Promise<void> {
    if (child.stopping || this.#children.get(child.spec.name) !== child) return
    try {
      await rm(child.spec.ready, { force: true })
      child.process = this.#spawn(child.spec)
      await this.#untilReady(child)
    } catch (error) {
      this.#logger.error({ service: child.spec.name, reason: messageOf(error) }, 'daemon did not come back')
    }
    this.#watch(child)
  }

  async reload(spec: ServiceSpec): Promise<void> {
    const child = this.#children.get(spec.name)
    if (!child || !(await this.running(spec.name))) return this.start(spec)
    const { tunnels } = spec
    if (tunnels) return exchangeTunnels(tunnels, () => loadTunnels(tunnels))
    if (spec.workers) return this.#reloadWorkers(child)
    child.process.kill('SIGHUP')
    // A daemon that ends over its new files does so at once.
    await this.#clock.sleep(20)
    if (!(await this.running(spec.name))) throw new Error(`${spec.name} ended when it was told to reload`)
  }

  async #reloadWorkers({ spec, process: daemon }: Child): Promise<void> {
    let said = ''
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
    }
    // It tries a port that is taken five times before it gives up; only then does it listen to us again.
    const complaint = (): string | null => {
      const lines = said.split('\n').filter((line) => line.includes('[emerg]'))
      return lines.some((line) => !line.includes('bind() to')) ? lines.slice(0, 1).join() : null
    }
    daemon.stderr?.on('data', listen)
    try {
      const reload = async (): Promise<void> => void daemon.kill('SIGHUP')
      await reloadWorkers(spec.ready, reload, complaint, this.#clock)
    } finally {
      daemon.stderr?.off('data', listen)
    }
  }

  restart(spec: ServiceSpec): Promise<void> {
    return this.start(spec)
  }

  async stop(name: ServiceName): Promise<void> {
    const child = this.#children.get(name)
    if (!child) return
    child.stopping = true
    this.#children.delete(name)
    const ended = new Promise<void>((resolve) => {
      if (child.process.exitCode !== null || child.process.signalCode !== null) resolve()
      else child.process.once('exit', () => resolve())
    })
    child.process.kill('SIGTERM')
    const limit = this.#clock.after(STOP_MS, () => child.process.kill('SIGKILL'))
    await ended
    limit.cancel()
    await rm(this.#pidFile(name), { force: true })
  }

  /** Ends all daemons, the one that holds addresses last but one: connections are shared until the end. */
  async stopAll(): Promise<void> {
    for (const name of ['charon', 'nginx', 'bird', 'dnsmasq', 'keepalived', 'conntrackd'] as const)
      await this.stop(name)
  }

  check(name: ServiceName, text: string): Promise<string | null> {
    return checkWithTool(name, text, this.#files)
  }

  syncConnections(becomes: 'master' | 'backup'): Promise<void> {
    return syncConnections(becomes, this.#files, this.#logger)
  }
}
