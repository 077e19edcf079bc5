import { AsyncLocalStorage } from 'node:async_hooks'
import type { PassCall } from './types.ts'

/** One request that left this process and how it ended. Times are of the monotonic clock, milliseconds. */
export interface OutsideRequest extends Omit<PassCall, 'durationMs' | 'requests' | 'shared'> {
  readonly startedAt: number
  readonly endedAt: number
  /** Made for several resources together. Default: false. */
  readonly shared?: boolean
}

/** What is told of the requests of one piece of work. */
type Told = (requests: readonly OutsideRequest[], error: unknown) => void

interface Gathering {
  readonly requests: OutsideRequest[]
  /** A connection or timer that was begun within the work outlives it: what comes from there belongs to nobody. */
  open: boolean
}

const current = new AsyncLocalStorage<Gathering>()

/** Says that a request was made, to the work within which it was. Clients call it for every request; elsewhere it does nothing. */
export function noteRequest(request: OutsideRequest): void {
  const gathering = current.getStore()
  if (gathering?.open) gathering.requests.push(request)
}

/** Does the work and, once it has settled, tells which requests were made for it; `error` is undefined when it went well. */
export async function gatherRequests<T>(work: () => Promise<T>, tell: Told): Promise<T> {
  const gathering: Gathering = { requests: [], open: true }
  const end = (error: unknown): void => {
    gathering.open = false
    tell(gathering.requests, error)
  }
  try {
    const result = await current.run(gathering, work)
    end(undefined)
    return result
  } catch (error) {
    end(error)
    throw error
  }
}

const failed = ({ status }: OutsideRequest): boolean => typeof status !== 'number' || status >= 400

/**
 * Requests as calls: pages, parts and tries of the same thing are one call, which lasts from the first to the last. Its answer is the last
 * one; when the work failed, the last that did.
 */
export function callsOf(requests: readonly OutsideRequest[], workFailed: boolean): PassCall[] {
  const kinds = Map.groupBy(requests, ({ service, method, pathTemplate }) => `${service} ${method} ${pathTemplate}`)
  return [...kinds.values()].flatMap((same) => {
    const decisive = (workFailed ? same.findLast(failed) : undefined) ?? same.at(-1)
    if (decisive === undefined) return []
    const { service, method, pathTemplate, status, requestId } = decisive
    const from = Math.min(...same.map(({ startedAt }) => startedAt))
    const to = Math.max(...same.map(({ endedAt }) => endedAt))
    const shared = same.some((one) => one.shared === true)
    const durationMs = to - from
    return [{ service, method, pathTemplate, status, durationMs, requestId, shared, requests: same.length }]
  })
}
