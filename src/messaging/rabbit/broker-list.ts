import { backoffMs, type Random } from '../../shared/index.ts'
import type { BrokerAddress } from '../transport-url.ts'

/** Pause before the next broker of the list is tried within one round. */
const NEXT_BROKER = { baseMs: 50, maxMs: 50, jitter: 0.5 }

/** Walks round the brokers: each failure goes on to the next; the back-off grows with each full round. */
export class BrokerList {
  readonly #hosts: readonly [BrokerAddress, ...BrokerAddress[]]
  readonly #backoff: { readonly baseMs: number; readonly maxMs: number }
  readonly #random: Random
  #at = 0

  constructor(
    hosts: readonly [BrokerAddress, ...BrokerAddress[]],
    backoff: { readonly baseMs: number; readonly maxMs: number },
    random: Random,
  ) {
    this.#hosts = hosts
    this.#backoff = backoff
    this.#random = random
  }

  get current(): BrokerAddress {
    return this.#hosts[this.#at] ?? this.#hosts[0]
  }

  /** Lost or not reached: goes on to the next broker. `attempt` counts failures in a row, from 1; answers the pause before it. */
  next(attempt: number): number {
    this.#at = (this.#at + 1) % this.#hosts.length
    const round = Math.floor((attempt - 1) / this.#hosts.length)
    const withinRound = attempt % this.#hosts.length !== 0
    return withinRound && this.#hosts.length > 1
      ? backoffMs(1, NEXT_BROKER, this.#random)
      : backoffMs(round + 1, this.#backoff, this.#random)
  }
}
