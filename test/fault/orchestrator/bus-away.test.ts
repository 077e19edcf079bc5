import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/index.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createMemoryTransport, MemoryBroker, type Transport } from '../../../src/messaging/index.ts'
import { type Daemon, forkedWorkers, startDaemon } from '../../../src/orchestrator/index.ts'
import { silentLogger, systemClock } from '../../../src/shared/index.ts'
import { until } from '../../support/program.ts'

let cloud: EmbeddedCloud
let broker: MemoryBroker
let cloudBus: Transport
let ourBus: Transport
let daemon: Daemon

beforeAll(async () => {
  // The cloud speaks on a bus of its own; ours is not there at first.
  cloudBus = createMemoryTransport()
  await cloudBus.connect()
  cloud = await startEmbeddedCloud({ transport: cloudBus, routers: 3, tenants: 2, bootTimeMs: 100 })
  broker = new MemoryBroker({ clock: systemClock })
  broker.crash()
  ourBus = createMemoryTransport({ broker, connectWaitMs: 200 })
  const { config } = await loadConfig({
    files: [],
    env: {},
    overrides: {
      ...cloud.configOverrides,
      DEFAULT: { ...cloud.configOverrides.DEFAULT, api_port: 0, num_worker_processes: 1 },
      database: { connection: 'sqlite://' },
    },
  })
  daemon = await startDaemon({
    config,
    transport: ourBus,
    workers: forkedWorkers({ output: { write: () => undefined } }),
    logger: silentLogger,
    version: 'test',
  })
})

afterAll(async () => {
  await daemon?.stop()
  await ourBus?.close()
  await cloud?.stop()
  await cloudBus?.close()
})

const states = (): string[] => [...daemon.table.values()].map((resource) => resource.instance_state)

describe('a message bus that is away when the orchestrator starts', () => {
  it('keeps nobody from having their router: all that is needed comes by REST', async () => {
    await until(states, (now) => now.length === 3 && now.every((state) => state === 'configured'), 40_000)
    expect(daemon.ready()).toEqual({ ready: false, reasons: ['The message bus is not connected.'] })
    const health = await fetch(new URL('/healthz', daemon.apiUrl))
    const ready = await fetch(new URL('/readyz', daemon.apiUrl))
    expect([health.status, ready.status]).toEqual([200, 503])
  })

  it('is joined as soon as it is there, without a restart', async () => {
    broker.start()
    await until(
      () => daemon.ready(),
      ({ ready }) => ready,
      30_000,
    )
  })
})
