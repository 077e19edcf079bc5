import { backoffMs, type Random } from '../../shared/index.ts'
import type { BrokerAddress } from '../transport-url.ts'

/** Pause before the next broker of the list is tried within one round. */
const NEXT_BROKER = { baseMs: 50, maxMs: 50, jitter: 0.5 }

/** Pause between rounds, milliseconds: from `baseMs`, growing by `stepMs` with each, or doubling without one, up to `maxMs`. */
export interface ReconnectPause {
  readonly baseMs: number
  readonly stepMs?: number
  readonly maxMs: number
}

/** Walks round the brokers: each failure goes on to the next; the back-off grows with each full round. */
export class BrokerList {
  readonly #hosts: readonly [BrokerAddress, ...BrokerAddress[]]
  readonly #pause: ReconnectPause
  readonly #random: Random
  #at = 0

  constructor(hosts: readonly [BrokerAddress, ...BrokerAddress[]], pause: ReconnectPause, random: Random) {
    this.#hosts = hosts
    this.#pause = pause
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
    return withinRound && this.#hosts.length > 1 ? backoffMs(1, NEXT_BROKER, this.#random) : this.#pauseBefore(round)
  }

  #pauseBefore(round: number): number {
    const { baseMs, stepMs, maxMs } = this.#pause
    if (stepMs === undefined) return backoffMs(round + 1, { baseMs, maxMs }, this.#random)
    return backoffMs(1, { baseMs: baseMs + round * stepMs, maxMs }, this.#random)
  }
}
