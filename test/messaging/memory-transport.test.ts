import { createMemoryTransport, MemoryBroker } from '../../src/messaging/index.ts'
import { describeTransport } from './behaviour.ts'

describeTransport('memory transport', async () => {
  const broker = new MemoryBroker()
  return {
    open: () => createMemoryTransport({ broker }),
    publishRaw: async (exchange, routingKey, body) => void broker.publish({ exchange, routingKey, body }),
    peek: async (queue) => broker.peek(queue) ?? [],
    deleteQueue: async (queue) => broker.deleteQueue(queue),
    cut: () => broker.dropConnections(),
    close: async () => broker.crash(),
  }
})
