export type { AmqpClientOptions } from './amqp-client.ts'
export { createAmqpClient } from './amqp-client.ts'
export type { ConnectAmqpOptions } from './connect-amqp.ts'
export { connectAmqp } from './connect-amqp.ts'
export type { HttpClientOptions } from './http-client.ts'
export { createHttpClient } from './http-client.ts'
export type { ResolveOptions } from './resolve.ts'
export { resolveResource } from './resolve.ts'
export type {
  ActionOnMany,
  ActionOnOne,
  ActionTaken,
  CallOptions,
  ManyTaken,
  OrchestratorClient,
  ResourceQuery,
  Wildcard,
} from './types.ts'
