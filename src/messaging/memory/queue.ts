import type { QueueSpec } from '../wire/bus.ts'

/** A message in a queue. */
export interface StoredMessage {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string | number>>
  /** Monotonic time after which it is dropped; null for never. */
  readonly expiresAt: number | null
  /** Its place: given back, it goes in front of what came later. */
  readonly order: number
  redelivered: boolean
}

/** Somebody who takes messages of a queue. */
export interface MemoryConsumer {
  readonly tag: string
  readonly prefetch: number
  unacked: number
  deliver(message: StoredMessage): void
  /** The queue is gone. */
  cancelled(): void
}

/** A queue in memory: first in, first out, consumers take turns within their prefetch. */
export class MemoryQueue {
  readonly spec: QueueSpec
  readonly consumers: MemoryConsumer[] = []
  readonly #now: () => number
  readonly #messages: StoredMessage[] = []
  #turn = 0
  #scheduled = false

  constructor(spec: QueueSpec, now: () => number) {
    this.spec = spec
    this.#now = now
  }

  /** What waits, oldest first. */
  get messages(): readonly StoredMessage[] {
    return this.#messages
  }

  push(message: StoredMessage): void {
    this.#messages.push(message)
    this.schedule()
  }

  giveBack(message: StoredMessage): void {
    message.redelivered = true
    const at = this.#messages.findIndex((other) => other.order > message.order)
    this.#messages.splice(at < 0 ? this.#messages.length : at, 0, message)
    this.schedule()
  }

  add(consumer: MemoryConsumer): void {
    this.consumers.push(consumer)
    this.schedule()
  }

  remove(consumer: MemoryConsumer): void {
    const at = this.consumers.indexOf(consumer)
    if (at >= 0) this.consumers.splice(at, 1)
  }

  /** Delivers later, never within the caller's stack. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    for (let message = this.#messages[0]; message; message = this.#messages[0]) {
      const expired = message.expiresAt !== null && message.expiresAt <= this.#now()
      const consumer = expired ? undefined : this.#nextConsumer()
      if (!expired && !consumer) return
      this.#messages.shift()
      if (!consumer) continue
      consumer.unacked++
      consumer.deliver(message)
    }
  }

  #nextConsumer(): MemoryConsumer | undefined {
    for (let i = 0; i < this.consumers.length; i++) {
      const at = (this.#turn + i) % this.consumers.length
      const consumer = this.consumers[at]
      if (consumer && consumer.unacked < consumer.prefetch) {
        this.#turn = at + 1
        return consumer
      }
    }
    return undefined
  }
}
