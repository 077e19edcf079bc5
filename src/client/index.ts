export { createAmqpClient } from './amqp-client.ts'
export { connectAmqp } from './connect-amqp.ts'
export { FIELD_NAMES } from './filter/fields.ts'
export { parseDuration, parseFilter, type ResourceFilter } from './filter/filter.ts'
export { parseSort, type SortOrder, sortResources, sortValues } from './filter/sort.ts'
export { createHttpClient } from './http-client.ts'
export { resolveResource } from './resolve.ts'
export { ResourceStore, type StoreConnection, type StoreSnapshot } from './store/resource-store.ts'
export type { ResourceView, ViewSnapshot } from './store/resource-view.ts'
export { type Followed, followStream } from './stream/follow.ts'
export type {
  ActionOnOne,
  DebugTarget,
  ManyTaken,
  OrchestratorClient,
  ResourceQuery,
  StreamItem,
  StreamQuery,
  Wildcard,
} from './types.ts'
