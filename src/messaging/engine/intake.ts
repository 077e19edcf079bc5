import type { Clock, Timer } from '../../shared/index.ts'
import type { BusChannel, Delivery } from '../wire/bus.ts'
import { settleWithin } from '../wire/deadline.ts'
import { AckBatch } from './ack-batch.ts'
import type { Verdict } from './inbox.ts'

/** Messages held back for a pause, at most this many times the prefetch; then the queue itself waits. */
const HOLD_FACTOR = 10

/** Decides about a delivery (see Inbox). */
export interface Judge {
  handle(delivery: Delivery): Verdict | Promise<Verdict>
}

interface Consumer {
  readonly queue: string
  tag: string
  /** Messages held back since the consumer was started: they fill its prefetch. */
  held: number
  renewing: boolean
}

/**
 * The consumers of one channel: deliveries go to the judge, taken ones are acknowledged in batches, failed ones are held for their pause
 * and then given back. So that held messages do not stop the queue, a consumer whose prefetch they half fill is replaced by a fresh one.
 */
export class Intake {
  readonly #channel: BusChannel
  readonly #prefetch: number
  readonly #judge: Judge
  readonly #clock: Clock
  readonly #acks: AckBatch
  readonly #consumers: Consumer[] = []
  readonly #held = new Map<number, Timer>()
  #underWay = 0
  #stopping = false
  #onIdle: (() => void) | null = null

  constructor(channel: BusChannel, prefetch: number, judge: Judge, clock: Clock) {
    this.#channel = channel
    this.#prefetch = prefetch
    this.#judge = judge
    this.#clock = clock
    this.#acks = new AckBatch((tag, upTo) => channel.ack(tag, upTo))
    channel.onClosed(() => this.#forgetHeld())
  }

  async consume(queue: string): Promise<void> {
    const consumer: Consumer = { queue, tag: '', held: 0, renewing: false }
    consumer.tag = await this.#start(consumer)
    this.#consumers.push(consumer)
  }

  /** No more deliveries; those under way are finished (for at most `ms`), those held go back to their queue. */
  async stop(ms: number): Promise<void> {
    this.#stopping = true
    await settleWithin(Promise.all(this.#consumers.map((c) => this.#channel.cancel(c.tag))), this.#clock, ms)
    for (const tag of [...this.#held.keys()]) this.#giveBack(tag)
    if (this.#underWay > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
      await settleWithin(idle, this.#clock, ms)
    }
    this.#acks.flush()
  }

  #start(consumer: Consumer): Promise<string> {
    return this.#channel.consume(consumer.queue, this.#prefetch, (delivery) => this.#onDelivery(delivery, consumer))
  }

  #onDelivery(delivery: Delivery, consumer: Consumer): void {
    if (this.#stopping) {
      this.#channel.requeue(delivery.tag)
      return
    }
    this.#acks.delivered(delivery.tag)
    const verdict = this.#judge.handle(delivery)
    if (!(verdict instanceof Promise)) {
      this.#apply(delivery, verdict, consumer)
      return
    }
    this.#underWay++
    void verdict.then((late) => {
      this.#underWay--
      this.#apply(delivery, late, consumer)
      if (this.#underWay === 0) this.#onIdle?.()
    })
  }

  #apply(delivery: Delivery, verdict: Verdict, consumer: Consumer): void {
    if (verdict.kind === 'taken') this.#acks.taken(delivery.tag)
    else if (this.#stopping) this.#giveBack(delivery.tag)
    else if (this.#channel.closedBy === null) {
      const timer = this.#clock.after(verdict.afterMs, () => this.#giveBack(delivery.tag), { unref: true })
      this.#held.set(delivery.tag, timer)
      consumer.held++
      void this.#renew(consumer)
    }
  }

  #giveBack(tag: number): void {
    this.#held.get(tag)?.cancel()
    this.#held.delete(tag)
    if (this.#acks.released(tag)) this.#channel.requeue(tag)
  }

  #forgetHeld(): void {
    for (const timer of this.#held.values()) timer.cancel()
    this.#held.clear()
  }

  async #renew(consumer: Consumer): Promise<void> {
    const full = consumer.held * 2 >= this.#prefetch
    if (!full || consumer.renewing || this.#held.size >= this.#prefetch * HOLD_FACTOR) return
    consumer.renewing = true
    consumer.held = 0
    const old = consumer.tag
    try {
      consumer.tag = await this.#start(consumer)
      await this.#channel.cancel(old)
      if (this.#stopping) await this.#channel.cancel(consumer.tag)
    } catch {
      // The channel is closed: whoever supervises it starts anew.
    } finally {
      consumer.renewing = false
    }
  }
}
