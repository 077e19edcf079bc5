import { cutLine, type Line, lineWidth, paintLine, plainLine, recolour, type Span, textOf } from '../line.ts'
import { shown } from '../text.ts'
import type { Theme } from '../theme.ts'
import { steppedTime } from './ages.ts'
import { detailLines, TWO_PANES, timelineLines } from './detail/index.ts'
import type { AnyPane } from './list-pane.ts'
import type { LiveData } from './live-data.ts'
import { detailCrumbs, listCrumbs } from './screens/crumbs.ts'
import { dialogLines } from './screens/dialog.ts'
import { footerLines } from './screens/footer.ts'
import { headerLines, type Orchestrator, type Totals } from './screens/header.ts'
import { helpLines } from './screens/help.ts'
import { type ConsoleState, placeOf } from './state.ts'
import type { ListView, Place, View } from './views.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Everything that a screen is made of. */
export interface Scene {
  readonly state: ConsoleState
  readonly data: LiveData
  readonly panes: Readonly<Record<ListView, AnyPane>>
  readonly totals: Totals
  readonly orchestrator: Orchestrator
  readonly theme: Theme
  readonly size: Size
  readonly now: number
  readonly readOnly: boolean
  readonly nameOf: (id: string) => string
}

/** Less than this cannot hold a table. */
const LEAST: Size = { columns: 40, rows: 10 }

const HEAD = 3

/** The view that help explains. */
function viewUnderHelp({ places }: ConsoleState): View {
  return places.findLast((place) => place.view !== 'help')?.view ?? 'resources'
}

function dialogOf(scene: Scene): Line[] {
  const { state, panes, theme, size, nameOf } = scene
  const place = placeOf(state)
  const pane = isList(place) ? panes[place.view] : null
  const shownNow = isList(place) ? panes[place.view].shownColumns(state.lists[place.view], size.columns) : []
  return dialogLines(state.mode, pane, shownNow, { theme, width: size.columns, nameOf })
}

const isList = (place: Place): place is { readonly view: ListView } => place.view !== 'detail' && place.view !== 'help'

/** Why the selected resource is as it is: stands where messages stand, while there are none. */
function whyLine({ state, data }: Scene): Line {
  const place = placeOf(state)
  const id = place.view === 'resources' ? state.lists.resources.place.selected : null
  const resource = id === null ? undefined : data.resources.get(id)
  if (resource === undefined) return []
  const { last_error: error, debug, name } = resource
  const who = shown(name) || resource.id.slice(0, 8)
  if (error !== null) {
    const again = error.next_retry_at === null ? '' : `  (again at ${error.next_retry_at.slice(11, 19)} UTC)`
    return [
      ['bad', `${who}: ${shown(error.message)}`],
      ['muted', again],
    ]
  }
  if (debug === null) return []
  const because = debug.reason === null || debug.reason === '' ? '' : `: ${shown(debug.reason)}`
  return [['busy', `${who}: debug mode of the ${debug.scope}${because}`]]
}

function footOf(scene: Scene): Line[] {
  const { state, size, readOnly } = scene
  const dialog = dialogOf(scene)
  if (dialog.length > 0) return dialog.slice(0, Math.max(3, size.rows - HEAD - 3))
  return footerLines(state.mode, state.toasts, whyLine(scene), { view: placeOf(state).view, readOnly }, size.columns)
}

/** Without a dialog the foot has two lines, whatever they say. */
function footHeight(scene: Scene): number {
  const { kind } = scene.state.mode
  return kind === 'confirm' || kind === 'reason' || kind === 'columns' ? footOf(scene).length : 2
}

/** Lines between head and foot. */
export function bodyHeight(scene: Scene): number {
  return Math.max(1, scene.size.rows - HEAD - footHeight(scene))
}

/** Rows of a list on the screen: its column headers take a line. */
export const listHeight = (scene: Scene): number => Math.max(1, bodyHeight(scene) - 1)

/** The whole text of a view that is a text; empty for lists. */
export function textLines(scene: Scene): Line[] {
  const { state, data, theme, size, now, readOnly } = scene
  const place = placeOf(state)
  if (place.view === 'help') return helpLines(viewUnderHelp(state), readOnly)
  if (place.view !== 'detail') return []
  const resource = data.resources.get(place.id)
  if (resource === undefined) return [[['bad', `${place.id} is gone.`]], plainLine('Esc goes back.')]
  const detail = data.detail?.id === place.id ? data.detail : null
  return detailLines(place.tab, resource, detail, { theme, width: size.columns, now })
}

/** Lines of a text that contain what is searched; small letters match both. */
export function matchesIn(lines: readonly Line[], search: string): number[] {
  if (search === '') return []
  const exact = search !== search.toLowerCase()
  return lines.flatMap((line, n) => {
    const text = textOf(line)
    return (exact ? text : text.toLowerCase()).includes(search) ? [n] : []
  })
}

function padded(line: Line, width: number): Line {
  const short = cutLine(line, width)
  return [...short, [null, ' '.repeat(Math.max(0, width - lineWidth(short)))]]
}

/** On a wide screen the newest of the timeline stands beside the summary. */
function besides(scene: Scene, left: readonly Line[], height: number): readonly Line[] {
  const { state, data, theme, size } = scene
  const place = placeOf(state)
  if (place.view !== 'detail' || place.tab !== 'summary' || size.columns < TWO_PANES) return left
  const detail = data.detail?.id === place.id ? data.detail : null
  const width = Math.floor(size.columns * 0.45)
  const right: Line[] = [[['header', 'Timeline']], ...timelineLines(detail?.timeline ?? [], theme).slice(1 - height)]
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, n): Line => [...padded(left[n] ?? [], width), ['muted', ' │ '] as Span, ...(right[n] ?? [])],
  )
}

function textBody(scene: Scene, height: number): Line[] {
  const { state } = scene
  const lines = textLines(scene)
  const { top, search, match } = state.text
  const found = matchesIn(lines, search)
  const current = found[match]
  const hit = new Set(found)
  const onScreen = lines
    .slice(top, top + height)
    .map((line, n) => (hit.has(top + n) ? recolour(line, top + n === current ? 'selected' : 'marked') : line))
  return [...besides(scene, onScreen, height)]
}

/** The screen, exactly `rows` lines, none wider than `columns`. */
export function buildFrame(scene: Scene): string[] {
  const { state, data, panes, totals, orchestrator, theme, size, now, readOnly, nameOf } = scene
  const { columns: width, rows } = size
  const { paint } = theme
  if (width < LEAST.columns || rows < LEAST.rows) {
    const lines = Array<string>(Math.max(1, rows)).fill('')
    lines[0] = paintLine(plainLine(`Too small: needs ${LEAST.columns}x${LEAST.rows}`), width, paint)
    return lines
  }
  const place = placeOf(state)
  const stale = data.connection.state !== 'live'
  const context = { theme, width, now, readOnly }
  const foot = footOf(scene)
  const height = rows - HEAD - foot.length
  const head = headerLines(data, totals, orchestrator, context)
  let body: Line[]
  let crumbs: Line
  if (isList(place)) {
    const pane = panes[place.view]
    const list = state.lists[place.view]
    crumbs = listCrumbs(state.places, nameOf, { pane, state: list, view: place.view }, context)
    body = pane.draw(list, { theme, width, height, now: steppedTime(now), stale })
    if (pane.ids.length === 0) body.push(emptyLine(scene, pane, list.filter))
  } else {
    crumbs = detailCrumbs(state.places, nameOf, place.view === 'detail' ? place.tab : null, context)
    body = textBody(scene, height)
    if (stale && place.view === 'detail') body = body.map((line) => recolour(line, 'muted'))
  }
  const lines = [...head, crumbs, ...body.slice(0, height)]
  while (lines.length < HEAD + height) lines.push([])
  return [...lines, ...foot].slice(0, rows).map((line) => paintLine(line, width, paint))
}

function emptyLine({ data }: Scene, pane: AnyPane, filter: string): Line {
  if (data.connection.state === 'connecting') return [['muted', '  Asking …']]
  if (filter !== '' && pane.total > 0)
    return [['muted', `  None of ${pane.total} ${pane.noun} fits the filter; Esc takes it away.`]]
  return [['muted', `  No ${pane.noun}${pane.noun === 'events' ? ' yet' : ''}.`]]
}
