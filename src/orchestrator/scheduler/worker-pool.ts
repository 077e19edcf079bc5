import type { DebugState, Worker } from '../../contract/index.ts'
import type { Clock, Logger, Random } from '../../shared/index.ts'
import type { ResourceEvent } from '../events/index.ts'
import type { DebugChange } from '../store/index.ts'
import type {
  FromWorker,
  Question,
  ResourceReport,
  TimelineNews,
  TimelineWatch,
  ToWorker,
  WorkerCounters,
} from '../worker/protocol.ts'
import { Questions } from './questions.ts'
import { type WorkerFactory, WorkerHandle } from './worker-handle.ts'

export interface WorkerPoolOptions {
  readonly count: number
  readonly factory: WorkerFactory
  readonly init: (name: string) => Extract<ToWorker, { type: 'init' }>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly onReports: (worker: string, changed: readonly ResourceReport[], removed: readonly string[]) => void
  readonly onTimeline?: (news: readonly TimelineNews[]) => void
  /** A worker began, ended, or told how it is. */
  readonly onWorker?: (index: number) => void
  readonly onCounters: (worker: string, counters: WorkerCounters) => void
  /** A worker was lost and runs again; the index is its place in the pool. */
  readonly onRestarted: (index: number) => void
  /** Answers a worker's remote call. Throws what the call threw. */
  readonly call: (
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: { readonly timeoutMs: number; readonly requestId: string; readonly signal: AbortSignal },
  ) => Promise<unknown>
}

/** All worker processes of this orchestrator, supervised. */
export class WorkerPool {
  readonly #o: WorkerPoolOptions
  readonly #handles: readonly WorkerHandle[]
  /** Remote calls of workers under way, so that one that is no longer wanted can be cancelled. */
  readonly #calls = new Map<string, AbortController>()
  readonly #questions: Questions
  #debug: DebugState | null = null
  #watch: TimelineWatch = { all: false, ids: [] }

  constructor(options: WorkerPoolOptions) {
    this.#o = options
    this.#questions = new Questions(options.clock)
    this.#handles = Array.from({ length: options.count }, (_, index) => {
      const name = `w${index}`
      return new WorkerHandle({
        name,
        factory: options.factory,
        init: () => ({ ...options.init(name), share: { index, of: options.count } }),
        clock: options.clock,
        random: options.random,
        logger: options.logger,
        onMessage: (message) => this.#received(index, name, message),
        onRestarted: () => options.onRestarted(index),
      })
    })
  }

  get workers(): readonly { deliver(event: ResourceEvent): Promise<void> }[] {
    return this.#handles
  }

  start(): void {
    for (const handle of this.#handles) handle.start()
  }

  /** Asks every worker how it is; the answers arrive as messages. */
  askStats(): void {
    for (const handle of this.#handles) handle.send({ type: 'stats' })
  }

  /** The debug modes in force; a worker that starts later hears of them before its first event. */
  setDebug(state: DebugState, change: DebugChange | null): void {
    this.#debug = state
    for (const handle of this.#handles) handle.send({ type: 'debug', state, change })
  }

  /**
   * Has a worker forget resources without touching anything of theirs; that it did so comes back as a report. False: it is not running,
   * and its successor begins without them.
   */
  release(index: number, ids: readonly string[]): boolean {
    return this.#handles[index]?.send({ type: 'release', ids }) ?? false
  }

  /** Whose timelines are told as they grow. */
  watchTimelines(watch: TimelineWatch): void {
    this.#watch = watch
    for (const handle of this.#handles) handle.send({ type: 'watch', watch })
  }

  /** Hands a configuration that was read again to all workers; `init` must hand out the same from now on. */
  reconfigure(config: unknown): void {
    for (const handle of this.#handles) handle.send({ type: 'config', config })
  }

  /**
   * Asks a worker what only it knows; null: it does not have the resource.
   *
   * @throws AstaraError `unavailable` (it is not running now), `timeout`, or the signal's reason
   */
  ask(index: number, question: Question, signal: AbortSignal): Promise<unknown> {
    return this.#questions.ask((id) => this.#handles[index]?.send({ type: 'ask', id, question }) ?? false, signal)
  }

  describe(): Worker[] {
    return this.#handles.map((_handle, index) => this.#describe(index)).filter((worker) => worker !== null)
  }

  /** One of them; null: there is no such worker. */
  describeOne(index: number): Worker | null {
    return this.#describe(index)
  }

  #describe(index: number): Worker | null {
    const handle = this.#handles[index]
    if (!handle) return null
    const { stats } = handle
    return {
      name: handle.name,
      pid: handle.pid,
      since: handle.since === null ? null : new Date(handle.since).toISOString(),
      resources: stats?.resources ?? 0,
      queued: stats?.queued ?? 0,
      running: [...(stats?.running ?? [])],
      rss_bytes: stats?.rssBytes ?? 0,
      heap_bytes: stats?.heapBytes ?? 0,
      event_loop_p99_ms: stats?.eventLoopP99Ms ?? 0,
      restarts: handle.restarts,
    }
  }

  /** Depth of all queues together and the age of the oldest waiting resource in seconds. */
  queue(): { readonly depth: { operator: number; event: number; resync: number }; readonly oldestSeconds: number } {
    const depth = { operator: 0, event: 0, resync: 0 }
    let oldestSeconds = 0
    for (const { stats } of this.#handles) {
      if (!stats) continue
      depth.operator += stats.queueDepth.operator
      depth.event += stats.queueDepth.event
      depth.resync += stats.queueDepth.resync
      oldestSeconds = Math.max(oldestSeconds, stats.queueAgeSeconds)
    }
    return { depth, oldestSeconds }
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.stop(graceMs)))
    for (const call of this.#calls.values()) call.abort(new Error('shutting down'))
  }

  #received(index: number, name: string, message: FromWorker): void {
    switch (message.type) {
      case 'reports':
        this.#o.onReports(name, message.changed, message.removed)
        return
      case 'timeline':
        this.#o.onTimeline?.(message.news)
        return
      case 'answer':
        this.#questions.answered(message.id, message.answer)
        return
      case 'stats':
        this.#o.onCounters(name, message.counters)
        this.#o.onWorker?.(index)
        return
      case 'rpc':
        void this.#answer(index, message)
        return
      case 'rpc-cancel':
        this.#calls.get(`${index}/${message.id}`)?.abort(new Error('no longer wanted'))
        return
      case 'ready':
        if (this.#debug) this.#handles[index]?.send({ type: 'debug', state: this.#debug, change: null })
        this.#handles[index]?.send({ type: 'watch', watch: this.#watch })
        this.#o.onWorker?.(index)
        return
      case 'ack':
        return
    }
  }

  async #answer(index: number, request: Extract<FromWorker, { type: 'rpc' }>): Promise<void> {
    const { id, method, args, timeoutMs, requestId } = request
    const key = `${index}/${id}`
    const abort = new AbortController()
    this.#calls.set(key, abort)
    let answer: ToWorker
    try {
      const call = { timeoutMs, requestId, signal: abort.signal }
      answer = { type: 'rpc-result', id, result: await this.#o.call(method, args, call) }
    } catch (error) {
      const known = error instanceof Error ? error : new Error(String(error))
      const className = 'className' in known && typeof known.className === 'string' ? known.className : null
      answer = { type: 'rpc-error', id, name: known.name, className, message: known.message }
    } finally {
      this.#calls.delete(key)
    }
    this.#handles[index]?.send(answer)
  }
}
