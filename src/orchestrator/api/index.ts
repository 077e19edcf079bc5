export { hostPort, listenError, resolveListenAddress } from './listen-address.ts'
export type { Metrics } from './metrics.ts'
export { createMetrics } from './metrics.ts'
export { selectPage } from './paging.ts'
export type {
  Change,
  CommandOutcome,
  DebugOrder,
  DebugTarget,
  OperatorRequest,
  OrchestratorPort,
  Paging,
  Readiness,
  ResourceFilter,
} from './port.ts'
export { QUESTIONS_TOPIC, questionEndpoint } from './questions.ts'
export type { Api } from './server.ts'
export { createApi } from './server.ts'
export { StreamHub } from './stream/index.ts'
