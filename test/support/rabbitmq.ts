import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'amqplib'
import { findRabbitServer } from './peers.ts'
import { brokerFolderPrefix, cleanStaleBrokers, killLeftovers, writeOwner } from './stale-brokers.ts'

/** A RabbitMQ of our own: own node name, ports, epmd and folder; it never touches the system's. */
export interface PrivateBroker {
  /** `rabbit://guest:guest@127.0.0.1:<port>/`: what `transport_url` would say. */
  readonly url: string
  readonly port: number
  readonly folder: string
  start(): Promise<void>
  /** Asks it to stop, and waits. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** SIGSTOP: the port accepts, nobody answers. */
  freeze(): void
  thaw(): void
  /** The last lines of its log. */
  log(): string
  /** Kills everything and removes the folder. */
  dispose(): Promise<void>
}

export interface PrivateBrokerOptions {
  /** Erlang schedulers; 1 leaves the machine's other cores to the tests. Default 1. */
  readonly schedulers?: number
}

const START_TIMEOUT_MS = 90_000
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A TCP port of 127.0.0.1 that nothing listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(pid, name)
  } catch {
    // Already gone.
  }
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await connect({ hostname: '127.0.0.1', port, heartbeat: 0 }, { timeout: 2000 })
    connection.on('error', () => undefined)
    await connection.close()
    return true
  } catch {
    return false
  }
}

function brokerEnvironment(folder: string, ports: { amqp: number; dist: number; epmd: number }, schedulers: number) {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin',
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `astara-test-${ports.amqp}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PLUGINS_EXPAND_DIR: join(folder, 'plugins-expand'),
    RABBITMQ_PID_FILE: join(folder, 'rabbit.pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `+S ${schedulers}:${schedulers} +sbwt none +sbwtdcpu none +sbwtdio none`,
  }
}

/** Prepares a private broker (not started yet). Throws when RabbitMQ is not installed. */
export async function createBroker(options: PrivateBrokerOptions = {}): Promise<PrivateBroker> {
  const script = findRabbitServer()
  if (!script) throw new Error('RabbitMQ is not installed (no rabbitmq-server found)')
  cleanStaleBrokers()
  const folder = mkdtempSync(brokerFolderPrefix())
  writeOwner(folder, [])
  for (const name of ['data', 'log', 'generated', 'schema']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'rabbitmq-env.conf'), '')
  writeFileSync(join(folder, 'advanced.config'), '[].\n')
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
  writeFileSync(
    join(folder, 'rabbitmq.conf'),
    'loopback_users.guest = true\nlog.console = false\nvm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 50MB\n',
  )
  const ports = { amqp: await freePort(), dist: await freePort(), epmd: await freePort() }
  const env = brokerEnvironment(folder, ports, options.schedulers ?? 1)
  const output = join(folder, 'output.txt')

  let epmd: ChildProcess | null = null
  let server: ChildProcess | null = null
  const children = (): number[] => [epmd?.pid, server?.pid].filter((pid) => pid !== undefined)

  /** The Erlang machine writes its pid itself; the script that started it is its parent. */
  const beamPid = (): number | undefined => {
    try {
      const pid = Number(readFileSync(env.RABBITMQ_PID_FILE, 'utf8').trim())
      return Number.isInteger(pid) && pid > 1 ? pid : undefined
    } catch {
      return undefined
    }
  }
  const log = (): string => {
    try {
      return readFileSync(output, 'utf8').split('\n').slice(-30).join('\n')
    } catch {
      return ''
    }
  }
  const killAllNow = (): void => {
    signal(beamPid(), 'SIGKILL')
    for (const pid of children()) signal(pid, 'SIGKILL')
    killLeftovers(folder, children())
  }
  const onExit = (): void => {
    killAllNow()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', onExit)

  const broker: PrivateBroker = {
    url: `rabbit://guest:guest@127.0.0.1:${ports.amqp}/`,
    port: ports.amqp,
    folder,
    log,
    async start() {
      if (epmd === null || epmd.exitCode !== null) {
        epmd = spawn('epmd', ['-port', String(ports.epmd), '-address', '127.0.0.1'], { env, stdio: 'ignore' })
        epmd.on('error', () => undefined)
      }
      rmSync(env.RABBITMQ_PID_FILE, { force: true })
      const sink = openSync(output, 'a')
      const started = spawn(script, [], { cwd: folder, env, stdio: ['ignore', sink, sink] })
      server = started
      let failed: Error | null = null
      started.on('error', (error) => {
        failed = error
      })
      writeOwner(folder, children())
      const deadline = Date.now() + START_TIMEOUT_MS
      while (!(await answers(ports.amqp))) {
        if (failed !== null || started.exitCode !== null || Date.now() > deadline) {
          killAllNow()
          throw new Error(`RabbitMQ did not start on port ${ports.amqp}: ${String(failed ?? '')}\n${log()}`)
        }
        await sleep(150)
      }
    },
    async stop() {
      if (server === null) return
      signal(beamPid() ?? server.pid, 'SIGTERM')
      await Promise.race([exited(server), sleep(30_000)])
      signal(beamPid(), 'SIGKILL')
    },
    async kill() {
      if (server === null) return
      signal(beamPid(), 'SIGKILL')
      signal(server.pid, 'SIGKILL')
      await exited(server)
    },
    freeze: () => signal(beamPid(), 'SIGSTOP'),
    thaw: () => signal(beamPid(), 'SIGCONT'),
    async dispose() {
      process.removeListener('exit', onExit)
      killAllNow()
      if (server) await exited(server)
      await sleep(50) // The Erlang machine may still write into its folder at its last breath.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
  return broker
}
