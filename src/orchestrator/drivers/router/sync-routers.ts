import type { Clock, Logger } from '../../../shared/index.ts'
import { messageOf } from '../../../shared/index.ts'
import type { L3Source } from '../driver.ts'
import { parseSyncRouter, type RouterDetail } from './detail.ts'

const MAX_CHUNK = 256
const MIN_CHUNK = 32
/** After a failure the bus is left alone for so long: everything comes by REST meanwhile. */
const AWAY_MS = 15_000
/** The same when Neutron knows no L3 agent on this host, as when its record was deleted a moment ago. */
const NO_AGENT_MS = 30_000
/** Where we are none, that is the usual state: a cloud whose plugin does not need one. */
const NEVER_AGENT_MS = 300_000

/**
 * Router details over the bus, many to a call. The chunk halves on a time-out and grows again afterwards, so that a loaded Neutron is not
 * asked the same too large question for ever.
 */
export class SyncRouters {
  readonly #l3: L3Source
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #timeoutMs: number
  readonly #noAgentMs: number
  #chunk = MAX_CHUNK
  #awayUntil = Number.NEGATIVE_INFINITY
  #saidNoAgent = false

  constructor(options: {
    readonly l3: L3Source
    readonly clock: Clock
    readonly logger: Logger
    readonly timeoutMs: number
    /** Whether we report to Neutron as an agent. */
    readonly isAgent?: boolean
  }) {
    this.#l3 = options.l3
    this.#clock = options.clock
    this.#logger = options.logger
    this.#timeoutMs = options.timeoutMs
    this.#noAgentMs = options.isAgent === true ? NO_AGENT_MS : NEVER_AGENT_MS
  }

  /** How many ids the next call carries. */
  get chunkSize(): number {
    return this.#chunk
  }

  /** Those that Neutron answered. What is missing must be asked elsewhere: it says nothing about existence. */
  async ask(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, RouterDetail>> {
    const found = new Map<string, RouterDetail>()
    for (let start = 0; start < ids.length; ) {
      if (this.#clock.monotonic() < this.#awayUntil) break
      const chunk = ids.slice(start, start + this.#chunk)
      start += chunk.length
      for (const router of await this.#call(chunk, signal)) found.set(router.id, router)
    }
    return found
  }

  async #call(ids: readonly string[], signal?: AbortSignal): Promise<readonly RouterDetail[]> {
    const limit = new AbortController()
    const timer = this.#clock.after(this.#timeoutMs, () => limit.abort(new RpcTooSlowError(this.#timeoutMs)), {
      unref: true,
    })
    try {
      const answer = await this.#l3.syncRouters(ids, {
        signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
      })
      this.#saidNoAgent = false
      if (this.#chunk < MAX_CHUNK) this.#chunk = Math.min(MAX_CHUNK, this.#chunk + MIN_CHUNK)
      const asked = new Set(ids)
      return answer.flatMap((raw) => {
        const router = parseSyncRouter(raw)
        return router && asked.has(router.id) ? [router] : []
      })
    } catch (error) {
      signal?.throwIfAborted()
      if (isNoAgent(error)) {
        this.#awayUntil = this.#clock.monotonic() + this.#noAgentMs
        if (!this.#saidNoAgent) {
          this.#logger.info({ error: messageOf(error) }, 'no L3 agent here as Neutron knows it: routers come by REST')
        }
        this.#saidNoAgent = true
        return []
      }
      if (isTimeout(error)) this.#chunk = Math.max(MIN_CHUNK, Math.floor(this.#chunk / 2))
      this.#awayUntil = this.#clock.monotonic() + AWAY_MS
      this.#logger.warn({ error: messageOf(error), routers: ids.length }, 'sync_routers failed, asking Neutron by REST')
      return []
    } finally {
      timer.cancel()
    }
  }
}

class RpcTooSlowError extends Error {
  constructor(ms: number) {
    super(`sync_routers did not answer within ${ms} ms`)
    this.name = 'RpcTimeoutError'
  }
}

/** Time-outs of the bus reach us as errors of several rooms; their names agree. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout/i.test(error.name)
}

/** Errors of the far side come to us over several ways; each keeps the name of its class. */
function isNoAgent(error: unknown): boolean {
  return error instanceof Error && 'className' in error && error.className === 'AgentNotFoundByTypeHost'
}
