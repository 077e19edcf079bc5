import type { RpcEndpoint, RpcRequest } from '../../messaging/index.ts'
import { AstaraError, type Logger } from '../../shared/index.ts'
import { errorReply } from './errors.ts'
import { listQueryOf } from './list-query.ts'
import { streamFilterOf } from './live-routes.ts'
import type { OrchestratorPort } from './port.ts'
import { idOf } from './request.ts'
import type { StreamHub } from './stream/index.ts'

/** RPC topic on which an orchestrator answers questions. */
export const QUESTIONS_TOPIC = 'astara'

export interface QuestionsOptions {
  readonly port: OrchestratorPort
  readonly hub: StreamHub
  readonly version: string
  readonly logger: Logger
}

type Args = Readonly<Record<string, unknown>>

/**
 * The reading half of the operator API as RPC: the same objects under `result`, the same errors under `error`. Commands do not come this
 * way: they are the original's notifications.
 */
export function questionEndpoint({ port, hub, version, logger }: QuestionsOptions): RpcEndpoint {
  const signal = new AbortController().signal
  const answers: Readonly<Record<string, (args: Args) => unknown>> = {
    info: async () => ({ ...(await port.info()), version }),
    list(args) {
      const { filter, paging } = listQueryOf(args)
      return port.list(filter, paging)
    },
    async get(args) {
      const id = idOf(args, 'a resource id')
      const resource = await port.get(id)
      if (resource === null) throw new AstaraError('not_found', `there is no resource ${id}`)
      return { resource }
    },
    workers: async () => ({ workers: await port.workers(signal) }),
    timeline: (args) => port.timeline(idOf(args, 'a resource id'), signal),
    config: (args) => port.config(idOf(args, 'a resource id'), signal),
    tenants: async () => ({ tenants: await port.tenants() }),
    async tenant(args) {
      const id = idOf(args, 'a tenant id')
      const tenant = (await port.tenants()).find((one) => one.id === id)
      if (tenant === undefined) throw new AstaraError('not_found', `tenant ${id} has no resources here`)
      return tenant
    },
    debug: () => port.debug(),
    changes({ since, ...query }) {
      return hub.page(streamFilterOf(query).filter, typeof since === 'string' ? since : null)
    },
  }
  const answer = async (name: string, { args }: RpcRequest): Promise<unknown> => {
    try {
      return { result: await answers[name]?.(args) }
    } catch (error) {
      const { body, bug } = errorReply(error, name)
      if (bug) logger.error({ err: error, method: name }, 'a question over the bus failed')
      return body
    }
  }
  return Object.fromEntries(Object.keys(answers).map((name) => [name, (request: RpcRequest) => answer(name, request)]))
}
