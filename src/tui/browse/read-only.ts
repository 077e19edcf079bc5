import type { OrchestratorClient } from '../../client/index.ts'
import { AstaraError } from '../../shared/index.ts'

const refuse = (): never => {
  throw new AstaraError('not_allowed', 'this console is read-only', {
    suggestions: ['Start it without --read-only to change things.'],
  })
}

/** A client that answers questions and refuses everything else, whatever key or command asks for it. */
export function readOnlyClient(client: OrchestratorClient): OrchestratorClient {
  return {
    via: client.via,
    target: client.target,
    list: (query, options) => client.list(query, options),
    names: (query, options) => client.names(query, options),
    get: (id, options) => client.get(id, options),
    workers: (options) => client.workers(options),
    info: (options) => client.info(options),
    timeline: (id, options) => client.timeline(id, options),
    config: (id, options) => client.config(id, options),
    tenants: (options) => client.tenants(options),
    tenant: (id, options) => client.tenant(id, options),
    debug: (options) => client.debug(options),
    stream: (query, options) => client.stream(query, options),
    close: () => client.close(),
    act: async () => refuse(),
    actOnMany: async () => refuse(),
    poll: async () => refuse(),
    setDebug: async () => refuse(),
    reloadConfig: async () => refuse(),
  }
}
