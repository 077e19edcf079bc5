import { StreamEvent } from '../../contract/index.ts'
import type { HttpCaller } from '../http-caller.ts'
import { strangeAnswer } from '../http-errors.ts'
import type { StreamItem, StreamOptions, StreamQuery } from '../types.ts'
import { SseParser } from './sse-parser.ts'
import { streamQueryOf } from './stream-query.ts'

/** An orchestrator says something every 15 seconds; one that misses three is gone. */
const SILENCE_MS = 50_000

const KNOWN: ReadonlySet<string> = new Set(StreamEvent.options.map((option) => option.shape.type.value))

/** `GET /v1/stream`, one connection of it. Kinds of events that a newer orchestrator may send are passed over. */
export async function* streamEvents(
  http: HttpCaller,
  query: StreamQuery = {},
  { signal, lastEventId, onId }: StreamOptions = {},
): AsyncGenerator<StreamItem> {
  const parser = new SseParser()
  const pieces = http.read('/v1/stream', {
    query: streamQueryOf(query),
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    silenceMs: SILENCE_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  for await (const piece of pieces) {
    let items: StreamItem[]
    try {
      items = parser.push(piece).flatMap(({ id, event, data }) => {
        if (!KNOWN.has(event)) return []
        return [{ id, event: StreamEvent.parse({ type: event, ...JSON.parse(data) }) }]
      })
    } catch (cause) {
      throw strangeAnswer(http.target, 'its stream of events cannot be read', cause)
    }
    yield* items
    if (parser.lastId !== '') onId?.(parser.lastId)
  }
}
