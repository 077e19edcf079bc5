import { backoffMs, type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import { noSuchMethod, unsupportedVersion } from '../oslo/failure.ts'
import { hexId } from '../oslo/fields.ts'
import { formatReply, isCompatible, parseRequest, type ReceivedRequest } from '../oslo/rpc.ts'
import { controlExchange, fanoutExchange, type QueueStyle, topicQueue, transientQueue } from '../oslo/topology.ts'
import type { RpcRequest, RpcServerOptions } from '../types.ts'
import type { BusChannel } from '../wire/bus.ts'
import type { Publisher } from './publisher.ts'

const DEFAULT_VERSION = '1.9'
/** The caller's reply queue may be away while the caller reconnects: about 15 s of patience. */
const REPLY_ATTEMPTS = 6
const REPLY_PAUSE = { baseMs: 500, maxMs: 5000 }

/** What the server needs of its surroundings. */
export interface RpcServerParts {
  readonly publisher: Publisher
  readonly style: QueueStyle
  readonly publishTimeoutMs: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Aborts when the transport closes: no more patience for a caller that is away. */
  readonly stopping: AbortSignal
}

/** Answers calls and takes casts on `<topic>`, `<topic>.<server>` and `<topic>_fanout`, as an oslo.messaging server. */
export class RpcServer {
  readonly #options: RpcServerOptions
  readonly #parts: RpcServerParts
  readonly #fanoutQueue: string

  constructor(options: RpcServerOptions, parts: RpcServerParts) {
    this.#options = options
    this.#parts = parts
    this.#fanoutQueue = `${options.topic}_fanout_${hexId()}`
  }

  /** Declares the three queues. */
  async declare(channel: BusChannel): Promise<readonly string[]> {
    const { exchange, topic, server } = this.#options
    const { style } = this.#parts
    await channel.declareExchange(controlExchange(exchange, style))
    const direct = [topic, `${topic}.${server}`]
    for (const queue of direct) {
      await channel.declareQueue(topicQueue(queue, style))
      await channel.bind({ queue, exchange, routingKey: queue })
    }
    const fanout = fanoutExchange(topic)
    await channel.declareExchange(fanout)
    await channel.declareQueue(transientQueue(this.#fanoutQueue))
    await channel.bind({ queue: this.#fanoutQueue, exchange: fanout.name, routingKey: topic })
    return [...direct, this.#fanoutQueue]
  }

  /** Stopping for good: the fanout queue is ours alone; the others may be another server's too. */
  async remove(channel: BusChannel): Promise<void> {
    await channel.deleteQueue(this.#fanoutQueue)
  }

  readonly read = parseRequest

  /** Resolves when the method took it; what a call's method throws is the call's answer, a cast's is thrown on. */
  async take(received: ReceivedRequest): Promise<void> {
    const { request, reply } = received
    if (reply === null) {
      await this.#runCast(request)
      return
    }
    let body: Buffer
    try {
      body = formatReply(reply.msgId, { result: await this.#run(request) })
    } catch (failure) {
      this.#parts.log.debug({ method: request.method, err: failure }, 'call answered with a failure')
      body = formatReply(reply.msgId, { failure })
    }
    await this.#answer(request.method, reply.queue, body)
  }

  async #runCast(request: RpcRequest): Promise<void> {
    const refusal = this.#refuses(request)
    if (refusal) {
      this.#parts.log.warn({ topic: this.#options.topic, method: request.method }, `cast not taken: ${refusal.message}`)
      this.#options.onUnknownCast?.(request)
      return
    }
    await this.#run(request)
  }

  #refuses(request: RpcRequest): Error | null {
    const { endpoint, version = DEFAULT_VERSION } = this.#options
    if (request.namespace !== null || !isCompatible(version, request.version)) {
      return unsupportedVersion(request.version, request.method)
    }
    return Object.hasOwn(endpoint, request.method) ? null : noSuchMethod(request.method)
  }

  async #run(request: RpcRequest): Promise<unknown> {
    const refusal = this.#refuses(request)
    const method = this.#options.endpoint[request.method]
    if (refusal || !method) throw refusal ?? noSuchMethod(request.method)
    return await method(request)
  }

  async #answer(method: string, queue: string, body: Buffer): Promise<void> {
    const { publisher, clock, random, log, publishTimeoutMs, stopping } = this.#parts
    const message = { exchange: '', routingKey: queue, body, mandatory: true }
    for (let attempt = 1; ; attempt++) {
      let problem = 'its reply queue is gone'
      try {
        if ((await publisher.publish(message, null, { timeoutMs: publishTimeoutMs })) === 'routed') return
      } catch (error) {
        problem = messageOf(error)
      }
      if (attempt >= REPLY_ATTEMPTS || stopping.aborted) {
        log.warn({ method, queue }, `the caller did not get its answer: ${problem}`)
        return
      }
      await clock.sleep(backoffMs(attempt, REPLY_PAUSE, random), stopping).catch(() => undefined)
    }
  }
}
