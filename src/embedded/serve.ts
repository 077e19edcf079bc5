import { writeFile } from 'node:fs/promises'
import { createMemoryTransport, createRabbitTransport } from '../messaging/index.ts'
import { AstaraError, type Logger, messageOf } from '../shared/index.ts'
import { startEmbeddedCloud } from './cloud.ts'
import type { ApplianceFault } from './faults/appliance-faults.ts'
import type { EmbeddedCloudOptions } from './options.ts'
import { orchestratorIni } from './orchestrator-ini.ts'

/** The cloud as a process of its own. */
export interface ServeOptions {
  /** Keystone's port; 0: free ports for all four services; null: the usual ones. */
  readonly port: number | null
  /** Address of RabbitMQ as oslo.messaging writes it; null: a bus inside this process, which nobody else hears. */
  readonly transportUrl: string | null
  readonly routers: number
  readonly tenants: number
  readonly bootTimeMs: number
  readonly appliances: NonNullable<EmbeddedCloudOptions['appliances']>
  readonly autoSchedule: boolean
  readonly routerStatusExtension: boolean
  readonly segments: boolean
  /** What holds for every appliance from the beginning. */
  readonly fault: ApplianceFault
  /** Files to write once everything is up. */
  readonly cloudsYaml: string | null
  readonly orchestratorIni: string | null
  readonly logger: Logger
  readonly write: (text: string) => unknown
  /** Resolves when the process is to end. */
  readonly stopped: Promise<unknown>
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 })
  } catch (error) {
    throw new AstaraError('failed', `cannot write ${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** Runs a cloud until `stopped` resolves, after saying where everything is. Throws AstaraError when it cannot start. */
export async function serveEmbedded(options: ServeOptions): Promise<void> {
  const { transportUrl, logger, write, port } = options
  const transport =
    transportUrl === null
      ? createMemoryTransport({ logger })
      : createRabbitTransport({ url: transportUrl, logger, connectionName: `astara-embedded:${process.pid}` })
  const isStopping = new AbortController()
  void options.stopped.then(() => isStopping.abort(new AstaraError('interrupted', 'stopped while starting')))
  try {
    await transport.connect(isStopping.signal)
    const cloud = await startEmbeddedCloud({
      ...options,
      transport,
      ...(port === null
        ? {}
        : { ports: port === 0 ? { keystone: 0, neutron: 0, nova: 0, glance: 0 } : { keystone: port } }),
    })
    try {
      cloud.faults.setAll(options.fault)
      if (options.cloudsYaml !== null) await save(options.cloudsYaml, cloud.cloudsYaml)
      if (options.orchestratorIni !== null) {
        await save(options.orchestratorIni, orchestratorIni(cloud.configOverrides, transportUrl))
      }
      write(
        [
          `Keystone        ${cloud.endpoints.keystone}`,
          `Neutron         ${cloud.endpoints.neutron}`,
          `Nova            ${cloud.endpoints.nova}`,
          `Glance          ${cloud.endpoints.glance}`,
          `Faults          ${cloud.endpoints.keystone}/_embedded/faults`,
          ...(options.cloudsYaml === null ? [] : [`clouds.yaml     ${options.cloudsYaml}`]),
          ...(options.orchestratorIni === null ? [] : [`Configuration   ${options.orchestratorIni}`]),
          ...(transportUrl === null
            ? ['No --transport-url: an orchestrator in another process cannot hear this cloud.']
            : []),
          'The embedded cloud is ready. Ctrl-C stops it and forgets everything.',
          '',
        ].join('\n'),
      )
      await options.stopped
    } finally {
      await cloud.stop()
    }
  } finally {
    await transport.close()
  }
}
