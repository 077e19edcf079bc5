import { type ConfirmChannel, connect } from 'amqplib'

/** A message as it lies in a queue. */
export interface RawMessage {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, unknown>>
  readonly properties: Readonly<Record<string, unknown>>
}

/** Plain AMQP for tests: publishes any bytes, looks into queues. Each operation has a channel of its own. */
export interface RawAmqp {
  publish(exchange: string, routingKey: string, body: Buffer): Promise<void>
  /** The messages of a queue, given back afterwards; none when there is no such queue. */
  peek(queue: string): Promise<readonly RawMessage[]>
  /** Takes one message away, or null. */
  take(queue: string): Promise<RawMessage | null>
  depth(queue: string): Promise<number>
  deleteQueue(queue: string): Promise<void>
  with<T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const amqpOf = (url: string): string => url.replace(/^(rabbit|kombu)(\+\w+)?:/, 'amqp:').replace(/\/$/, '')

export async function openRawAmqp(url: string): Promise<RawAmqp> {
  const connection = await connect(amqpOf(url), { timeout: 10_000 })
  connection.on('error', () => undefined)
  const run = async <T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> => {
    const channel = await connection.createConfirmChannel()
    let failed = false
    channel.on('error', () => {
      failed = true
    })
    try {
      return await work(channel)
    } finally {
      if (!failed) await channel.close()
    }
  }
  const get = async (channel: ConfirmChannel, queue: string, noAck: boolean): Promise<RawMessage | null> => {
    const message = await channel.get(queue, { noAck })
    if (!message) return null
    return { body: message.content, headers: message.properties.headers ?? {}, properties: { ...message.properties } }
  }
  return {
    with: run,
    publish: (exchange, routingKey, body) =>
      run(async (channel) => {
        channel.publish(exchange, routingKey, body)
        await channel.waitForConfirms()
      }),
    async peek(queue) {
      try {
        return await run(async (channel) => {
          const found: RawMessage[] = []
          for (let m = await get(channel, queue, false); m; m = await get(channel, queue, false)) found.push(m)
          channel.nackAll(true)
          return found
        })
      } catch {
        return []
      }
    },
    take: (queue) => run((channel) => get(channel, queue, true)),
    depth: (queue) => run(async (channel) => (await channel.checkQueue(queue)).messageCount),
    deleteQueue: (queue) => run(async (channel) => void (await channel.deleteQueue(queue))),
    close: () => connection.close(),
  }
}
