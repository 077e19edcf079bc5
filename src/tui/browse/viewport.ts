/** Where a list stands: which row is selected, by id, and what is on the screen. */
export interface Place {
  /** null: the list is empty. */
  readonly selected: string | null
  /** Row of the selected one in the list. */
  readonly index: number
  /** First row on the screen. */
  readonly top: number
}

export const nowhere: Place = { selected: null, index: 0, top: 0 }

const clamp = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, n))

function scrolled(index: number, top: number, length: number, height: number): number {
  const reached = index < top ? index : index >= top + height ? index - height + 1 : top
  return clamp(reached, 0, Math.max(0, length - height))
}

/**
 * The place after the list changed. The selection stays on its resource wherever that went, and the resource on its line of the screen; at
 * the very top the list stays at the top. When the selected one left the list, the selection goes to what took its row.
 */
export function settle(place: Place, ids: readonly string[], height: number): Place {
  if (ids.length === 0) return nowhere
  const stays = ids[place.index] === place.selected
  const found = place.selected === null ? -1 : stays ? place.index : ids.indexOf(place.selected)
  const index = found === -1 ? clamp(place.index, 0, ids.length - 1) : found
  const selected = ids[index] ?? null
  const onLine = place.top === 0 && index < height ? 0 : index - (place.index - place.top)
  const top = found === -1 || stays ? place.top : onLine
  return { selected, index, top: scrolled(index, top, ids.length, height) }
}

export type Move =
  | 'down'
  | 'up'
  | 'pagedown'
  | 'pageup'
  | 'home'
  | 'end'
  | { readonly by: number }
  | { readonly to: number }

function target(place: Place, how: Move, length: number, height: number): number {
  const page = Math.max(1, height - 1)
  switch (how) {
    case 'down':
      return place.index + 1
    case 'up':
      return place.index - 1
    case 'pagedown':
      return place.index + page
    case 'pageup':
      return place.index - page
    case 'home':
      return 0
    case 'end':
      return length - 1
    default:
      return 'to' in how ? how.to : place.index + how.by
  }
}

/** The place after a movement. */
export function move(place: Place, how: Move, ids: readonly string[], height: number): Place {
  if (ids.length === 0) return nowhere
  const index = clamp(target(place, how, ids.length, height), 0, ids.length - 1)
  const page = Math.max(1, height - 1)
  // A page takes the window along, so that the cursor keeps its line.
  const top = how === 'pagedown' ? place.top + page : how === 'pageup' ? place.top - page : place.top
  return { selected: ids[index] ?? null, index, top: scrolled(index, top, ids.length, height) }
}
