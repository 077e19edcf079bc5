import type { OrchestratorClient, StreamItem, StreamQuery } from '../../../src/client/index.ts'
import type { Resource, StreamEvent } from '../../../src/contract/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'

const none = (what: string) => async (): Promise<never> => {
  throw new AstaraError('not_implemented', `${what} is not part of this test`)
}

/** An orchestrator that a test moves by hand: resources in a map, actions in a list, a stream that tells what the test says. */
export class FakeOrchestrator implements OrchestratorClient {
  via: OrchestratorClient['via'] = 'http'
  readonly target = 'http://fake'
  readonly table = new Map<string, Resource>()
  readonly acted: string[] = []
  /** How many lists and single looks were asked for. */
  readonly asked = { list: 0, get: 0 }
  /** Thrown for these ids. */
  readonly refuse = new Map<string, AstaraError>()
  /** Called with each action. */
  onAct: (id: string) => void = () => {}
  /** Thrown by every question from now on. */
  away: AstaraError | null = null
  readonly #listeners = new Set<(item: StreamItem | null) => void>()
  #events = 0
  streams = 0

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) this.table.set(resource.id, resource)
  }

  /** Changes a resource and tells it. */
  change(id: string, changes: Partial<Resource>): void {
    const before = this.table.get(id)
    if (before === undefined) throw new Error(`no ${id}`)
    const resource = { ...before, ...changes, revision: before.revision + 1 }
    this.table.set(id, resource)
    this.tell({ type: 'resource', resource })
  }

  remove(id: string): void {
    this.table.delete(id)
    this.tell({ type: 'removed', id, revision: 1 })
  }

  tell(event: StreamEvent): void {
    const item = { id: String(++this.#events), event }
    for (const listener of this.#listeners) listener(item)
  }

  /** Ends every stream, as a restart does. */
  hangUp(): void {
    for (const listener of this.#listeners) listener(null)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  list: OrchestratorClient['list'] = async (query = {}) => {
    this.asked.list += 1
    if (this.away) throw this.away
    const { driver, tenantId, instanceState, name, idPrefix } = query
    const resources = [...this.table.values()].filter(
      (one) =>
        (driver === undefined || one.driver === driver) &&
        (tenantId === undefined || one.tenant_id === tenantId) &&
        (instanceState === undefined || one.instance_state === instanceState) &&
        (name === undefined || one.name === name) &&
        (idPrefix === undefined || one.id.startsWith(idPrefix)),
    )
    return { resources, next_marker: null, revision: 1 }
  }

  names: OrchestratorClient['names'] = async (query) => {
    const { resources } = await this.list(query)
    return { names: resources }
  }

  readonly get: OrchestratorClient['get'] = async (id) => {
    this.asked.get += 1
    if (this.away) throw this.away
    const found = this.table.get(id)
    if (found === undefined) throw new AstaraError('not_found', `there is no resource ${id}`)
    return found
  }

  readonly act: OrchestratorClient['act'] = async (id, { action }) => {
    const refused = this.refuse.get(id)
    if (refused) throw refused
    this.acted.push(`${action} ${id}`)
    // Over AMQP a command is not answered, and nothing is looked up for it.
    const resource = this.via === 'amqp' ? null : await this.get(id)
    this.onAct(id)
    return { accepted: true, resource }
  }

  async *stream(
    _query: StreamQuery = {},
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<StreamItem> {
    this.streams += 1
    if (this.away) throw this.away
    const waiting: (StreamItem | null)[] = []
    let wake = (): void => {}
    const listener = (item: StreamItem | null): void => {
      waiting.push(item)
      wake()
    }
    this.#listeners.add(listener)
    const abort = (): void => wake()
    signal?.addEventListener('abort', abort)
    try {
      for (;;) {
        if (signal?.aborted) throw new AstaraError('interrupted', 'interrupted')
        const item = waiting.shift()
        if (item === null) return
        if (item !== undefined) yield item
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', abort)
    }
  }

  readonly actOnMany = none('actOnMany')
  readonly poll = none('poll')
  readonly workers = none('workers')
  readonly info = none('info')
  readonly timeline = none('timeline')
  readonly config = none('config')
  readonly tenants: OrchestratorClient['tenants'] = none('tenants')
  readonly tenant = none('tenant')
  readonly debug = none('debug')
  readonly setDebug: OrchestratorClient['setDebug'] = none('setDebug')
  readonly reloadConfig = none('reloadConfig')
  async close(): Promise<void> {}
}
