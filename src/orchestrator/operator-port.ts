import type { Resource, Worker } from '../contract/index.ts'
import { AstaraError } from '../shared/index.ts'
import type { CommandOutcome, OperatorRequest, OrchestratorPort, Readiness } from './api/index.ts'
import type { CommandEvent, ResourceEvent } from './events/index.ts'
import type { Dispatcher } from './scheduler/dispatcher.ts'
import type { ResourceTable } from './scheduler/resource-table.ts'

export interface OperatorPortDeps {
  readonly table: ResourceTable
  readonly dispatcher: Dispatcher
  readonly workers: () => readonly Worker[]
  readonly ready: () => Readiness
  /** Tenant of a router that no worker has yet, from Neutron; null: there is none. */
  readonly tenantOf: (id: string) => Promise<string | null>
  /** Carries out what is not about one resource. Throws AstaraError. */
  readonly command: (event: CommandEvent) => Promise<void>
}

function operatorEvent(
  request: Pick<OperatorRequest, 'reason' | 'imageUuid'>,
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
    force: action !== 'poll',
  }
}

/** The orchestrator as its HTTP API sees it. */
export function createOperatorPort(deps: OperatorPortDeps): OrchestratorPort {
  const { table, dispatcher } = deps

  async function act(id: string, request: OperatorRequest): Promise<Resource> {
    const known = table.get(id)
    if (known && request.driver !== null && known.driver !== request.driver) {
      throw new AstaraError('not_found', `${id} is a ${known.driver}, not a ${request.driver}`)
    }
    const { action } = request
    if (action === 'debug' || action === 'manage') {
      await deps.command({
        kind: 'command',
        command: `resource-${action}`,
        resourceId: id,
        tenantId: known?.tenant_id ?? null,
        enabled: null,
        reason: request.reason,
      })
    } else {
      const tenantId = known?.tenant_id ?? (await deps.tenantOf(id))
      if (tenantId === null) {
        throw new AstaraError('not_found', `no resource ${id} here or in Neutron`, {
          suggestions: ['List what there is: astara ctl resource list'],
        })
      }
      await dispatcher.dispatch(
        operatorEvent(request, action, { resourceId: id, tenantId, driver: known?.driver ?? 'router' }),
      )
    }
    return known ?? placeholder(id, table)
  }

  async function poll(): Promise<number> {
    await dispatcher.dispatch(
      operatorEvent({ reason: null, imageUuid: null }, 'poll', { resourceId: '*', tenantId: '*', driver: null }),
    )
    return table.size
  }

  async function command(event: CommandEvent | ResourceEvent): Promise<CommandOutcome> {
    if (event.kind === 'command') {
      if (event.command === 'poll') return { resources: await poll() }
      await deps.command(event)
      return { resources: null }
    }
    await dispatcher.dispatch(event)
    if (event.resourceId !== '*' && event.resourceId !== 'error') return { resources: 1 }
    let count = 0
    for (const resource of table.values()) {
      if (event.resourceId === '*' || resource.instance_state === 'error') count++
    }
    return { resources: count }
  }

  return {
    list: (filter, paging) => table.list(filter, paging),
    get: (id) => table.get(id) ?? null,
    act,
    poll,
    workers: () => deps.workers(),
    ready: () => deps.ready(),
    subscribe: (listener) => table.subscribe(listener),
    command,
  }
}

/** A resource that was only just handed to its worker has no row yet; it gets one with the worker's first report. */
function placeholder(id: string, table: ResourceTable): Resource {
  const resource = table.get(id)
  if (resource) return resource
  throw new AstaraError('unavailable', `${id} was accepted, but its worker has not reported it yet`, {
    suggestions: [`Ask again: astara ctl resource show ${id}`],
  })
}
