import type { ApiError } from './api-error.ts'
import type { RouteTable } from './route-table.ts'
import type { ApiReply, ApiRequest, ServiceName } from './types.ts'

/** What one API service is to the HTTP server: its routes and the way it words refusals. */
export interface ApiService {
  readonly name: ServiceName
  readonly routes: RouteTable
  /** Renders a refusal as this service does. */
  renderError(error: ApiError, request: Pick<ApiRequest, 'method' | 'path' | 'headers'>): ApiReply
  /** Headers of every answer (microversions). */
  headers(request: Pick<ApiRequest, 'headers'>, reply: ApiReply): Readonly<Record<string, string>>
  /** What it says of a body that is not JSON. */
  readonly malformedBody: string
  /** Names of the request id's headers as this service spells them. */
  readonly requestIdHeaders: readonly string[]
  /** Called with each parsed request before its handler: refuses unsupported microversions. */
  check?(request: ApiRequest): void
}
