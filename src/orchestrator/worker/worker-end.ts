import type { Clock } from '../../shared/index.ts'
import type { Counters } from './counters.ts'
import type { Channel, FromWorker, ToWorker, WorkerStats } from './protocol.ts'
import { ProxiedRpcError, RpcProxy } from './rpc-proxy.ts'
import type { Worker } from './worker.ts'

/** What a process can tell of itself. */
export interface ProcessVitals {
  rssBytes(): number
  heapBytes(): number
  /** 99th percentile of the event loop's delay since the last question, milliseconds. */
  eventLoopP99Ms(): number
  /** CPU seconds used since the start. */
  cpuSeconds(): number
}

export interface WorkerEndOptions {
  readonly channel: Channel<FromWorker, ToWorker>
  readonly vitals: ProcessVitals
  readonly clock: Clock
  /** Builds the worker once its configuration is known. */
  readonly build: (
    init: Extract<ToWorker, { type: 'init' }>,
    rpc: RpcProxy,
    send: (message: FromWorker) => void,
  ) => Promise<BuiltWorker>
  /** After an orderly shutdown. */
  readonly onStopped: () => void
}

export interface BuiltWorker {
  readonly worker: Worker
  readonly counters: Counters
  /** Takes over the reloadable options of a configuration that was read again. Never throws. */
  reconfigure(config: unknown): void
  /** Releases what the worker's services hold (connections). */
  close(): Promise<void>
}

/** The worker's end of the channel: builds the worker on `init`, feeds it, answers for it. */
export function startWorkerEnd(options: WorkerEndOptions): void {
  const { channel, vitals } = options
  const rpc = new RpcProxy((message) => channel.send(message))
  let built: BuiltWorker | null = null

  const stats = (now: BuiltWorker): WorkerStats => ({
    ...now.worker.stats,
    rssBytes: vitals.rssBytes(),
    heapBytes: vitals.heapBytes(),
    eventLoopP99Ms: vitals.eventLoopP99Ms(),
    cpuSeconds: vitals.cpuSeconds(),
  })

  const stop = async (graceMs: number): Promise<void> => {
    await built?.worker.shutdown(graceMs)
    await built?.close()
    options.onStopped()
  }

  channel.onMessage((message) => {
    switch (message.type) {
      case 'init':
        void options
          .build(message, rpc, (out) => channel.send(out))
          .then((result) => {
            built = result
            channel.send({ type: 'ready' })
          })
        return
      case 'events':
        built?.worker.take(message.events)
        channel.send({ type: 'ack', seq: message.seq })
        return
      case 'debug':
        built?.worker.setDebug(message.state, message.change)
        return
      case 'release':
        built?.worker.release(message.ids)
        return
      case 'config':
        built?.reconfigure(message.config)
        return
      case 'ask':
        channel.send({ type: 'answer', id: message.id, answer: built?.worker.answer(message.question) ?? null })
        return
      case 'watch':
        built?.worker.watch(message.watch)
        return
      case 'rpc-result':
        rpc.result(message.id, message.result)
        return
      case 'rpc-error':
        rpc.error(message.id, new ProxiedRpcError(message.name, message.className, message.message))
        return
      case 'stats':
        if (built) channel.send({ type: 'stats', stats: stats(built), counters: built.counters.take() })
        return
      case 'shutdown':
        void stop(message.graceMs)
        return
    }
  })
}
