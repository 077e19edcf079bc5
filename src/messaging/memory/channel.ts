import { messageOf } from '../../shared/index.ts'
import type { BindingSpec, BusChannel, BusMessage, Delivery, ExchangeSpec, QueueSpec } from '../wire/bus.ts'
import { BusClosedError } from '../wire/errors.ts'
import type { MemoryBroker } from './broker.ts'
import type { MemoryConsumer, MemoryQueue, StoredMessage } from './queue.ts'

/** One channel to a broker in memory. As in AMQP, a refused operation closes it. */
export class MemoryChannel implements BusChannel {
  readonly #broker: MemoryBroker
  readonly #consumers = new Map<string, { readonly queue: MemoryQueue; readonly consumer: MemoryConsumer }>()
  readonly #unacked = new Map<number, { message: StoredMessage; queue: MemoryQueue; consumer: MemoryConsumer }>()
  readonly #listeners: ((reason: Error) => void)[] = []
  #closedBy: Error | null = null
  #nextTag = 1
  #nextConsumer = 1

  constructor(broker: MemoryBroker) {
    this.#broker = broker
  }

  get closedBy(): Error | null {
    return this.#closedBy
  }

  onClosed(listener: (reason: Error) => void): void {
    const reason = this.#closedBy
    if (reason) queueMicrotask(() => listener(reason))
    else this.#listeners.push(listener)
  }

  declareExchange(spec: ExchangeSpec): Promise<void> {
    return this.#do(() => this.#broker.declareExchange(spec))
  }

  declareQueue(spec: QueueSpec): Promise<void> {
    return this.#do(() => this.#broker.declareQueue(spec))
  }

  deleteQueue(name: string): Promise<void> {
    return this.#do(() => this.#broker.deleteQueue(name))
  }

  bind(binding: BindingSpec): Promise<void> {
    return this.#do(() => this.#broker.bind(binding))
  }

  consume(queueName: string, prefetch: number, onDelivery: (delivery: Delivery) => void): Promise<string> {
    return this.#do(() => {
      const queue = this.#broker.queue(queueName)
      const tag = `consumer-${this.#nextConsumer++}`
      const consumer: MemoryConsumer = {
        tag,
        prefetch,
        unacked: 0,
        deliver: (message) => {
          const delivered = this.#nextTag++
          this.#unacked.set(delivered, { message, queue, consumer })
          onDelivery({ tag: delivered, queue: queueName, redelivered: message.redelivered, body: message.body })
        },
        cancelled: () => this.fail(new BusClosedError(`queue '${queueName}' was deleted`)),
      }
      this.#consumers.set(tag, { queue, consumer })
      queue.add(consumer)
      return tag
    })
  }

  cancel(consumerTag: string): Promise<void> {
    return this.#do(() => this.#leave(consumerTag))
  }

  ack(tag: number, upTo: boolean): void {
    const tags = upTo ? [...this.#unacked.keys()].filter((open) => open <= tag) : [tag]
    for (const each of tags) this.#settle(each)
  }

  requeue(tag: number): void {
    const open = this.#settle(tag)
    if (open) open.queue.giveBack(open.message)
  }

  publish(message: BusMessage): Promise<'routed' | 'unroutable'> {
    return this.#do(() => {
      const routed = this.#broker.publish(message)
      return routed || !message.mandatory ? 'routed' : 'unroutable'
    })
  }

  async close(): Promise<void> {
    if (this.#closedBy === null) this.#end(new BusClosedError('the channel was closed'))
  }

  /** Closed by the broker, or with its connection. */
  fail(reason: Error): void {
    if (this.#closedBy) return
    this.#end(reason)
    for (const listener of this.#listeners) queueMicrotask(() => listener(reason))
  }

  #end(reason: Error): void {
    this.#closedBy = reason
    for (const tag of [...this.#consumers.keys()]) this.#leave(tag)
    for (const tag of [...this.#unacked.keys()]) this.requeue(tag)
  }

  #leave(consumerTag: string): void {
    const entry = this.#consumers.get(consumerTag)
    this.#consumers.delete(consumerTag)
    entry?.queue.remove(entry.consumer)
  }

  #settle(tag: number): { message: StoredMessage; queue: MemoryQueue } | undefined {
    const open = this.#unacked.get(tag)
    if (!open) return undefined
    this.#unacked.delete(tag)
    open.consumer.unacked--
    open.queue.schedule()
    return open
  }

  /** Asynchronous as a network is: the caller's promise settles in a later turn. */
  async #do<T>(operation: () => T): Promise<T> {
    if (this.#closedBy) throw new BusClosedError(messageOf(this.#closedBy))
    try {
      return operation()
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }
}
