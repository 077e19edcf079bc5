import { z } from 'zod'
import { ChangesAnswer, ErrorAnswer, ResourceList } from '../contract/index.ts'
import { MessagingTimeoutError, MessagingUnavailableError, RemoteError, type Transport } from '../messaging/index.ts'
import { AstaraError, type Clock, isErrorCode } from '../shared/index.ts'
import { strangeAnswer } from './http-errors.ts'
import { streamQueryOf } from './stream/stream-query.ts'
import type { CallOptions, ResourceQuery, StreamItem, StreamOptions, StreamQuery } from './types.ts'

/** The RPC topic on which orchestrators answer. */
const TOPIC = 'astara'
/** Smaller than over HTTP: a broker may refuse large messages. */
const PAGE = 500
/** How often the stream asks for what is new. */
const STREAM_MS = 1_000

/** The broker is there, but no orchestrator that answers questions. */
export class NobodyAnswersError extends AstaraError {}

export interface AmqpQuestionsOptions {
  readonly transport: Transport
  readonly exchange: string
  readonly target: string
  readonly timeoutMs: number
  readonly clock: Clock
  /** Runs something once the broker is connected; turns what goes wrong with it into an AstaraError. */
  readonly connected: <T>(work: (until: AbortSignal) => Promise<T>, options?: CallOptions) => Promise<T>
}

const queryOf = ({ driver, tenantId, instanceState, name, idPrefix }: ResourceQuery): Record<string, string> => ({
  ...(driver === undefined ? {} : { driver }),
  ...(tenantId === undefined ? {} : { tenant_id: tenantId }),
  ...(instanceState === undefined ? {} : { instance_state: instanceState }),
  ...(name === undefined ? {} : { name }),
  ...(idPrefix === undefined ? {} : { id_prefix: idPrefix }),
})

/** An RPC answer: what was asked for, or the error as the HTTP API would give it. */
const Envelope = z.union([z.object({ result: z.unknown() }), ErrorAnswer])

/** Questions to an orchestrator as RPC calls. */
export class AmqpQuestions {
  readonly #o: AmqpQuestionsOptions

  constructor(options: AmqpQuestionsOptions) {
    this.#o = options
  }

  /** Throws NobodyAnswersError, what the orchestrator refused with, or what the broker's absence means. */
  ask<T>(
    schema: z.ZodType<T>,
    method: string,
    args: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<T> {
    const { transport, exchange, target, timeoutMs } = this.#o
    return this.#o.connected(async (signal) => {
      let answer: unknown
      try {
        answer = await transport.call({ exchange, topic: TOPIC, version: '1.0' }, method, args, { timeoutMs, signal })
      } catch (cause) {
        // Connected, and yet undeliverable: no orchestrator has ever listened there.
        const nobody = cause instanceof MessagingUnavailableError && transport.state.state === 'connected'
        if (nobody || cause instanceof MessagingTimeoutError) {
          throw new NobodyAnswersError('unreachable', `no orchestrator answers over ${target}`, {
            cause,
            suggestions: [
              'Is one running on this bus? Its control_exchange must be the one asked on.',
              "The original Astara's orchestrators obey commands over AMQP, but answer no questions.",
            ],
          })
        }
        if (cause instanceof RemoteError) throw strangeAnswer(target, `${cause.className}: ${cause.message}`, cause)
        throw cause
      }
      const envelope = Envelope.safeParse(answer)
      if (!envelope.success) throw strangeAnswer(target, `${method} was answered with something else than expected`)
      if ('error' in envelope.data) {
        const { code, message, suggestions = [], details = {} } = envelope.data.error
        throw new AstaraError(isErrorCode(code) ? code : 'failed', message, { suggestions, details })
      }
      const result = schema.safeParse(envelope.data.result)
      if (!result.success) {
        throw strangeAnswer(target, `${method} was answered with something else than expected`, result.error)
      }
      return result.data
    }, options)
  }

  /** All pages. */
  async list(query: ResourceQuery = {}, options?: CallOptions): Promise<ResourceList> {
    const resources: ResourceList['resources'] = []
    let marker: string | null = null
    let revision: number | null = null
    do {
      const page: ResourceList = await this.ask(
        ResourceList,
        'list',
        { ...queryOf(query), limit: PAGE, ...(marker === null ? {} : { marker }) },
        options,
      )
      resources.push(...page.resources)
      revision ??= page.revision
      if (page.next_marker !== null && marker !== null && page.next_marker <= marker) {
        throw strangeAnswer(this.#o.target, 'its pages do not go forward')
      }
      marker = page.next_marker
    } while (marker !== null)
    return { resources, next_marker: null, revision: revision ?? 0 }
  }

  /** The stream, by asking again and again for what is new. */
  async *stream(
    query: StreamQuery = {},
    { signal, lastEventId, onId }: StreamOptions = {},
  ): AsyncGenerator<StreamItem> {
    const call = signal === undefined ? {} : { signal }
    let since = lastEventId ?? null
    for (;;) {
      const answer: ChangesAnswer = await this.ask(
        ChangesAnswer,
        'changes',
        { ...streamQueryOf(query), ...(since === null ? {} : { since }) },
        call,
      )
      yield* answer.items
      since = answer.next
      onId?.(since)
      if (answer.items.length > 0) continue
      await this.#o.clock.sleep(STREAM_MS, signal).catch((cause: unknown) => {
        throw new AstaraError('interrupted', 'interrupted', { cause })
      })
    }
  }
}
