import type { OrchestratorClient } from '../../client/index.ts'
import type { DebugMark, DebugState } from '../../contract/index.ts'
import { AstaraError, type Clock, messageOf } from '../../shared/index.ts'

/** How the running orchestrator stands to a router. */
export type HoldState =
  /** It leaves the router alone. */
  | { readonly kind: 'held'; readonly mark: DebugMark }
  /** It works on the router. */
  | { readonly kind: 'managed' }
  /** It could not be asked. */
  | { readonly kind: 'unknown'; readonly why: string }

export interface HoldOptions {
  readonly client: OrchestratorClient
  readonly resourceId: string
  readonly tenantId: string
  readonly clock: Clock
}

/** Errors that say nothing about the router, only that nobody answered. */
const NO_ANSWER: readonly string[] = ['unreachable', 'timeout', 'unavailable', 'not_implemented']

/** Workers tell what they run once a second: what they are silent about for longer than this is at rest. */
const QUIET_MS = 2_500
const LOOK_MS = 250
/** A step under way may wait for a slow Nova. */
const REST_TIMEOUT_MS = 120_000

/** Keeps a running orchestrator away from one router, and gives it back. */
export class Hold {
  readonly #o: HoldOptions
  #ours = false

  constructor(options: HoldOptions) {
    this.#o = options
  }

  /** It was put into debug mode by us. */
  get ours(): boolean {
    return this.#ours
  }

  /** Throws what asking throws, except when nobody answers. */
  async state(signal: AbortSignal): Promise<HoldState> {
    try {
      const mark = this.#markIn(await this.#o.client.debug({ signal }))
      return mark === null ? { kind: 'managed' } : { kind: 'held', mark }
    } catch (error) {
      if (error instanceof AstaraError && NO_ANSWER.includes(error.code)) {
        return { kind: 'unknown', why: messageOf(error) }
      }
      throw error
    }
  }

  /** Puts the router into debug mode. */
  async take(reason: string, signal: AbortSignal): Promise<void> {
    const { client, resourceId } = this.#o
    await client.setDebug({ scope: 'resource', id: resourceId }, { enabled: true, reason }, { signal })
    this.#ours = true
  }

  /**
   * Waits until the step that the orchestrator may have begun before is over.
   *
   * @throws AstaraError `timeout` when it does not come to rest, `interrupted`
   */
  async rest(signal: AbortSignal): Promise<void> {
    const { client, clock, resourceId } = this.#o
    const deadline = clock.monotonic() + REST_TIMEOUT_MS
    let quietSince = clock.monotonic()
    for (;;) {
      const list = await client.workers({ signal })
      const busy = list?.workers.flatMap(({ running }) => running).find((one) => one.resource_id === resourceId)
      const now = clock.monotonic()
      if (busy) quietSince = now
      if (now - quietSince >= QUIET_MS) return
      if (now > deadline) {
        throw new AstaraError('timeout', `the orchestrator is still busy with the router: ${busy?.step ?? 'a step'}`, {
          suggestions: ['See what it waits for: astara ctl workers debug'],
        })
      }
      await clock.sleep(LOOK_MS, signal)
    }
  }

  /** Throws AstaraError `refused` when the orchestrator has the router (again): two must never work on it. */
  async guard(signal: AbortSignal): Promise<void> {
    const state = await this.state(signal)
    if (state.kind === 'held') return
    throw new AstaraError(
      'refused',
      state.kind === 'managed'
        ? 'the router is not in debug mode any more: the orchestrator works on it'
        : `nothing was done: whether the router is still in debug mode could not be asked (${state.why})`,
      {
        suggestions:
          state.kind === 'managed'
            ? [`Put it back: astara ctl router debug ${this.#o.resourceId}`, 'Then go on here.']
            : [],
      },
    )
  }

  /** Gives the router back. `push`: its configuration was changed here, so what the orchestrator believes of it is old. */
  async giveBack(reason: string, push: boolean, signal: AbortSignal): Promise<void> {
    const { client, resourceId, tenantId } = this.#o
    await client.setDebug({ scope: 'resource', id: resourceId }, { enabled: false, reason }, { signal })
    this.#ours = false
    if (push) await client.act(resourceId, { action: 'update', reason, tenantId }, { signal })
  }

  #markIn({ global, tenants, resources }: DebugState): DebugMark | null {
    const { resourceId, tenantId } = this.#o
    const own = resources.find(({ resource_id: id }) => id === resourceId)
    const tenant = tenants.find(({ tenant_id: id }) => id.replaceAll('-', '') === tenantId.replaceAll('-', ''))
    return own?.mark ?? tenant?.mark ?? global
  }
}
