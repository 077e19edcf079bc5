import type { OrchestratorClient, StreamQuery } from '../../client/index.ts'
import type { StreamEvent } from '../../contract/index.ts'
import { AstaraError, backoffMs, type Clock, messageOf } from '../../shared/index.ts'

/** What passes by itself: the orchestrator is restarted, the tunnel comes back. */
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'unavailable'])
const PAUSE = { baseMs: 500, maxMs: 10_000 }

export interface FollowOptions {
  readonly client: OrchestratorClient
  readonly clock: Clock
  readonly query: StreamQuery
  readonly signal: AbortSignal
  /** Told of a lost connection, and when it is back. */
  readonly say: (text: string) => void
}

/**
 * Everything that the stream tells, over as many connections as it takes: a broken one is opened again where it ended. The first connection
 * must succeed. Ends only with an error.
 *
 * @throws AstaraError `interrupted` when `signal` aborts, and the client's
 */
export async function* followChanges({
  client,
  clock,
  query,
  signal,
  say,
}: FollowOptions): AsyncGenerator<StreamEvent> {
  let lastEventId: string | undefined
  let failures = 0
  let everConnected = false
  for (;;) {
    const began = clock.monotonic()
    try {
      const options = { signal, ...(lastEventId === undefined ? {} : { lastEventId }) }
      for await (const { id, event } of client.stream(query, options)) {
        if (failures > 0) say('Connected again.')
        failures = 0
        everConnected = true
        if (id !== '') lastEventId = id
        yield event
      }
      if (!signal.aborted && failures === 0) say(`${client.target} ended the stream; trying again.`)
    } catch (error) {
      if (signal.aborted) throw new AstaraError('interrupted', 'interrupted')
      const passes = error instanceof AstaraError && PASSING.has(error.code)
      // A stream that held for a while was one, even when nothing happened meanwhile.
      everConnected ||= clock.monotonic() - began > 2_000
      if (!passes || !everConnected) throw error
      if (failures === 0) say(`${messageOf(error)}; trying again.`)
    }
    failures += 1
    await clock.sleep(backoffMs(failures, PAUSE), signal).catch(() => {})
    if (signal.aborted) throw new AstaraError('interrupted', 'interrupted')
  }
}
