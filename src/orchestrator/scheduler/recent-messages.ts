import type { Clock } from '../../shared/index.ts'
import { isOfPort, type ResourceEvent } from '../events/index.ts'

/** Longer than a look at Neutron takes, with the report of it. */
const KEPT_MS = 180_000

interface Kept {
  readonly event: ResourceEvent
  /** Wall-clock milliseconds: it is compared with what another process took down. */
  readonly at: number
}

/**
 * The last message of each network, and the last of its ports, which concern fewer, for some minutes. A router reads its ports and only then
 * is known to be on their networks; a message in between, led by the index to those that are known to be there, would never reach it.
 */
export class RecentMessages {
  readonly #clock: Clock
  /** By network and whether of a port, the oldest first. */
  readonly #last = new Map<string, Kept>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: it names no network. */
  keep(event: ResourceEvent): boolean {
    const networkIds = event.hints?.networkIds ?? []
    const at = this.#clock.now()
    this.#forgetOld(at)
    for (const id of networkIds) {
      const key = `${id} ${isOfPort(event)}`
      this.#last.delete(key)
      this.#last.set(key, { event, at })
    }
    return networkIds.length > 0
  }

  /** The last messages of the network, those that came at that time or later. */
  since(time: number, networkId: string): readonly ResourceEvent[] {
    return [false, true].flatMap((ofPort) => {
      const kept = this.#last.get(`${networkId} ${ofPort}`)
      return kept && kept.at >= time ? [kept.event] : []
    })
  }

  #forgetOld(now: number): void {
    for (const [key, { at }] of this.#last) {
      if (now - at <= KEPT_MS) return
      this.#last.delete(key)
    }
  }
}
