import {
  ActionAccepted,
  ConfigAnswer,
  DebugState,
  ManyAccepted,
  OrchestratorInfo,
  PollAccepted,
  ReloadAnswer,
  ResourceAnswer,
  ResourceList,
  ResourceNames,
  TenantList,
  TenantSummary,
  TimelineAnswer,
  WorkerList,
} from '../contract/index.ts'
import { HttpCaller, type HttpClientOptions } from './http-caller.ts'
import { strangeAnswer } from './http-errors.ts'
import { streamEvents } from './stream/http-stream.ts'
import type { DebugTarget, OrchestratorClient, ResourceQuery } from './types.ts'

const PAGE = 1000

const queryOf = (query: ResourceQuery): Record<string, string> => ({
  ...(query.driver === undefined ? {} : { driver: query.driver }),
  ...(query.tenantId === undefined ? {} : { tenant_id: query.tenantId }),
  ...(query.instanceState === undefined ? {} : { instance_state: query.instanceState }),
  ...(query.name === undefined ? {} : { name: query.name }),
  ...(query.idPrefix === undefined ? {} : { id_prefix: query.idPrefix }),
})

function debugPath(target: DebugTarget): string {
  return target.scope === 'global' ? '/v1/debug' : `/v1/debug/${target.scope}s/${encodeURIComponent(target.id)}`
}

/** The client over the orchestrator's HTTP API. Nothing is connected before the first call. */
export function createHttpClient(options: HttpClientOptions): OrchestratorClient {
  const http = new HttpCaller(options)
  const resourcePath = (id: string): string => `/v1/resources/${encodeURIComponent(id)}`

  return {
    via: 'http',
    target: http.target,

    async list(query = {}, options) {
      const resources: ResourceList['resources'] = []
      let marker: string | null = null
      let revision: number | null = null
      do {
        const page: ResourceList = await http.call(ResourceList, 'GET', '/v1/resources', {
          ...options,
          query: { ...queryOf(query), limit: String(PAGE), ...(marker === null ? {} : { marker }) },
        })
        resources.push(...page.resources)
        // What happened while later pages were read counts as newer than the list.
        revision ??= page.revision
        if (page.next_marker !== null && marker !== null && page.next_marker <= marker) {
          throw strangeAnswer(http.target, 'its pages do not go forward')
        }
        marker = page.next_marker
      } while (marker !== null)
      return { resources, next_marker: null, revision: revision ?? 0 }
    },

    names: (query = {}, options) => http.call(ResourceNames, 'GET', '/v1/names', { ...options, query: queryOf(query) }),

    async get(id, options) {
      return (await http.call(ResourceAnswer, 'GET', resourcePath(id), options)).resource
    },

    act(id, { action, reason, imageUuid }, options) {
      const body = {
        action,
        ...(reason === undefined ? {} : { reason }),
        ...(imageUuid === undefined ? {} : { image_uuid: imageUuid }),
      }
      return http.call(ActionAccepted, 'POST', `${resourcePath(id)}/actions`, { ...options, body })
    },

    actOnMany(which, { action, driver, reason, imageUuid }, options) {
      const path = `/${driver ?? 'resource'}/${action}/${encodeURIComponent(which)}`
      const body = {
        yes: true,
        ...(reason === undefined ? {} : { reason }),
        ...(imageUuid === undefined ? {} : { image_uuid: imageUuid }),
      }
      return http.call(ManyAccepted, 'PUT', path, { ...options, body })
    },

    info: (options) => http.call(OrchestratorInfo, 'GET', '/v1/info', options),
    timeline: (id, options) => http.call(TimelineAnswer, 'GET', `${resourcePath(id)}/timeline`, options),
    config: (id, options) => http.call(ConfigAnswer, 'GET', `${resourcePath(id)}/config`, options),
    tenants: (options) => http.call(TenantList, 'GET', '/v1/tenants', options),
    tenant: (id, options) => http.call(TenantSummary, 'GET', `/v1/tenants/${encodeURIComponent(id)}`, options),
    debug: (options) => http.call(DebugState, 'GET', '/v1/debug', options),
    setDebug(target, { enabled, reason }, options) {
      const path = debugPath(target)
      if (!enabled)
        return http.call(DebugState, 'DELETE', path, { ...options, query: reason === undefined ? {} : { reason } })
      return http.call(DebugState, 'PUT', path, { ...options, body: reason === undefined ? {} : { reason } })
    },
    reloadConfig: (options) => http.call(ReloadAnswer, 'POST', '/v1/config/reload', options),
    stream: (query, options) => streamEvents(http, query, options),

    poll: (options) => http.call(PollAccepted, 'POST', '/v1/poll', options),
    workers: (options) => http.call(WorkerList, 'GET', '/v1/workers', options),
    close: () => http.close(),
  }
}
