import type { Clock, Timer } from '../../shared/index.ts'
import type { Bus, BusChannel, BusConnection, BusListener } from '../wire/bus.ts'
import { BusClosedError } from '../wire/errors.ts'
import type { MemoryBroker, MemoryPeer } from './broker.ts'
import { MemoryChannel } from './channel.ts'

class MemoryConnection implements BusConnection {
  readonly #broker: MemoryBroker
  readonly #channels = new Set<MemoryChannel>()
  #ended: Error | null = null

  constructor(broker: MemoryBroker) {
    this.#broker = broker
  }

  async openChannel(): Promise<BusChannel> {
    if (this.#ended) throw this.#ended
    const channel = new MemoryChannel(this.#broker)
    this.#channels.add(channel)
    return channel
  }

  end(reason: string): void {
    this.#ended = new BusClosedError(reason)
    for (const channel of this.#channels) channel.fail(this.#ended)
    this.#channels.clear()
  }
}

/** One client's connection to a broker in memory: lost when the broker drops it, tried again after `retryMs`. */
export class MemoryBus implements Bus, MemoryPeer {
  readonly kind = 'memory'
  readonly #broker: MemoryBroker
  readonly #clock: Clock
  readonly #retryMs: number
  #listener: BusListener | null = null
  #connection: MemoryConnection | null = null
  #timer: Timer | null = null
  #closed = false

  constructor(broker: MemoryBroker, clock: Clock, retryMs: number) {
    this.#broker = broker
    this.#clock = clock
    this.#retryMs = retryMs
  }

  start(listener: BusListener): void {
    this.#listener = listener
    queueMicrotask(() => this.#connect())
  }

  dropped(reason: string): void {
    this.#broker.detach(this)
    this.#connection?.end(reason)
    this.#connection = null
    this.#later(reason)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#broker.detach(this)
    this.#connection?.end('closed')
    this.#connection = null
  }

  #connect(): void {
    if (this.#closed) return
    if (!this.#broker.running) {
      this.#later('the broker is not running')
      return
    }
    this.#connection = new MemoryConnection(this.#broker)
    this.#broker.attach(this)
    this.#listener?.up(this.#connection)
  }

  #later(reason: string): void {
    this.#timer = this.#clock.after(this.#retryMs, () => this.#connect(), { unref: true })
    this.#listener?.down(reason, this.#retryMs)
  }
}
