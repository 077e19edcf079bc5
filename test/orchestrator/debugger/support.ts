import { type Config, loadConfig } from '../../../src/config/index.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createMemoryTransport, MemoryBroker, type Transport } from '../../../src/messaging/index.ts'
import {
  createRouterDebugger,
  type Debugger,
  type DebugStep,
  type RouterDebuggerOptions,
} from '../../../src/orchestrator/debugger/index.ts'
import { type Clock, systemClock, systemRandom } from '../../../src/shared/index.ts'

/** Real time, but nobody waits long. */
const impatientClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 40), signal) }

export const never = new AbortController().signal

/** A cloud of its own for one test file, and debuggers of its routers. */
export interface DebugCloud {
  readonly cloud: EmbeddedCloud
  readonly config: Config
  /** Connected. */
  readonly transport: Transport
  /** A debugger of the nth seeded router, closed with the cloud. */
  debuggerOf(index: number, options?: Partial<RouterDebuggerOptions>): Debugger
  routerId(index: number): string
  /** Requests that changed something in Neutron or Nova since the last call. */
  writes(): number
  stop(): Promise<void>
}

export async function startDebugCloud(routers: number): Promise<DebugCloud> {
  const broker = new MemoryBroker()
  const transport = createMemoryTransport({ broker })
  const own = createMemoryTransport({ broker })
  await transport.connect()
  await own.connect()
  const cloud = await startEmbeddedCloud({
    transport,
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    bootTimeMs: 80,
    routers,
    tenants: 1,
  })
  const { config } = await loadConfig({
    files: [],
    env: {
      OS_DEFAULT__BOOT_CHECK_INTERVAL: '1',
      OS_DEFAULT__ALIVE_TIMEOUT: '1',
      OS_DEFAULT__RETRY_DELAY: '0',
    },
    overrides: cloud.configOverrides,
  })
  const closers: (() => Promise<void>)[] = []
  const routerId = (index: number): string => cloud.seededRouters[index]?.id ?? ''
  let seen = 0
  return {
    cloud,
    config,
    transport: own,
    routerId,
    debuggerOf(index, options = {}) {
      const made = createRouterDebugger({
        config,
        resourceId: routerId(index),
        tenantId: cloud.seededRouters[index]?.tenantId ?? '',
        transport: own,
        dryRun: false,
        clock: impatientClock,
        random: systemRandom,
        ...options,
      })
      closers.push(() => made.close())
      return made.debugger
    },
    writes() {
      const all = ['POST', 'PUT', 'DELETE'].reduce(
        (sum, method) => sum + cloud.journal.count({ method }) - cloud.journal.count({ method, service: 'keystone' }),
        0,
      )
      const since = all - seen
      seen = all
      return since
    },
    async stop() {
      for (const close of closers) await close()
      await cloud.stop()
      await own.close()
      await transport.close()
    },
  }
}

/** `CalcAction>Alive` of each step. */
export const path = (steps: readonly DebugStep[]): readonly string[] =>
  steps.map(({ kind, before, after }) => (kind === 'step' ? `${before.step}>${after.step}` : kind))
