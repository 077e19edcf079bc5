import type { TextField } from '../components/text-field.ts'
import type { ThemeName, Token } from '../theme.ts'
import { type Place as ListPlace, nowhere } from './viewport.ts'
import type { ListView, Place } from './views.ts'

/** One list: where it stands, and how it is filtered and ordered. Each view remembers its own. */
export interface ListState {
  readonly place: ListPlace
  readonly filter: string
  readonly sort: { readonly column: string; readonly descending: boolean }
  /** null: what fits, by rank. */
  readonly columns: readonly string[] | null
  /** Ids, whether they are listed just now or not. */
  readonly marks: ReadonlySet<string>
  /** Stay with what is newest. */
  readonly follow: boolean
}

/** A text that can be scrolled: details and help. */
export interface TextState {
  readonly top: number
  readonly search: string
  /** Which of the matches; counted from 0. */
  readonly match: number
  /** Stay at the end while it grows. */
  readonly follow: boolean
}

/** What an action will hit: ids, fixed when it was asked for, never rows. */
export interface Target {
  readonly kind: 'resource' | 'tenant' | 'global'
  readonly ids: readonly string[]
}

export type ActionName = 'rebuild' | 'update' | 'debug' | 'manage'

export interface PendingAction {
  readonly action: ActionName
  readonly target: Target
  readonly reason: string | null
}

/** What the keys mean now. */
export type Mode =
  | { readonly kind: 'normal' }
  | { readonly kind: 'filter'; readonly field: TextField; readonly before: string }
  | { readonly kind: 'search'; readonly field: TextField; readonly before: TextState }
  | {
      readonly kind: 'command'
      readonly field: TextField
      readonly recalled: number
      readonly completion: Completion | null
    }
  | { readonly kind: 'reason'; readonly pending: PendingAction; readonly field: TextField }
  /** `typed` is null when one key is enough. */
  | { readonly kind: 'confirm'; readonly pending: PendingAction; readonly typed: TextField | null }
  | { readonly kind: 'columns'; readonly cursor: number; readonly before: readonly string[] | null }

/** Tab goes through these in turn. */
export interface Completion {
  readonly candidates: readonly string[]
  readonly at: number
}

/** A message that goes away by itself. */
export interface Toast {
  readonly token: Token | null
  readonly text: string
  /** ms since the epoch. */
  readonly until: number
}

export interface ConsoleState {
  /** Where one came from, to where one is: the last is on the screen. */
  readonly places: readonly Place[]
  readonly lists: Readonly<Record<ListView, ListState>>
  readonly text: TextState
  readonly mode: Mode
  readonly toasts: readonly Toast[]
  readonly theme: ThemeName
  readonly history: readonly string[]
}

const topText: TextState = { top: 0, search: '', match: 0, follow: false }

const list = (column: string, descending = false): ListState => ({
  place: nowhere,
  filter: '',
  sort: { column, descending },
  columns: null,
  marks: new Set(),
  follow: column === 'at',
})

const LISTS: Readonly<Record<ListView, ListState>> = {
  resources: list('name'),
  workers: list('name'),
  tenants: list('trouble', true),
  events: list('at'),
}

/** How a console begins. */
export function initialState(theme: ThemeName, view: ListView): ConsoleState {
  return {
    places: [{ view }],
    lists: LISTS,
    text: topText,
    mode: { kind: 'normal' },
    toasts: [],
    theme,
    history: [],
  }
}

/** Where one is. */
export function placeOf({ places }: ConsoleState): Place {
  return places.at(-1) ?? { view: 'resources' }
}

export type Change =
  | { readonly type: 'go'; readonly place: Place }
  | { readonly type: 'jump'; readonly place: Place }
  | { readonly type: 'back' }
  | { readonly type: 'list'; readonly view: ListView; readonly patch: Partial<ListState> }
  | { readonly type: 'text'; readonly patch: Partial<TextState> }
  | { readonly type: 'mode'; readonly mode: Mode }
  | { readonly type: 'toast'; readonly toast: Toast }
  | { readonly type: 'expire'; readonly now: number }
  | { readonly type: 'theme'; readonly theme: ThemeName }
  | { readonly type: 'remember'; readonly command: string }
  | { readonly type: 'forget_marks'; readonly gone: readonly string[] }

const TOASTS = 5
const HISTORY = 100
const normal: Mode = { kind: 'normal' }

/** Every change of what the console shows goes through here. */
export function reduce(state: ConsoleState, change: Change): ConsoleState {
  switch (change.type) {
    case 'go':
      return { ...state, places: [...state.places, change.place], text: topText, mode: normal }
    case 'jump':
      return { ...state, places: [change.place], text: topText, mode: normal }
    case 'back':
      return state.places.length < 2
        ? state
        : { ...state, places: state.places.slice(0, -1), text: topText, mode: normal }
    case 'list':
      return { ...state, lists: { ...state.lists, [change.view]: { ...state.lists[change.view], ...change.patch } } }
    case 'text':
      return { ...state, text: { ...state.text, ...change.patch } }
    case 'mode':
      return { ...state, mode: change.mode }
    case 'toast':
      return { ...state, toasts: [...state.toasts, change.toast].slice(-TOASTS) }
    case 'expire': {
      const toasts = state.toasts.filter(({ until }) => until > change.now)
      return toasts.length === state.toasts.length ? state : { ...state, toasts }
    }
    case 'theme':
      return { ...state, theme: change.theme }
    case 'remember': {
      const others = state.history.filter((command) => command !== change.command)
      return { ...state, history: [...others, change.command].slice(-HISTORY) }
    }
    case 'forget_marks': {
      const { marks } = state.lists.resources
      if (!change.gone.some((id) => marks.has(id))) return state
      const left = new Set(marks)
      for (const id of change.gone) left.delete(id)
      return reduce(state, { type: 'list', view: 'resources', patch: { marks: left } })
    }
  }
}
