import { createBroker } from '../../test/support/rabbitmq.ts'
import { type Cloud, startCloud } from './cloud.ts'
import { type Daemon, startDaemon, total } from './daemon.ts'
import { type NeutronVoice, startVoice } from './neutron-voice.ts'
import { type Stub, startStub } from './stub.ts'
import { until } from './wait.ts'

export interface WorldOptions {
  readonly routers: number
  readonly workers: number
  readonly built: boolean
  /** Milliseconds until a VM answers after Nova accepted it; 0: at once. */
  readonly bootMs?: number
  readonly profileDir?: string | null
  /** Of `[DEFAULT]`, over what the benches usually set. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** Everything around an orchestrator: bus, cloud and appliances, each a process of its own. */
export interface World {
  readonly options: WorldOptions
  readonly stub: Stub
  readonly cloud: Cloud
  readonly voice: NeutronVoice
  startDaemon(settings?: Readonly<Record<string, string | number>>): Promise<Daemon>
  close(): Promise<void>
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const { routers, workers, built, bootMs = 0, profileDir = null } = options
  const undo: (() => Promise<unknown> | unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  // Whoever breaks a run off leaves nothing behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().finally(() => process.exit(1)))
  try {
    const broker = await createBroker()
    undo.push(() => broker.dispose())
    await broker.start()
    const stub = await startStub()
    undo.push(() => stub.stop())
    const cloud = await startCloud({
      routers,
      transportUrl: broker.url,
      appliancePort: stub.port,
      stubControlPort: stub.controlPort,
      bootMs,
    })
    undo.push(() => cloud.stop())
    const voice = await startVoice(broker.url)
    undo.push(() => voice.close())
    return {
      options,
      stub,
      cloud,
      voice,
      async startDaemon(settings = {}) {
        const { configOverrides } = cloud
        const daemon = await startDaemon({
          built,
          profileDir,
          settings: {
            ...configOverrides,
            DEFAULT: {
              ...configOverrides.DEFAULT,
              transport_url: broker.url,
              host: 'bench',
              num_worker_processes: workers,
              metadata_proxy: 'false',
              alive_path: '/v1/firewall/rules',
              // Each measurement asks for its own health cycle and reconcile.
              health_check_period: 36_000,
              resync_interval: 36_000,
              ...options.settings,
              ...settings,
            },
          },
        })
        undo.push(() => daemon.stop())
        return daemon
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** How many resources are in this state, or known at all. */
export async function countResources(daemon: Daemon, state?: string): Promise<number> {
  const metrics = await daemon.metrics()
  return total(metrics, 'astara_resources', ...(state === undefined ? [] : [`instance_state="${state}"`]))
}

/** Resolves when nothing is queued or running any more, seen twice. */
export async function settled(daemon: Daemon): Promise<void> {
  let quiet = 0
  await until(
    'the orchestrator comes to rest',
    async () => {
      const workers = await daemon.workers()
      quiet = workers.every(({ queued, running }) => queued === 0 && running.length === 0) ? quiet + 1 : 0
      return quiet >= 3
    },
    { everyMs: 700 },
  )
}
