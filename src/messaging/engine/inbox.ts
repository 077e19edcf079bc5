import { backoffMs, type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import { type ParkedMessage, PoisonMessageError } from '../types.ts'
import type { Delivery } from '../wire/bus.ts'
import { Attempts } from './attempts.ts'
import { excerptOf } from './excerpt.ts'
import { SeenIds } from './seen-ids.ts'
import { Throttle } from './throttle.ts'

/** A message that has been read, ready to be taken. */
interface Readable {
  readonly uniqueId: string | null
}

/** What one kind of subscription does with its messages. */
export interface InboxOptions<T extends Readable> {
  readonly name: string
  /** Reads the bytes; throws PoisonMessageError. */
  readonly read: (body: Buffer) => T
  /** Takes the message: when it returns (or resolves), the message may be acknowledged. */
  readonly take: (message: T) => Promise<void> | void
  /** Stores a poison message. Rejects when it could not. */
  readonly park: (delivery: Delivery, parked: ParkedMessage) => Promise<void>
  readonly onParked: (parked: ParkedMessage) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** What is to be done with a delivery: at once, or when the promise resolves. Never rejects. */
export type Verdict = { readonly kind: 'taken' } | { readonly kind: 'again'; readonly afterMs: number }

/** After so many tries over about half an hour a message counts as poison: it may not hold its place for ever. */
export const MAX_ATTEMPTS = 30
const PAUSE = { baseMs: 500, maxMs: 60_000 }
const TAKEN: Verdict = { kind: 'taken' }

/**
 * Decides about each delivery: drop a repetition, hand it over, try it again later, or park it. Lives as long as its subscription, over
 * all its channels, so that a redelivery after a reconnection is recognised.
 */
export class Inbox<T extends Readable> {
  readonly #options: InboxOptions<T>
  readonly #seen = new SeenIds()
  readonly #attempts = new Attempts()
  /** Messages being taken just now, by id: a redelivery shares the fate of the first. */
  readonly #underWay = new Map<string, Promise<Verdict>>()
  readonly #throttle: Throttle

  constructor(options: InboxOptions<T>) {
    this.#options = options
    this.#throttle = new Throttle(options.clock, 1000)
  }

  /** Synchronous where the handler is: the fast path makes no promise. */
  handle(delivery: Delivery): Verdict | Promise<Verdict> {
    let message: T
    try {
      message = this.#options.read(delivery.body)
    } catch (error) {
      return this.#failed(delivery, null, error)
    }
    const id = message.uniqueId
    if (id !== null) {
      if (this.#seen.has(id)) return TAKEN
      const first = this.#underWay.get(id)
      if (first) return first
    }
    let outcome: Promise<void> | void
    try {
      outcome = this.#options.take(message)
    } catch (error) {
      return this.#failed(delivery, id, error)
    }
    if (!(outcome instanceof Promise)) return this.#took(delivery, id)
    const verdict = outcome.then(
      () => this.#took(delivery, id),
      (error: unknown) => this.#failed(delivery, id, error),
    )
    if (id === null) return verdict
    this.#underWay.set(id, verdict)
    return verdict.finally(() => this.#underWay.delete(id))
  }

  #took(delivery: Delivery, id: string | null): Verdict {
    if (id !== null) {
      this.#seen.add(id)
      this.#attempts.forget(id)
    } else if (delivery.redelivered) this.#attempts.forget(Attempts.key(null, delivery.body))
    return TAKEN
  }

  #failed(delivery: Delivery, id: string | null, error: unknown): Verdict | Promise<Verdict> {
    if (error instanceof PoisonMessageError) return this.#park(delivery, id, error.reason, error.message)
    const attempt = this.#attempts.failed(Attempts.key(id, delivery.body))
    if (attempt >= MAX_ATTEMPTS) {
      return this.#park(delivery, id, 'not_taken', `not taken in ${attempt} tries, the last: ${messageOf(error)}`)
    }
    const afterMs = backoffMs(attempt, PAUSE, this.#options.random)
    this.#throttle.pass((leftOut) => {
      this.#options.log.warn(
        {
          subscription: this.#options.name,
          queue: delivery.queue,
          attempt,
          retry_in_ms: afterMs,
          left_out: leftOut,
          err: error,
        },
        'message not taken, it goes back to its queue after a pause',
      )
    })
    return { kind: 'again', afterMs }
  }

  async #park(delivery: Delivery, id: string | null, reason: string, message: string): Promise<Verdict> {
    const { clock, log, name, onParked, park } = this.#options
    const at = clock.now()
    const parked: ParkedMessage = { reason, message, queue: delivery.queue, at, excerpt: excerptOf(delivery.body) }
    log.warn(
      { subscription: name, queue: delivery.queue, reason, bytes: delivery.body.length },
      `message parked: ${message}`,
    )
    try {
      onParked(parked)
    } catch (error) {
      log.error({ subscription: name, err: error }, 'onParked threw')
    }
    try {
      await park(delivery, parked)
    } catch (error) {
      log.error(
        { subscription: name, queue: delivery.queue, reason, excerpt: parked.excerpt, err: error },
        'could not keep the parked message',
      )
    }
    return this.#took(delivery, id)
  }
}
