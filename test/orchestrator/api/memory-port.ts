import type {
  ConfigAnswer,
  DebugMark,
  DebugState,
  ReloadAnswer,
  Resource,
  TenantSummary,
  TimelineAnswer,
  TimelineEntry,
  Worker,
} from '../../../src/contract/index.ts'
import {
  type Change,
  type CommandOutcome,
  type DebugOrder,
  type DebugTarget,
  type OperatorRequest,
  type OrchestratorPort,
  type Readiness,
  selectPage,
} from '../../../src/orchestrator/api/index.ts'
import type { ResourceEvent } from '../../../src/orchestrator/events/types.ts'
import { tenantSummaries } from '../../../src/orchestrator/tenant-summaries.ts'
import { AstaraError } from '../../../src/shared/index.ts'

/** `00000001-…`: a UUID that ends (and begins) in a number. */
export function numberedId(n: number): string {
  const hex = n.toString(16).padStart(8, '0')
  return `${hex}-aaaa-4bbb-8ccc-0000${hex}`
}

export const TENANT_A = '11111111-1111-4111-8111-111111111111'
export const TENANT_B = '22222222-2222-4222-8222-222222222222'
export const IMAGE = '33333333-3333-4333-8333-333333333333'

export function sampleResource(n: number, changes: Partial<Resource> = {}): Resource {
  return {
    id: numberedId(n),
    driver: 'router',
    tenant_id: TENANT_A,
    name: `r${n}`,
    status: 'ACTIVE',
    instance_state: 'configured',
    step: 'CalcAction',
    action: 'poll',
    queue: [],
    attempts: 0,
    image_uuid: IMAGE,
    image_current: true,
    instances: [
      {
        id: numberedId(0x1000 + n),
        name: `ak-router-${numberedId(n)}_0`,
        status: 'ACTIVE',
        management_address: 'fdca:3ba5:a17a:acda::5',
        image_uuid: IMAGE,
        booted_at: '2026-01-01T00:00:00.000Z',
        alive: true,
      },
    ],
    required_instances: 1,
    networks: 2,
    config_fingerprint: 'f00d',
    configured_at: '2026-01-01T00:01:00.000Z',
    last_event_at: '2026-01-01T00:02:00.000Z',
    last_event_type: 'router.update.end',
    last_alive_at: '2026-01-01T00:03:00.000Z',
    last_error: null,
    debug: null,
    worker: 'w0',
    host: 'host1',
    revision: n,
    ...changes,
  }
}

export const sampleWorker: Worker = {
  name: 'w0',
  pid: 4242,
  since: '2026-01-01T00:00:00.000Z',
  resources: 2,
  queued: 1,
  running: [{ resource_id: numberedId(1), step: 'CheckBoot', since: '2026-01-01T00:00:30.000Z' }],
  rss_bytes: 104_857_600,
  heap_bytes: 20_971_520,
  event_loop_p99_ms: 12.5,
  restarts: 0,
}

export const METRICS_TEXT = 'astara_worker_restarts_total 0\n'

/** An orchestrator that only remembers: the port's contract without a cloud. */
export class MemoryOrchestrator implements OrchestratorPort {
  readonly table = new Map<string, Resource>()
  readonly acted: { readonly id: string; readonly request: OperatorRequest }[] = []
  readonly commands: ResourceEvent[] = []
  readonly debugOrders: { readonly target: DebugTarget; readonly order: DebugOrder }[] = []
  readonly reloads: (string | null)[] = []
  readonly timelines = new Map<string, TimelineEntry[]>()
  readonly watches: { readonly all: boolean; readonly ids: readonly string[] }[] = []
  debugState: DebugState = { global: null, tenants: [], resources: [] }
  tableRevision = 7
  polls = 0
  readiness: Readiness = { ready: true, reasons: [] }
  /** Put in front of every answer: throw, or wait. */
  hook: (signal?: AbortSignal) => Promise<void> = async () => {}
  readonly #listeners = new Set<(change: Change) => void>()

  constructor(resources: readonly Resource[] = []) {
    for (const resource of resources) this.table.set(resource.id, resource)
  }

  async list(...[filter, paging]: Parameters<OrchestratorPort['list']>): Promise<ReturnType<typeof selectPage>> {
    await this.hook()
    return selectPage(this.table.values(), filter, paging, this.tableRevision)
  }

  async get(id: string): Promise<Resource | null> {
    await this.hook()
    return this.table.get(id) ?? null
  }

  async act(id: string, request: OperatorRequest, signal: AbortSignal): Promise<Resource> {
    await this.hook(signal)
    const resource = this.table.get(id)
    if (!resource || (request.driver !== null && resource.driver !== request.driver)) {
      throw new AstaraError('not_found', `there is no ${request.driver ?? 'resource'} ${id}`)
    }
    if (resource.debug && request.action !== 'manage') {
      throw new AstaraError('refused', `${id} is in debug mode`, { details: { reason: resource.debug.reason } })
    }
    this.acted.push({ id, request })
    return resource
  }

  async poll(): Promise<number> {
    await this.hook()
    this.polls += 1
    return this.table.size
  }

  async workers(): Promise<readonly Worker[]> {
    await this.hook()
    return [sampleWorker]
  }

  ready(): Readiness {
    return this.readiness
  }

  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async command(event: ResourceEvent): Promise<CommandOutcome> {
    await this.hook()
    this.commands.push(event)
    return { resources: this.table.size }
  }

  async timeline(id: string): Promise<TimelineAnswer> {
    await this.hook()
    if (!this.table.has(id)) throw new AstaraError('not_found', `there is no resource ${id}`)
    return { resource_id: id, entries: this.timelines.get(id) ?? [] }
  }

  async config(id: string): Promise<ConfigAnswer> {
    await this.hook()
    const resource = this.table.get(id)
    if (!resource) throw new AstaraError('not_found', `there is no resource ${id}`)
    return {
      resource_id: id,
      fingerprint: resource.config_fingerprint,
      configured_at: resource.configured_at,
      config: { hostname: `ak-${resource.tenant_id}` },
      changes: [],
    }
  }

  tenants(): readonly TenantSummary[] {
    return tenantSummaries(this.table.values(), this.debugState)
  }

  debug(): DebugState {
    return this.debugState
  }

  setDebug(target: DebugTarget, order: DebugOrder): DebugState {
    this.debugOrders.push({ target, order })
    const mark: DebugMark | null = order.enabled
      ? { scope: target.scope, reason: order.reason, by: order.by, since: '2026-01-01T00:00:00.000Z' }
      : null
    const { global, tenants, resources } = this.debugState
    if (target.scope === 'global') this.debugState = { global: mark, tenants, resources }
    else if (target.scope === 'tenant') {
      const others = tenants.filter((one) => one.tenant_id !== target.id)
      this.debugState = { global, tenants: mark ? [...others, { tenant_id: target.id, mark }] : others, resources }
    } else {
      const others = resources.filter((one) => one.resource_id !== target.id)
      this.debugState = { global, tenants, resources: mark ? [...others, { resource_id: target.id, mark }] : others }
    }
    this.tell({ type: 'debug', debug: this.debugState })
    return this.debugState
  }

  async reload(by: string | null): Promise<ReloadAnswer> {
    await this.hook()
    this.reloads.push(by)
    return { accepted: true, changed: ['[DEFAULT] alive_timeout'], restart_needed: ['[DEFAULT] host'] }
  }

  info() {
    const { ready, reasons } = this.readiness
    return {
      host: 'host1',
      since: '2026-01-01T00:00:00.000Z',
      revision: this.tableRevision,
      ready,
      reasons: [...reasons],
    }
  }

  resources(): Iterable<Resource> {
    return this.table.values()
  }

  revision(): number {
    return this.tableRevision
  }

  watchTimelines(watch: { readonly all: boolean; readonly ids: readonly string[] }): void {
    this.watches.push(watch)
  }

  /** A resource as it now is, told to whoever listens. */
  put(resource: Resource): Resource {
    const now = { ...resource, revision: ++this.tableRevision }
    this.table.set(now.id, now)
    this.tell({ type: 'resource', resource: now })
    return now
  }

  drop(id: string): void {
    const last = this.table.get(id)
    if (!last) return
    this.table.delete(id)
    this.tell({ type: 'removed', id, revision: ++this.tableRevision, last })
  }

  tell(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }
}

export const metricsSource = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => METRICS_TEXT }
