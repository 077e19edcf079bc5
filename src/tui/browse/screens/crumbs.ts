import { joinWhole, type Line, type Span, spread } from '../../line.ts'
import { cut, grouped, shown } from '../../text.ts'
import type { Theme } from '../../theme.ts'
import type { AnyPane } from '../list-pane.ts'
import type { ListState } from '../state.ts'
import { DETAIL_TABS, type DetailTab, type Place, TITLES } from '../views.ts'

const NAME_CELLS = 28

/** What a place is called. */
function titleOf(place: Place, nameOf: (id: string) => string): string {
  if (place.view === 'help') return 'Help'
  return place.view === 'detail' ? cut(shown(nameOf(place.id)), NAME_CELLS) : TITLES[place.view]
}

/** The way to where one is: `Tenants › Resources › r1`. */
function crumbs(places: readonly Place[], nameOf: (id: string) => string, { signs }: Theme): Line {
  return places.flatMap((place, n): Span[] => {
    const last = n === places.length - 1
    return [
      ...(n > 0 ? [['muted', ` ${signs.crumb} `] as Span] : []),
      [last ? 'strong' : 'muted', titleOf(place, nameOf)],
    ]
  })
}

/** How much of a list is shown, in which order, and what is marked. */
function listNotes(pane: AnyPane, { filter, sort, marks, follow }: ListState, view: string, { signs }: Theme): Line[] {
  const hidden = [...marks].filter((id) => !pane.isListed(id)).length
  const count = filter === '' ? grouped(pane.total) : `${grouped(pane.ids.length)}/${grouped(pane.total)}`
  const notes: Line[] = [[[filter === '' ? null : 'busy', count]]]
  if (filter !== '') notes.push([['busy', `/${shown(cut(filter, 30))}`]])
  if (pane.filterProblem !== null) notes.push([['bad', shown(pane.filterProblem)]])
  if (marks.size > 0)
    notes.push([['marked', `${grouped(marks.size)} marked${hidden > 0 ? ` (${grouped(hidden)} hidden)` : ''}`]])
  if (view === 'events') notes.push([['muted', follow ? 'following' : 'f to follow']])
  notes.push([['muted', `by ${pane.headerOf(sort.column).toLowerCase()} ${sort.descending ? signs.down : signs.up}`]])
  return notes
}

/** The third line over a list. */
export function listCrumbs(
  places: readonly Place[],
  nameOf: (id: string) => string,
  list: { readonly pane: AnyPane; readonly state: ListState; readonly view: string },
  { theme, width }: { readonly theme: Theme; readonly width: number },
): Line {
  const way = crumbs(places, nameOf, theme)
  return spread(
    way,
    joinWhole(listNotes(list.pane, list.state, list.view, theme), '  ', Math.max(20, width - 14)),
    width,
  )
}

/** The third line over details: the way, and the tabs. */
export function detailCrumbs(
  places: readonly Place[],
  nameOf: (id: string) => string,
  tab: DetailTab | null,
  { theme, width }: { readonly theme: Theme; readonly width: number },
): Line {
  const tabs: Line =
    tab === null
      ? []
      : DETAIL_TABS.flatMap((name): Span[] => [
          [null, ' '],
          [name === tab ? 'selected' : 'muted', name === tab ? `[${name}]` : name],
        ])
  return spread(crumbs(places, nameOf, theme), tabs, width)
}
