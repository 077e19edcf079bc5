import type { ConfirmChannel } from 'amqplib'
import type { Clock } from '../../shared/index.ts'
import type { BindingSpec, BusChannel, BusMessage, Delivery, ExchangeSpec, QueueSpec } from '../wire/bus.ts'
import { settleWithin, withDeadline } from '../wire/deadline.ts'
import { BusClosedError } from '../wire/errors.ts'
import { closedError, operationError } from './refusal.ts'
import { MandatoryMessages } from './returned.ts'

/** A broker that does not answer an operation for this long is as good as gone. */
const OPERATION_TIMEOUT_MS = 20_000
const CLOSE_TIMEOUT_MS = 1000

/** The properties that oslo.messaging's rabbit driver sets on every message. */
const PROPERTIES = { contentType: 'application/json', contentEncoding: 'utf-8', deliveryMode: 2, priority: 0 } as const

/** Acknowledging needs only the tag; the library takes it from a message. */
const withTag = (deliveryTag: number) => ({
  fields: { deliveryTag, redelivered: false, exchange: '', routingKey: '' },
  properties: NO_PROPERTIES,
  content: NO_CONTENT,
})
const NO_CONTENT = Buffer.alloc(0)
const NO_PROPERTIES = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: undefined,
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
}

/** A channel of amqplib behind the bus's interface: errors are typed, nothing is left unhandled, nothing waits for ever. */
export class RabbitChannel implements BusChannel {
  readonly #raw: ConfirmChannel
  readonly #clock: Clock
  readonly #mandatory = new MandatoryMessages()
  readonly #listeners: ((reason: Error) => void)[] = []
  #error: Error | null = null
  #closedBy: Error | null = null
  #closing = false
  #drained: Promise<void> | null = null

  constructor(raw: ConfirmChannel, clock: Clock) {
    this.#raw = raw
    this.#clock = clock
    raw.on('error', (error: Error) => {
      this.#error = error
    })
    raw.on('handler-error', (error: Error) => this.#abandon(new BusClosedError('a consumer threw', { cause: error })))
    raw.on('close', () => this.#end(closedError(this.#error)))
    raw.on('return', (message) => {
      const { exchange, routingKey } = message.fields
      this.#mandatory.cameBack({ exchange, routingKey, body: message.content })
    })
  }

  get closedBy(): Error | null {
    return this.#closedBy
  }

  onClosed(listener: (reason: Error) => void): void {
    const reason = this.#closedBy
    if (reason && !this.#closing) queueMicrotask(() => listener(reason))
    else this.#listeners.push(listener)
  }

  async declareExchange(spec: ExchangeSpec): Promise<void> {
    const { name, type, durable, autoDelete } = spec
    await this.#do(`exchange '${name}'`, () => this.#raw.assertExchange(name, type, { durable, autoDelete }))
  }

  async declareQueue(spec: QueueSpec): Promise<void> {
    const { name, durable, autoDelete } = spec
    const options = { durable, autoDelete, exclusive: false, arguments: { ...spec.arguments } }
    await this.#do(`queue '${name}'`, () => this.#raw.assertQueue(name, options))
  }

  async deleteQueue(name: string): Promise<void> {
    await this.#do(`queue '${name}'`, () => this.#raw.deleteQueue(name))
  }

  async bind(binding: BindingSpec): Promise<void> {
    const { queue, exchange, routingKey } = binding
    await this.#do(`the binding of queue '${queue}' to exchange '${exchange}'`, () =>
      this.#raw.bindQueue(queue, exchange, routingKey),
    )
  }

  async consume(queue: string, prefetch: number, onDelivery: (delivery: Delivery) => void): Promise<string> {
    const entity = `queue '${queue}'`
    await this.#do(entity, () => this.#raw.prefetch(prefetch))
    const { consumerTag } = await this.#do(entity, () =>
      this.#raw.consume(queue, (message) => {
        if (message === null) {
          this.#abandon(new BusClosedError(`the broker ended the consumer: ${entity} was deleted`))
          return
        }
        const { deliveryTag, redelivered } = message.fields
        onDelivery({ tag: deliveryTag, queue, redelivered, body: message.content })
      }),
    )
    return consumerTag
  }

  async cancel(consumerTag: string): Promise<void> {
    await this.#do(`consumer ${consumerTag}`, () => this.#raw.cancel(consumerTag))
  }

  ack(tag: number, upTo: boolean): void {
    if (this.#closedBy === null) this.#raw.ack(withTag(tag), upTo)
  }

  requeue(tag: number): void {
    if (this.#closedBy === null) this.#raw.nack(withTag(tag), false, true)
  }

  async publish(message: BusMessage): Promise<'routed' | 'unroutable'> {
    const entity = message.exchange === '' ? `queue '${message.routingKey}'` : `exchange '${message.exchange}'`
    if (this.#drained) await this.#drained
    const entry = message.mandatory ? this.#mandatory.add(message) : null
    try {
      await this.#do(entity, () => this.#send(message))
    } finally {
      if (entry) this.#mandatory.done(entry)
    }
    return entry?.returned ? 'unroutable' : 'routed'
  }

  async close(): Promise<void> {
    if (this.#closedBy || this.#closing) return
    this.#closing = true
    await settleWithin(this.#closeRaw(), this.#clock, CLOSE_TIMEOUT_MS)
    this.#closedBy ??= new BusClosedError('the channel was closed')
  }

  async #closeRaw(): Promise<void> {
    await this.#raw.close()
  }

  #send(message: BusMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = {
        ...PROPERTIES,
        headers: { ...message.headers },
        mandatory: message.mandatory ?? false,
        ...(message.expirationMs === undefined
          ? {}
          : { expiration: String(Math.max(0, Math.round(message.expirationMs))) }),
      }
      const free = this.#raw.publish(message.exchange, message.routingKey, message.body, options, (error: unknown) => {
        if (error) reject(this.#closedBy ?? error)
        else resolve()
      })
      if (!free) this.#waitForDrain()
    })
  }

  /** The socket is behind: further messages wait, so that they do not pile up in memory. */
  #waitForDrain(): void {
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#drained = null
        resolve()
      }
      this.#raw.once('drain', done)
      this.onClosed(done)
    })
  }

  /** Ends the channel from our side as if the broker had. */
  #abandon(reason: Error): void {
    this.#end(reason)
    void settleWithin(this.#closeRaw(), this.#clock, CLOSE_TIMEOUT_MS)
  }

  #end(reason: Error): void {
    if (this.#closedBy) return
    this.#closedBy = reason
    if (this.#closing) return
    for (const listener of this.#listeners.splice(0)) listener(reason)
  }

  async #do<T>(entity: string, operation: () => Promise<T>): Promise<T> {
    if (this.#closedBy) throw new BusClosedError(`${entity}: ${this.#closedBy.message}`)
    const limits = { clock: this.#clock, ms: OPERATION_TIMEOUT_MS }
    const late = (): Error => {
      const error = new BusClosedError(`${entity}: the broker did not answer within ${OPERATION_TIMEOUT_MS} ms`)
      this.#abandon(error)
      return error
    }
    try {
      return await withDeadline(Promise.resolve().then(operation), limits, late)
    } catch (error) {
      throw operationError(error, entity)
    }
  }
}
