import type { Resource } from '../../contract/index.ts'
import type { Clock, Timer } from '../../shared/index.ts'
import { chooseColumns } from '../columns.ts'
import { toJsonLine } from '../json.ts'
import { type OutputOptions, rowPrinter } from '../output.ts'
import { followChanges } from './changes.ts'
import { callOf, type Work } from './context.ts'
import { columnsFor, type Listing, queryOf } from './list-resources.ts'

/** After a connection begins the list is read once more: what changed between the list and the stream's beginning is in it. */
const LOOK_AGAIN_MS = 1_000
const SECOND_MS = 1_000

export interface WatchOptions {
  readonly listing: Listing
  readonly output: OutputOptions
  /** End after so many lines. */
  readonly limit?: number | undefined
}

/** Whether a resource is among those watched, and until when that holds if nothing else happens. */
interface Judgement {
  readonly fits: boolean
  /** Milliseconds since the epoch. */
  readonly until: number
}

/** Tells what is new among resources that are seen again and again. */
class Seen {
  readonly #known = new Map<string, Judgement & { readonly resource: Resource }>()
  readonly #judge: (resource: Resource) => Judgement

  constructor(judge: (resource: Resource) => Judgement) {
    this.#judge = judge
  }

  /** The resource when it is news; one that fits no longer is told once more. */
  take(resource: Resource): Resource | null {
    const before = this.#known.get(resource.id)
    if (before !== undefined && before.resource.revision >= resource.revision) return null
    const { fits } = this.#put(resource)
    return fits || before?.fits ? resource : null
  }

  /** Those that time alone made fit, or fit no longer. */
  turned(now: number): readonly Resource[] {
    const news: Resource[] = []
    for (const { resource, fits, until } of this.#known.values()) {
      if (until <= now && this.#put(resource).fits !== fits) news.push(resource)
    }
    return news
  }

  /** The resource as it was last, when it was among those watched. */
  remove(id: string): Resource | null {
    const before = this.#known.get(id)
    this.#known.delete(id)
    return before?.fits ? before.resource : null
  }

  /** Those that are no longer there. */
  missingFrom(ids: ReadonlySet<string>): readonly string[] {
    return [...this.#known.keys()].filter((id) => !ids.has(id))
  }

  #put(resource: Resource): Judgement {
    const judgement = this.#judge(resource)
    this.#known.set(resource.id, { ...judgement, resource })
    return judgement
  }
}

/** Does it each second, one after the other, until the function that it returns is called. */
function everySecond(clock: Clock, work: () => Promise<void>): () => void {
  let timer: Timer | null = null
  let over = false
  const arm = (): void => {
    if (over) return
    timer = clock.after(
      SECOND_MS,
      () =>
        void work()
          .catch(() => {})
          .finally(arm),
      { unref: true },
    )
  }
  arm()
  return () => {
    over = true
    timer?.cancel()
  }
}

/**
 * Prints the list and then a row for each change, until it is interrupted: to a terminal, a file or a pipe alike. With `json` and `yaml` each
 * row is an object of its own, `{type: "resource" | "removed", …}`.
 */
export async function watchResources(work: Work & WatchOptions): Promise<{ readonly rows: number }> {
  const { io, client, listing, output, limit = Number.POSITIVE_INFINITY } = work
  const set = columnsFor(listing)
  const { parseFilter } = await import('../../client/index.ts')
  const filter = listing.filter === undefined ? null : parseFilter(listing.filter)
  const query = queryOf(listing)
  const isMeant = (one: Resource): boolean =>
    (query.driver === undefined || one.driver === query.driver) &&
    (query.tenantId === undefined || one.tenant_id === query.tenantId) &&
    (query.instanceState === undefined || one.instance_state === query.instanceState) &&
    (query.name === undefined || one.name === query.name)
  const seen = new Seen((one) => {
    const now = io.clock.now()
    if (!isMeant(one) || filter === null) return { fits: isMeant(one), until: Number.POSITIVE_INFINITY }
    return { fits: filter.matches(one, now), until: filter.nextChange(one, now) }
  })
  const isJson = output.format === 'json' || output.format === 'yaml'
  const columns = chooseColumns(set, output.columns, output.format === 'wide')
  const print = rowPrinter(io, set, columns, output)
  let rows = 0

  const stop = new AbortController()
  const signal = work.signal ? AbortSignal.any([work.signal, stop.signal]) : stop.signal
  const count = (printed: number): void => {
    rows += printed
    if (rows >= limit) stop.abort()
  }
  const tell = async (changed: readonly Resource[]): Promise<void> => {
    const shown = changed.slice(0, limit - rows)
    if (shown.length === 0) return
    if (isJson) for (const resource of shown) io.print(toJsonLine({ type: 'resource', resource }))
    else await print(shown)
    count(shown.length)
  }
  const gone = async (id: string): Promise<void> => {
    const before = seen.remove(id)
    if (before === null || rows >= limit) return
    if (isJson) io.print(toJsonLine({ type: 'removed', id }))
    else await print([{ ...before, instance_state: 'gone' }])
    count(1)
  }
  const look = async (): Promise<void> => {
    const { resources } = await client.list(query.driver === undefined ? {} : { driver: query.driver }, callOf(work))
    await tell(resources.flatMap((resource) => seen.take(resource) ?? []))
    for (const id of seen.missingFrom(new Set(resources.map(({ id }) => id)))) await gone(id)
  }

  await look()
  const again = io.clock.after(LOOK_AGAIN_MS, () => void look().catch(() => {}), { unref: true })
  const stopClock = filter?.timeDependent ? everySecond(io.clock, () => tell(seen.turned(io.clock.now()))) : () => {}
  const asked = {
    types: ['resource', 'removed'] as const,
    ...(query.driver === undefined ? {} : { driver: query.driver }),
  }
  try {
    const changes = followChanges({ client, clock: io.clock, query: asked, signal, say: (text) => io.note(text) })
    for await (const event of changes) {
      if (event.type === 'resource') {
        const news = seen.take(event.resource)
        if (news !== null) await tell([news])
      } else if (event.type === 'removed') await gone(event.id)
      else if (event.type === 'resync') await look()
    }
  } catch (error) {
    if (!stop.signal.aborted || work.signal?.aborted) throw error
  } finally {
    again.cancel()
    stopClock()
  }
  return { rows }
}
