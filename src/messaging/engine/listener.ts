import { parseNotification } from '../oslo/notification.ts'
import { controlExchange, type QueueStyle, topicQueue } from '../oslo/topology.ts'
import type { NotificationListenerOptions } from '../types.ts'
import type { BusChannel } from '../wire/bus.ts'

const DEFAULT_PRIORITIES = ['info']

/** Reads the bytes of a notification. */
export const readNotification = parseNotification

/** Declares a pool's queue with one binding per priority, as an oslo.messaging notification listener with a pool. */
export async function declareListener(
  channel: BusChannel,
  options: NotificationListenerOptions,
  style: QueueStyle,
): Promise<readonly string[]> {
  const { exchange, topic, pool, priorities = DEFAULT_PRIORITIES } = options
  const queueStyle = options.durable === undefined ? style : { ...style, durable: options.durable }
  await channel.declareExchange(controlExchange(exchange, style))
  const queue = topicQueue(pool, queueStyle)
  const expiry = options.expiresMs === undefined ? {} : { 'x-expires': options.expiresMs }
  await channel.declareQueue({ ...queue, arguments: { ...queue.arguments, ...expiry } })
  for (const priority of priorities) {
    await channel.bind({ queue: pool, exchange, routingKey: `${topic}.${priority.toLowerCase()}` })
  }
  return [pool]
}
