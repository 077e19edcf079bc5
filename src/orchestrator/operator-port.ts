import {
  ConfigAnswer,
  type OrchestratorInfo,
  type ReloadAnswer,
  type Resource,
  TimelineAnswer,
  type Worker,
} from '../contract/index.ts'
import { AstaraError } from '../shared/index.ts'
import type { Change, CommandOutcome, OperatorRequest, OrchestratorPort, Readiness } from './api/index.ts'
import type { DebugControl } from './debug-control.ts'
import type { ResourceEvent } from './events/index.ts'
import type { Dispatcher } from './scheduler/dispatcher.ts'
import type { ResourceTable } from './scheduler/resource-table.ts'
import type { DebugBook } from './store/index.ts'
import { tenantSummaries } from './tenant-summaries.ts'
import type { Question, TimelineWatch } from './worker/protocol.ts'

export interface OperatorPortDeps {
  readonly table: ResourceTable
  readonly dispatcher: Dispatcher
  readonly book: DebugBook
  readonly debug: DebugControl
  readonly workers: () => readonly Worker[]
  /** What only a worker knows; null: it does not have the resource. */
  readonly ask: (worker: number, question: Question, signal: AbortSignal) => Promise<unknown>
  readonly watchTimelines: (watch: TimelineWatch) => void
  readonly ready: () => Readiness
  readonly info: Pick<OrchestratorInfo, 'host' | 'since'>
  readonly reload: () => Promise<ReloadAnswer>
  /** Throws AstaraError when nothing can be booted from this image. */
  readonly checkImage: (id: string) => Promise<void>
  /** Tenant of a router that no worker has yet, from Neutron; null: there is none. */
  readonly tenantOf: (id: string) => Promise<string | null>
  /** Changes besides those of the table. */
  readonly subscribe: (listener: (change: Change) => void) => () => void
}

function operatorEvent(
  request: Pick<OperatorRequest, 'reason' | 'imageUuid' | 'by'>,
  action: ResourceEvent['action'],
  target: Pick<ResourceEvent, 'resourceId' | 'tenantId' | 'driver'>,
): ResourceEvent {
  return {
    kind: 'resource',
    ...target,
    tenantFrom: target.tenantId === null ? 'none' : 'payload',
    action,
    priority: 'operator',
    source: 'api',
    type: `api.${action}`,
    hints: null,
    imageUuid: request.imageUuid,
    reason: request.reason,
    by: request.by,
    force: action !== 'poll',
  }
}

/** The orchestrator as its HTTP API sees it. */
export function createOperatorPort(deps: OperatorPortDeps): OrchestratorPort {
  const { table, dispatcher, book, debug } = deps

  function refuseHeld(id: string, tenantId: string | null): void {
    const mark = book.marks.of(id, tenantId)
    if (mark === null) return
    const whose = { resource: 'it', tenant: 'its tenant', global: 'everything' }[mark.scope]
    const why = mark.reason === null ? '' : ` (${mark.reason})`
    throw new AstaraError('refused', `${id} is held back: ${whose} is in debug mode since ${mark.since}${why}`, {
      suggestions: [
        mark.scope === 'resource'
          ? `End it: astara ctl resource manage ${id}`
          : mark.scope === 'tenant'
            ? `End it: astara ctl tenant manage ${tenantId ?? ''}`
            : 'End it: astara ctl global debug disable',
      ],
      details: { ...mark },
    })
  }

  async function act(id: string, request: OperatorRequest): Promise<Resource> {
    const known = table.get(id)
    if (known && request.driver !== null && known.driver !== request.driver) {
      throw new AstaraError('not_found', `${id} is a ${known.driver}, not a ${request.driver}`)
    }
    const { action, by, reason } = request
    const tenantId = known?.tenant_id ?? (await deps.tenantOf(id))
    if (tenantId === null && !(action === 'manage' && book.marks.at({ scope: 'resource', id }))) {
      throw new AstaraError('not_found', `no resource ${id} here or in Neutron`, {
        suggestions: ['List what there is: astara ctl resource list'],
      })
    }
    if (action === 'debug' || action === 'manage') {
      if (action === 'manage' && book.marks.at({ scope: 'resource', id }) === null) refuseHeld(id, tenantId)
      debug.set({ scope: 'resource', id }, { enabled: action === 'debug', by, reason }, 'api')
    } else {
      refuseHeld(id, tenantId)
      if (request.imageUuid !== null) await deps.checkImage(request.imageUuid)
      book.audit({ action, target: `resource ${id}`, via: 'api', by, reason })
      await dispatcher.dispatch(
        operatorEvent(request, action, { resourceId: id, tenantId, driver: known?.driver ?? 'router' }),
      )
    }
    return table.get(id) ?? notYet(id)
  }

  async function poll(by: string | null): Promise<number> {
    book.audit({ action: 'poll', target: 'resource *', via: 'api', by, reason: null })
    const asked = { reason: null, imageUuid: null, by }
    await dispatcher.dispatch(operatorEvent(asked, 'poll', { resourceId: '*', tenantId: '*', driver: null }))
    return table.size
  }

  async function command(event: ResourceEvent): Promise<CommandOutcome> {
    const { action, resourceId, by = null, reason } = event
    if (event.imageUuid !== null) await deps.checkImage(event.imageUuid)
    book.audit({ action, target: `resource ${resourceId}`, via: 'api', by, reason })
    await dispatcher.dispatch(event)
    if (resourceId !== '*' && resourceId !== 'error') return { resources: 1 }
    let count = 0
    for (const resource of table.values()) {
      const meant = event.driver === null || resource.driver === event.driver
      if (meant && resource.debug === null && (resourceId === '*' || resource.instance_state === 'error')) count++
    }
    return { resources: count }
  }

  async function ask(kind: Question['kind'], id: string, signal: AbortSignal): Promise<unknown> {
    const worker = dispatcher.workerOf(id)
    const answer = worker === null ? null : await deps.ask(worker, { kind, resourceId: id }, signal)
    if (answer === null) throw new AstaraError('not_found', `there is no resource ${id}`)
    return answer
  }

  return {
    list: (filter, paging) => table.list(filter, paging),
    get: (id) => table.get(id) ?? null,
    act,
    poll: (_signal, by = null) => poll(by),
    workers: () => deps.workers(),
    ready: () => deps.ready(),
    timeline: async (id, signal) => TimelineAnswer.parse(await ask('timeline', id, signal)),
    config: async (id, signal) => ConfigAnswer.parse(await ask('config', id, signal)),
    tenants: () => tenantSummaries(table.values(), book.state),
    debug: () => book.state,
    setDebug: (target, order) => debug.set(target, order, 'api'),
    reload(by) {
      book.audit({ action: 'config-reload', target: 'configuration', via: 'api', by, reason: null })
      return deps.reload()
    },
    info: () => ({
      ...deps.info,
      revision: table.revision,
      ready: deps.ready().ready,
      reasons: [...deps.ready().reasons],
    }),
    resources: () => table.values(),
    revision: () => table.revision,
    watchTimelines: deps.watchTimelines,
    subscribe(listener) {
      const ends = [table.subscribe(listener), deps.subscribe(listener)]
      return () => {
        for (const end of ends) end()
      }
    },
    command,
  }
}

/** A resource that was only just handed to its worker has no row yet; it gets one with the worker's first report. */
function notYet(id: string): never {
  throw new AstaraError('unavailable', `${id} was accepted, but its worker has not reported it yet`, {
    suggestions: [`Ask again: astara ctl resource show ${id}`],
  })
}
