import type { Clock, Logger } from '../../shared/index.ts'
import { MessagingUnavailableError } from '../types.ts'
import type { BusChannel, BusConnection, BusMessage, ExchangeSpec, QueueSpec } from '../wire/bus.ts'
import { withDeadline } from '../wire/deadline.ts'
import { BusClosedError } from '../wire/errors.ts'

/** What must exist before a message is published: declared once per channel. */
export interface Ensure {
  readonly key: string
  readonly declare: (channel: BusChannel) => Promise<void>
}

export function ensureExchange(spec: ExchangeSpec): Ensure {
  return { key: `exchange ${spec.name}`, declare: (channel) => channel.declareExchange(spec) }
}

export function ensureQueue(spec: QueueSpec): Ensure {
  return { key: `queue ${spec.name}`, declare: (channel) => channel.declareQueue(spec) }
}

/** A channel for publishing, with what is known to exist. */
interface Line {
  readonly channel: BusChannel
  readonly declared: Map<string, Promise<void>>
}

/** What the publisher needs of its surroundings. */
export interface PublisherOptions {
  /** The present connection, or the next one. */
  readonly connected: () => Promise<BusConnection>
  readonly clock: Clock
  readonly log: Logger
}

/** Limits of one publish. */
export interface PublishLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

const PAUSE_MS = 100

/**
 * Publishes with confirmation on one channel. What was not confirmed when the channel or connection went is published again within the
 * time limit, unchanged, so that receivers recognise a repetition by its `_unique_id`.
 */
export class Publisher {
  readonly #options: PublisherOptions
  #line: Promise<Line> | null = null

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** The connection changed: the next publish opens a new channel. */
  reset(): void {
    this.#line = null
  }

  /**
   * Resolves when the broker has confirmed it; `unroutable` only for mandatory messages. Throws MessagingUnavailableError,
   * BrokerRefusedError, or the signal's reason.
   */
  async publish(message: BusMessage, ensure: Ensure | null, limits: PublishLimits): Promise<'routed' | 'unroutable'> {
    const { clock } = this.#options
    const deadline = clock.monotonic() + limits.timeoutMs
    let cause: unknown
    const late = (): Error => this.#late(message, limits.timeoutMs, cause)
    for (;;) {
      const wait = { clock, ms: deadline - clock.monotonic(), signal: limits.signal }
      try {
        return await withDeadline(this.#once(message, ensure), wait, late)
      } catch (error) {
        if (!(error instanceof BusClosedError) || clock.monotonic() + PAUSE_MS >= deadline) throw error
        cause = error
        this.#options.log.debug({ exchange: message.exchange, err: error }, 'publishing again')
        await clock.sleep(PAUSE_MS, limits.signal)
      }
    }
  }

  async close(): Promise<void> {
    const line = this.#line
    this.#line = null
    const open = await line?.catch(() => null)
    await open?.channel.close()
  }

  async #once(message: BusMessage, ensure: Ensure | null): Promise<'routed' | 'unroutable'> {
    const line = await this.#open()
    if (ensure) {
      let declared = line.declared.get(ensure.key)
      if (!declared) {
        declared = ensure.declare(line.channel)
        line.declared.set(ensure.key, declared)
      }
      await declared
    }
    return line.channel.publish(message)
  }

  #open(): Promise<Line> {
    if (this.#line) return this.#line
    const opening = this.#options.connected().then(async (connection): Promise<Line> => {
      const channel = await connection.openChannel()
      channel.onClosed(() => {
        if (this.#line === opening) this.#line = null
      })
      return { channel, declared: new Map() }
    })
    this.#line = opening
    opening.catch(() => {
      if (this.#line === opening) this.#line = null
    })
    return opening
  }

  #late(message: BusMessage, timeoutMs: number, cause: unknown): Error {
    const where = message.exchange === '' ? `queue ${message.routingKey}` : `exchange ${message.exchange}`
    return new MessagingUnavailableError(
      `the broker did not confirm a message to ${where} within ${timeoutMs} ms`,
      cause === undefined ? undefined : { cause },
    )
  }
}
