import { rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { assertRunnable, type Config, type ConfigOverrides, type ConfigWarning, loadConfig } from '../config/index.ts'
import type { EmbeddedCloud } from '../embedded/index.ts'
import type { Transport } from '../messaging/index.ts'
import { type Daemon, forkedWorkers, startDaemon } from '../orchestrator/index.ts'
import { AstaraError, type Logger, systemClock } from '../shared/index.ts'
import { isFree } from './free-port.ts'
import { type LogSink, openLogSink, rootLogger } from './log-sink.ts'
import { ownProgram } from './own-program.ts'
import { Progress, type ProgressTerminal } from './progress.ts'
import { logCheck } from './run-check.ts'
import { stopSignal } from './signals.ts'
import { transportOf } from './transport.ts'

export interface RunOptions {
  readonly files: readonly string[] | undefined
  readonly dirs: readonly string[] | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** With an OpenStack of its own. */
  readonly embedded: {
    readonly routers: number
    readonly tenants: number
    readonly bootTimeMs: number
    /** `netns`: real packets between network namespaces. */
    readonly dataplane: 'simulated' | 'netns'
  } | null
  readonly version: string
  readonly stdout: ProgressTerminal & { readonly isTerminal: boolean }
}

/**
 * `astara run`: the orchestrator until a signal ends it. With `embedded` it starts its OpenStack first; on a terminal it then shows the
 * routers on their way and what to type next, and logs to a file. Throws AstaraError when it cannot start.
 */
export async function runOrchestrator(options: RunOptions): Promise<void> {
  if (options.embedded) await runEmbedded(options, options.embedded)
  else await runPlain(options)
}

async function runPlain(options: RunOptions): Promise<void> {
  const { config, warnings, sources } = await loadConfig(options)
  assertRunnable(config)
  const sink = await openLogSink(config)
  const present = { config }
  const logger = rootLogger(config, sink, () => present.config)
  logger.info({ files: sources }, 'configuration read')
  warn(logger, warnings)
  const transport = transportOf(config, logger)
  await serve({ options, present, transport, logger, sink })
}

async function runEmbedded(options: RunOptions, embedded: NonNullable<RunOptions['embedded']>): Promise<void> {
  const { makeTrialFolder, orchestratorIni, startEmbeddedCloud } = await import('../embedded/index.ts')
  const { createMemoryTransport, MemoryBroker } = await import('../messaging/index.ts')
  const before = await loadConfig(options)
  const home = makeTrialFolder()
  const sink = await openLogSink(
    before.config,
    options.stdout.isTerminal && before.config.DEFAULT.log_file === null
      ? { defaultFile: join(home, 'astara.log') }
      : {},
  )
  const present = { config: before.config }
  const logger = rootLogger(before.config, sink, () => present.config)
  const onRabbit = before.config.DEFAULT.transport_url !== null
  const broker = new MemoryBroker({ clock: systemClock })
  const transport = (name: string): Transport =>
    onRabbit
      ? transportOf(before.config, logger.child({ bus: name }))
      : createMemoryTransport({ broker, logger: logger.child({ bus: name }) })
  const cloudTransport = transport('cloud')
  let cloud: EmbeddedCloud | null = null
  try {
    await cloudTransport.connect()
    cloud = await startEmbeddedCloud({
      ...embedded,
      ...(embedded.dataplane === 'netns' ? { appliances: { kind: 'netns', program: ownProgram() } } : {}),
      transport: cloudTransport,
      logger: logger.child({ part: 'cloud' }),
    })
    const overrides = await embeddedOverrides(before.config, cloud)
    const { config, warnings } = await loadConfig({ ...options, overrides })
    present.config = config
    warn(logger, warnings)
    const { configOverrides } = cloud
    const cloudsFile = join(home, 'clouds.yaml')
    writeFileSync(cloudsFile, cloud.cloudsYaml, { mode: 0o600 })
    await serve({
      options,
      present,
      overrides,
      transport: transport('orchestrator'),
      logger,
      sink,
      cloud: {
        cloud,
        cloudsFile,
        saveConfig(apiUrl) {
          const file = join(home, 'orchestrator.ini')
          const text = orchestratorIni(withApi(configOverrides, apiUrl), config.DEFAULT.transport_url)
          writeFileSync(file, text, { mode: 0o600 })
          return file
        },
      },
    })
  } finally {
    await cloud?.stop()
    await cloudTransport.close()
    rmSync(home, { recursive: true, force: true })
  }
}

/**
 * The options that make an orchestrator run against this cloud. When nobody chose the API's port and the usual one is taken, a free one
 * serves as well: a trial must not fail because another one runs.
 */
async function embeddedOverrides(chosen: Config, cloud: EmbeddedCloud): Promise<ConfigOverrides> {
  // The cloud forgets everything with the process; debug modes of its resources must not outlive it, unless somebody chose a database.
  const ownDatabase = chosen.sourceOf('database', 'connection').kind !== 'default'
  const overrides: ConfigOverrides = {
    ...cloud.configOverrides,
    ...(ownDatabase ? {} : { database: { connection: 'sqlite://' } }),
  }
  const { api_listen: listen, api_port: port } = chosen.DEFAULT
  const free = chosen.sourceOf('DEFAULT', 'api_port').kind !== 'default' || (await isFree(listen, port))
  return free ? overrides : { ...overrides, DEFAULT: { ...overrides.DEFAULT, api_port: 0 } }
}

interface EmbeddedRun {
  readonly cloud: EmbeddedCloud
  readonly cloudsFile: string
  /** Writes an orchestrator.ini for other tools on this machine, and returns its path. */
  readonly saveConfig: (apiUrl: string) => string
}

interface Serving {
  readonly options: RunOptions
  /** The configuration in force: replaced when the files are read again. */
  readonly present: { config: Config }
  readonly overrides?: ConfigOverrides
  readonly transport: Transport
  readonly logger: Logger
  readonly sink: LogSink
  readonly cloud?: EmbeddedRun
}

async function serve({ options, present, overrides, transport, logger, sink, cloud }: Serving): Promise<void> {
  const stopped = stopSignal(systemClock)
  const leaving = new AbortController()
  let daemon: Daemon | null = null
  try {
    daemon = await startDaemon({
      config: present.config,
      async readConfig() {
        const { config, warnings } = await loadConfig({ ...options, ...(overrides ? { overrides } : {}) })
        // An embedded run has its bus and its cloud from elsewhere.
        if (!cloud) assertRunnable(config)
        warn(logger, warnings)
        return config
      },
      onConfig(config) {
        present.config = config
      },
      transport,
      workers: forkedWorkers({ output: sink }),
      logger,
      version: options.version,
    })
    // Never a reason not to start: after a power cut all services come up together.
    if (!cloud) void logCheck(present.config, logger, leaving.signal)
    if (cloud) await showEmbedded(options, daemon, cloud, sink, stopped)
    const cause = await stopped
    logger.info({ cause }, 'leaving')
    if (cloud && options.stdout.isTerminal) options.stdout.write('\nStopping …\n')
  } finally {
    leaving.abort(new AstaraError('interrupted', 'shutting down'))
    await daemon?.stop()
    await transport.close()
    logger.info('stopped')
    await sink.close()
  }
}

/** What a person sees of an embedded run: the routers on their way, then where everything is. */
async function showEmbedded(
  options: RunOptions,
  daemon: Daemon,
  { cloud, cloudsFile, saveConfig }: EmbeddedRun,
  sink: LogSink,
  stopped: Promise<unknown>,
): Promise<void> {
  const { stdout } = options
  const tenants = new Map(cloud.tenants.map((tenant) => [tenant.id.replaceAll('-', ''), tenant.name]))
  const progress = stdout.isTerminal ? new Progress(stdout) : null
  if (progress) stdout.write('astara with an embedded OpenStack: making its routers real\n')
  const draw = (): boolean => {
    const rows = cloud.seededRouters.map(({ id, name, tenantId }) => ({
      id,
      name,
      tenant: tenants.get(tenantId.replaceAll('-', '')) ?? tenantId,
      state: daemon.table.get(id)?.instance_state ?? 'down',
    }))
    progress?.draw(rows)
    return rows.every((row) => row.state === 'configured')
  }
  let left = false
  void stopped.then(() => {
    left = true
  })
  while (!left && !draw()) await Promise.race([stopped, systemClock.sleep(100)])
  if (left) return
  stdout.write(
    [
      '',
      `HTTP API        ${daemon.apiUrl}`,
      `Keystone        ${cloud.keystoneUrl}`,
      `clouds.yaml     ${cloudsFile}`,
      `Configuration   ${saveConfig(daemon.apiUrl)}`,
      ...(sink.file === null ? [] : [`Log             ${sink.file}`]),
      '',
      'In another terminal:',
      `  export OS_CLIENT_CONFIG_FILE=${cloudsFile}`,
      '  openstack --os-cloud astara-embedded router list',
      `  ${ctl(daemon.apiUrl, process.argv[1] ?? '')} router list`,
      ...(options.embedded?.dataplane === 'netns' ? REAL_PACKETS : []),
      'Ctrl-C here stops everything.',
      '',
    ].join('\n'),
  )
}

/** Where the API really listens, among the options. */
function withApi(overrides: EmbeddedCloud['configOverrides'], apiUrl: string): EmbeddedCloud['configOverrides'] {
  const { hostname, port } = new URL(apiUrl)
  const api = { api_listen: hostname.replace(/^\[|\]$/g, ''), api_port: port }
  return { ...overrides, DEFAULT: { ...overrides.DEFAULT, ...api } }
}

const REAL_PACKETS = [
  '  sudo astara embedded host add --network net-1 --name h1',
  '  sudo astara embedded host exec h1 -- ping -c 3 8.8.8.8',
]

/** The ctl command that reaches this orchestrator, by the name under which this program was started. */
function ctl(apiUrl: string, script: string): string {
  const program = basename(script) === 'run.js' ? relative(process.cwd(), script) : 'astara'
  const isDefault = apiUrl.replace(/\/$/, '') === 'http://127.0.0.1:44250'
  return `${isDefault ? '' : `ASTARA_URL=${apiUrl} `}${program} ctl`
}

function warn(logger: Logger, warnings: readonly ConfigWarning[]): void {
  for (const { message } of warnings) logger.warn(message)
}
