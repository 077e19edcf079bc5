import type { Clock, Logger } from '../../shared/index.ts'
import { hexId } from '../oslo/fields.ts'
import { formatRequest, parseReply, type ReceivedReply } from '../oslo/rpc.ts'
import { controlExchange, fanoutExchange, type QueueStyle, transientQueue } from '../oslo/topology.ts'
import { MessagingTimeoutError, MessagingUnavailableError, type RpcCallOptions, type RpcTarget } from '../types.ts'
import type { BusChannel, BusMessage } from '../wire/bus.ts'
import { withDeadline } from '../wire/deadline.ts'
import { ensureExchange, type Publisher } from './publisher.ts'

const DEFAULT_TIMEOUT_MS = 60_000

/** A call that waits for its answer. */
interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  /** What came before the end (old peers send the result and the end apart). */
  partial: unknown
}

/** What the client needs of its surroundings. */
export interface RpcClientOptions {
  readonly publisher: Publisher
  /** Resolves when the reply queue is consumed on the present connection. */
  readonly repliesReady: () => Promise<void>
  readonly style: QueueStyle
  /** Longest wait for a connection before a call or cast fails. */
  readonly connectWaitMs: number
  readonly publishTimeoutMs: number
  readonly clock: Clock
  readonly log: Logger
}

/** Calls and casts of oslo.messaging. One reply queue serves all calls of the transport. */
export class RpcClient {
  readonly replyQueue = `reply_${hexId()}`
  readonly #options: RpcClientOptions
  readonly #waiting = new Map<string, Waiting>()

  constructor(options: RpcClientOptions) {
    this.#options = options
  }

  /** Declares the reply queue. */
  async declare(channel: BusChannel): Promise<readonly string[]> {
    await channel.declareQueue(transientQueue(this.replyQueue))
    return [this.replyQueue]
  }

  readonly read = parseReply

  /** Hands an answer to the call that waits for it. A late one is dropped: its call has failed long ago. */
  take(reply: ReceivedReply): void {
    const call = this.#waiting.get(reply.msgId)
    if (!call) {
      this.#options.log.debug({ msg_id: reply.msgId }, 'answer to a call that nobody waits for any more')
      return
    }
    if (reply.failure) call.reject(reply.failure)
    else if (reply.ending) call.resolve(reply.result ?? call.partial ?? null)
    else call.partial = reply.result ?? call.partial
  }

  /** The connection is lost: who waits shall know now, not after the time-out. */
  disconnected(reason: string): void {
    for (const call of [...this.#waiting.values()]) {
      call.reject(new MessagingUnavailableError(`connection to the bus lost while waiting for an answer: ${reason}`))
    }
  }

  async call(
    target: RpcTarget,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: RpcCallOptions,
  ): Promise<unknown> {
    const { clock, connectWaitMs, repliesReady } = this.#options
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const deadline = clock.monotonic() + timeoutMs
    const { signal } = options
    const notConnected = (): Error => new MessagingUnavailableError(`${method}: not connected to the bus`)
    await withDeadline(repliesReady(), { clock, ms: Math.min(timeoutMs, connectWaitMs), signal }, notConnected)

    const msgId = hexId()
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(msgId, { resolve, reject, partial: null })
    })
    answer.catch(() => undefined) // It may fail while we still publish.
    const left = (): number => deadline - clock.monotonic()
    try {
      const request = { target, method, args, context: options.context, reply: { msgId, queue: this.replyQueue } }
      const message = { ...address(target), body: formatRequest(request), mandatory: true, expirationMs: timeoutMs }
      await this.#send(target, message, method, Math.max(1, left()), signal)
      return await withDeadline(
        answer,
        { clock, ms: left(), signal },
        () => new MessagingTimeoutError(method, timeoutMs),
      )
    } finally {
      this.#waiting.delete(msgId)
    }
  }

  async cast(
    target: RpcTarget,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options: RpcCallOptions,
  ): Promise<void> {
    const body = formatRequest({ target, method, args, context: options.context })
    await this.#send(target, { ...address(target), body }, method, this.#options.publishTimeoutMs, options.signal)
  }

  async #send(
    target: RpcTarget,
    message: BusMessage,
    method: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { publisher, style, publishTimeoutMs } = this.#options
    const exchange = target.fanout ? fanoutExchange(target.topic) : controlExchange(target.exchange, style)
    const limits = { timeoutMs: Math.min(timeoutMs, publishTimeoutMs), signal }
    const fate = await publisher.publish(message, ensureExchange(exchange), limits)
    if (fate === 'unroutable') {
      throw new MessagingUnavailableError(
        `${method}: no queue ${message.routingKey} on exchange ${message.exchange}: its server has never been started there`,
      )
    }
  }
}

/** Exchange and routing key of a target: fanouts go without a key. */
function address(target: RpcTarget): { exchange: string; routingKey: string } {
  if (target.fanout) return { exchange: `${target.topic}_fanout`, routingKey: '' }
  const routingKey = target.server === undefined ? target.topic : `${target.topic}.${target.server}`
  return { exchange: target.exchange, routingKey }
}
