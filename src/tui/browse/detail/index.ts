import type { Resource, Step, TimelineEntry } from '../../../contract/index.ts'
import { stateGraph } from '../../components/state-graph.ts'
import { describeChange, describeEntry } from '../../components/timeline-entry.ts'
import { type Line, plainLine } from '../../line.ts'
import { shown } from '../../text.ts'
import type { Theme } from '../../theme.ts'
import { timeOfDay } from '../ages.ts'
import type { ResourceDetail } from '../live-data.ts'
import type { DetailTab } from '../views.ts'
import { configTab, jsonLines } from './config.ts'
import { networkTab } from './networks.ts'
import { summaryLines } from './summary.ts'

const PATH_STEPS = 8
const SHOWN_CHANGES = 6
/** From this width the summary has the timeline beside it. */
export const TWO_PANES = 130

/** The timeline, oldest first: one line for each entry, and what changed under a pushed configuration. */
export function timelineLines(entries: readonly TimelineEntry[], theme: Theme): Line[] {
  if (entries.length === 0) return [[['muted', 'Nothing has happened yet.']]]
  let day = ''
  return entries.flatMap((entry): Line[] => {
    const date = entry.at.slice(0, 10)
    const newDay: Line[] = date === day ? [] : [[['header', `${date} (UTC)`]]]
    day = date
    const changes = entry.type === 'config' ? entry.changes.slice(0, SHOWN_CHANGES).flatMap(describeChange) : []
    return [
      ...newDay,
      [['muted', `${timeOfDay(entry.at)}  `], ...describeEntry(entry, theme)],
      ...changes.map((line): Line => [[null, ' '.repeat(22)], ...line]),
    ]
  })
}

/** Steps taken of late, repetitions once. */
function pathOf(entries: readonly TimelineEntry[]): Step[] {
  const steps = entries.flatMap((entry) => (entry.type === 'step' ? [entry.step] : []))
  return steps.filter((step, n) => step !== steps[n - 1]).slice(-PATH_STEPS)
}

/** What the tab shows, all of it. */
export function detailLines(
  tab: DetailTab,
  resource: Resource,
  detail: ResourceDetail | null,
  context: { readonly theme: Theme; readonly width: number; readonly now: number },
): Line[] {
  const { theme, width, now } = context
  const problem: Line[] = detail?.problem == null ? [] : [[['bad', shown(detail.problem)]], plainLine('')]
  const timeline = detail?.timeline ?? []
  switch (tab) {
    case 'summary':
      return [...summaryLines(resource, theme, now)]
    case 'timeline':
      return [
        ...problem,
        ...(detail === null ? [[['muted', 'Asking for the timeline …']] as Line] : timelineLines(timeline, theme)),
      ]
    case 'networks':
      return [...problem, ...networkTab(detail?.config ?? null)]
    case 'config':
      return [...problem, ...configTab(detail?.config ?? null)]
    case 'graph':
      return stateGraph(
        { step: resource.step, action: resource.action, state: resource.instance_state, path: pathOf(timeline) },
        theme,
        width,
      )
    case 'raw':
      return jsonLines(resource)
  }
}
