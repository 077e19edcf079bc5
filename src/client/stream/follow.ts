import { AstaraError, backoffMs, type Clock, type ErrorCode, messageOf, type Random } from '../../shared/index.ts'
import type { OrchestratorClient, StreamItem, StreamQuery } from '../types.ts'

/** What following the stream meets. */
export type Followed =
  /** Events come from now on. `fresh`: what was before is not known, so list now; otherwise they go on where they broke off. */
  | { readonly kind: 'connected'; readonly fresh: boolean }
  | { readonly kind: 'item'; readonly item: StreamItem }
  | { readonly kind: 'lost'; readonly reason: string; readonly retryInMs: number }

export interface FollowOptions {
  readonly client: Pick<OrchestratorClient, 'stream'>
  readonly clock: Clock
  readonly random: Random
  readonly query?: StreamQuery
  readonly signal: AbortSignal
}

const PAUSE = { baseMs: 250, maxMs: 10_000 }
/** Trying again mends these by itself; anything else is told at once. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'unavailable', 'interrupted'])

/**
 * The stream over as many connections as it takes, each going on where the one before broke. Ends when `signal` aborts.
 *
 * @throws AstaraError what no trying again mends: a refusal, or a far side that is no orchestrator
 */
export async function* followStream(options: FollowOptions): AsyncGenerator<Followed> {
  const { client, clock, random, query = {}, signal } = options
  let lastEventId: string | null = null
  let failures = 0
  while (!signal.aborted) {
    let reason = 'the orchestrator ended the stream'
    const opened = Promise.withResolvers<void>()
    const goesOn = lastEventId !== null
    const stream = client.stream(query, {
      signal,
      ...(lastEventId === null ? {} : { lastEventId }),
      onId(id) {
        lastEventId = id
        opened.resolve()
      },
    })
    const items = stream[Symbol.asyncIterator]()
    try {
      let next = items.next()
      // Even a stream without events says where it stands as soon as it is open.
      await Promise.race([opened.promise, next])
      failures = 0
      yield { kind: 'connected', fresh: !goesOn }
      for (let result = await next; !result.done; result = await next) {
        yield { kind: 'item', item: result.value }
        lastEventId = result.value.id
        next = items.next()
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof AstaraError && !PASSING.has(error.code)) throw error
      reason = messageOf(error)
    } finally {
      await items.return?.()
    }
    failures++
    const retryInMs = backoffMs(failures, PAUSE, random)
    yield { kind: 'lost', reason, retryInMs }
    await clock.sleep(retryInMs, signal).catch(() => {})
  }
}
