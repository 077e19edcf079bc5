import type { OrchestratorClient } from '../../client/index.ts'
import type { Resource } from '../../contract/index.ts'
import { AstaraError, type Clock } from '../../shared/index.ts'

/** Looked at again so often even when nothing is heard: a change between the look and the stream's beginning must not be missed. */
const LOOK_AGAIN_MS = 3_000
/** Above so many one list is cheaper than a question for each. */
const ASK_EACH = 8
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'timeout', 'unavailable', 'not_implemented'])

interface Following {
  readonly client: OrchestratorClient
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Tells how each is now; null: it is gone. */
async function look({ client, signal }: Following, ids: readonly string[], see: See): Promise<void> {
  if (ids.length > ASK_EACH) {
    const { resources } = await client.list({}, { signal })
    const byId = new Map(resources.map((resource) => [resource.id, resource]))
    for (const id of ids) see(id, byId.get(id) ?? null)
    return
  }
  await Promise.all(
    ids.map(async (id) => {
      const now = await client.get(id, { signal }).catch((error: unknown) => {
        if (error instanceof AstaraError && error.code === 'not_found') return null
        throw error
      })
      see(id, now)
    }),
  )
}

type See = (id: string, now: Resource | null) => void

/** Listens to the stream until it ends or `signal` aborts. What breaks it is no matter: the looks go on. */
async function listen({ client, signal }: Following, only: string | null, see: See): Promise<void> {
  try {
    const query = { types: ['resource', 'removed'] as const, ...(only === null ? {} : { id: only }) }
    for await (const { event } of client.stream(query, { signal })) {
      if (event.type === 'resource') see(event.resource.id, event.resource)
      else if (event.type === 'removed') see(event.id, null)
    }
  } catch (error) {
    if (!(error instanceof AstaraError) && !signal.aborted) throw error
  }
}

/**
 * Tells `see` of every change of the resources in `pending` until it is empty: through the stream, and by looking now and then, so that
 * neither a lost connection nor a restart of the orchestrator ends it. Rejects when `signal` aborts.
 */
export async function followResources(
  following: Following,
  pending: ReadonlyMap<string, unknown>,
  see: See,
): Promise<void> {
  const { clock, signal } = following
  const over = new AbortController()
  const here = { ...following, signal: AbortSignal.any([signal, over.signal]) }
  const seeUntilDone: See = (id, now) => {
    see(id, now)
    if (pending.size === 0) over.abort()
  }
  let listening: Promise<void> | null = null
  try {
    while (pending.size > 0) {
      signal.throwIfAborted()
      const [first = null] = pending.keys()
      listening ??= listen(here, pending.size === 1 ? first : null, seeUntilDone).finally(() => {
        listening = null
      })
      await look(here, [...pending.keys()], seeUntilDone).catch((error: unknown) => {
        if (!(error instanceof AstaraError && PASSING.has(error.code)) && !here.signal.aborted) throw error
      })
      if (pending.size > 0) await clock.sleep(LOOK_AGAIN_MS, here.signal).catch(() => {})
    }
  } finally {
    over.abort()
    await listening
  }
}
