import { backoffMs, type Clock, type Logger, messageOf, type Random, type Timer } from '../../shared/index.ts'
import { MessagingUnavailableError, type Subscription } from '../types.ts'
import type { BusChannel, BusConnection } from '../wire/bus.ts'
import { settleWithin } from '../wire/deadline.ts'
import { BrokerRefusedError } from '../wire/errors.ts'
import { Intake, type Judge } from './intake.ts'

/** One subscription: what to declare and consume on each new channel. */
export interface SubscriberOptions {
  readonly name: string
  readonly prefetch: number
  readonly judge: Judge
  /** Declares and binds; answers the queues to consume. */
  readonly declare: (channel: BusChannel) => Promise<readonly string[]>
  /** It consumes again after its channel alone was closed: messages may have been missed meanwhile. */
  readonly restored?: () => void
  /** What to remove from the broker when the subscription is closed by its owner. */
  readonly remove?: (channel: BusChannel) => Promise<void>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Deliveries under way may take this long at close. */
  readonly drainMs: number
}

const RETRY = { baseMs: 200, maxMs: 30_000 }

/**
 * Keeps one subscription consuming: on each new connection, and again when only its channel was closed. The first refusal by the broker
 * is the caller's error; a later one is logged and tried again with back-off.
 */
export class Subscriber implements Subscription {
  readonly #options: SubscriberOptions
  readonly #onClose: (subscriber: Subscriber) => void
  #connection: BusConnection | null = null
  #channel: BusChannel | null = null
  #intake: Intake | null = null
  #retry: Timer | null = null
  #attempt = 0
  #everReady = false
  #closed: Promise<void> | null = null
  #waiters: { resolve: () => void; reject: (error: unknown) => void }[] = []

  constructor(options: SubscriberOptions, onClose: (subscriber: Subscriber) => void) {
    this.#options = options
    this.#onClose = onClose
  }

  /** A new connection, or none. */
  connection(connection: BusConnection | null): void {
    this.#connection = connection
    this.#attempt = 0
    this.#retry?.cancel()
    this.#retry = null
    this.#intake = null
    if (connection) void this.#establish(connection)
  }

  /** Resolves as soon as it consumes (now, or after the next connection). Rejects when refused for good or closed. */
  ready(): Promise<void> {
    if (this.#intake) return Promise.resolve()
    if (this.#closed) return Promise.reject(this.#closedError())
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #establish(connection: BusConnection): Promise<void> {
    const { declare, judge, prefetch, clock } = this.#options
    const current = (): boolean => this.#connection === connection && this.#closed === null
    let channel: BusChannel | null = null
    try {
      channel = await connection.openChannel()
      if (!current()) {
        await channel.close()
        return
      }
      const queues = await declare(channel)
      const intake = new Intake(channel, prefetch, judge, clock)
      for (const queue of queues) await intake.consume(queue)
      if (!current()) {
        await channel.close()
        return
      }
      const interrupted = this.#attempt > 0
      this.#channel = channel
      this.#intake = intake
      this.#everReady = true
      this.#attempt = 0
      channel.onClosed((reason) => {
        if (this.#intake === intake) this.#intake = null
        if (current()) this.#again(connection, reason)
      })
      for (const waiter of this.#waiters.splice(0)) waiter.resolve()
      if (interrupted) this.#options.restored?.()
    } catch (error) {
      await channel?.close()
      if (current()) this.#again(connection, error)
    }
  }

  #again(connection: BusConnection, error: unknown): void {
    const { name, random, clock, log } = this.#options
    if (error instanceof BrokerRefusedError && !this.#everReady) {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
      void this.close()
      return
    }
    this.#attempt++
    const retryInMs = backoffMs(this.#attempt, RETRY, random)
    const level = error instanceof BrokerRefusedError ? 'error' : 'warn'
    log[level]({ subscription: name, retry_in_ms: retryInMs }, `subscription interrupted: ${messageOf(error)}`)
    this.#retry = clock.after(
      retryInMs,
      () => {
        if (this.#connection === connection && this.#closed === null) void this.#establish(connection)
      },
      { unref: true },
    )
  }

  async #close(): Promise<void> {
    const { remove, clock, drainMs } = this.#options
    this.#retry?.cancel()
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#closedError())
    const intake = this.#intake
    const channel = this.#channel
    this.#intake = null
    if (intake) await intake.stop(drainMs)
    if (channel && channel.closedBy === null) {
      if (remove) await settleWithin(remove(channel), clock, drainMs)
      await channel.close()
    }
    this.#onClose(this)
  }

  #closedError(): Error {
    return new MessagingUnavailableError(`the subscription ${this.#options.name} is closed`)
  }
}
