export { isLoopback } from './listen-address.ts'
export type { ApiCalls, Metrics } from './metrics.ts'
export { createMetrics } from './metrics.ts'
export { matchesFilter, selectPage } from './paging.ts'
export type {
  Awaitable,
  Change,
  CommandOutcome,
  MetricsSource,
  OperatorRequest,
  OrchestratorPort,
  Paging,
  Readiness,
  ResourceFilter,
} from './port.ts'
export type { Api, ApiDeps, ApiOptions } from './server.ts'
export { createApi } from './server.ts'
