export { commandToEvents } from './command.ts'
export type { TranslationOptions } from './notification.ts'
export { notificationToEvents } from './notification.ts'
export type { IndexedResource } from './resolve.ts'
export { isOfPort, ResourceIndex } from './resolve.ts'
export { rpcToEvents } from './rpc.ts'
export type { Translation } from './translation.ts'
export type {
  AgentEvent,
  CommandEvent,
  EventHints,
  EventSource,
  OrchestratorEvent,
  Priority,
  ResourceEvent,
} from './types.ts'
export { PRIORITIES } from './types.ts'
