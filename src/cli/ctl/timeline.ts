import { resolveResource } from '../../client/index.ts'
import type { DriverName, TimelineAnswer, TimelineEntry } from '../../contract/index.ts'
import { type OutputOptions, printList } from '../output.ts'
import { timelineColumns } from '../timeline-columns.ts'
import { callOf, type Work } from './context.ts'

export interface TimelineOptions {
  readonly text: string
  readonly driver: DriverName | null
  /** Only entries of these types. */
  readonly types?: readonly TimelineEntry['type'][] | undefined
  /** Only the last so many. */
  readonly limit?: number | undefined
  readonly output: OutputOptions
}

/** Prints what happened to a resource, oldest first. */
export async function showTimeline(work: Work & TimelineOptions): Promise<TimelineAnswer> {
  const { io, client, text, driver, types, limit, output } = work
  const ask = async (): Promise<TimelineAnswer> => {
    const { id } = await resolveResource(client, text, { ...callOf(work), ...(driver === null ? {} : { driver }) })
    return await client.timeline(id, callOf(work))
  }
  const answer = await io.busy('Asking for the timeline', ask())
  const wanted = types === undefined ? answer.entries : answer.entries.filter(({ type }) => types.includes(type))
  const entries = limit === undefined ? wanted : wanted.slice(-limit)
  await printList(io, timelineColumns, entries, output, (rows) => ({ ...answer, entries: rows }))
  return { ...answer, entries }
}
