import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from '../shared/index.ts'
import { OsloTransport } from './engine/transport.ts'
import { MemoryBroker } from './memory/broker.ts'
import { MemoryBus } from './memory/bus.ts'
import { DEFAULT_STYLE } from './oslo/topology.ts'
import type { Transport } from './types.ts'

/** Settings of a transport in memory. Times are milliseconds. */
export interface MemoryTransportOptions {
  /** The broker to connect to; without one, the transport has a broker of its own. */
  readonly broker?: MemoryBroker
  /** Pause before a lost connection is tried again. Default 50. */
  readonly retryMs?: number
  /** Longest wait for a broker's confirmation. Default 10,000. */
  readonly publishTimeoutMs?: number
  /** How long a call waits for a connection before it fails. Default 5,000. */
  readonly connectWaitMs?: number
  /** How long handlers may finish at close. Default 5,000. */
  readonly drainMs?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
}

/** oslo.messaging inside one process: the same bytes and the same rules as over RabbitMQ, without a network. */
export function createMemoryTransport(options: MemoryTransportOptions = {}): Transport {
  const clock = options.clock ?? systemClock
  const broker = options.broker ?? new MemoryBroker({ clock })
  return new OsloTransport(new MemoryBus(broker, clock, options.retryMs ?? 50), {
    style: DEFAULT_STYLE,
    publishTimeoutMs: options.publishTimeoutMs ?? 10_000,
    connectWaitMs: options.connectWaitMs ?? 5000,
    drainMs: options.drainMs ?? 5000,
    clock,
    random: options.random ?? systemRandom,
    log: options.logger ?? silentLogger,
  })
}
