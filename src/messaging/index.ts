export { MemoryBroker } from './memory/broker.ts'
export { createMemoryTransport, type MemoryTransportOptions } from './memory-transport.ts'
export { openEnvelope, sealEnvelope } from './oslo/envelope.ts'
export { formatNotification, formatTimestamp, parseNotification } from './oslo/notification.ts'
export { formatReply, formatRequest, parseReply, parseRequest } from './oslo/rpc.ts'
export { createRabbitTransport, type RabbitTransportOptions } from './rabbit-transport.ts'
export {
  type BrokerAddress,
  type BrokerTls,
  describeBroker,
  parseTransportUrl,
  type TransportUrl,
  type TransportUrlOptions,
} from './transport-url.ts'
export * from './types.ts'
export { BrokerRefusedError } from './wire/errors.ts'
