/** A mandatory message on its way, until it is confirmed. */
export interface Mandatory {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  returned: boolean
}

/**
 * Finds out which mandatory message the broker gave back. It comes without any number of ours, so it is recognised by its address and
 * bytes (each body has a `_unique_id` of its own).
 */
export class MandatoryMessages {
  readonly #onTheirWay = new Set<Mandatory>()

  add(message: { readonly exchange: string; readonly routingKey: string; readonly body: Buffer }): Mandatory {
    const { exchange, routingKey, body } = message
    const entry = { exchange, routingKey, body, returned: false }
    this.#onTheirWay.add(entry)
    return entry
  }

  done(entry: Mandatory): void {
    this.#onTheirWay.delete(entry)
  }

  cameBack(message: { exchange: string; routingKey: string; body: Buffer }): void {
    for (const entry of this.#onTheirWay) {
      if (entry.returned || entry.exchange !== message.exchange || entry.routingKey !== message.routingKey) continue
      if (!entry.body.equals(message.body)) continue
      entry.returned = true
      return
    }
  }
}
