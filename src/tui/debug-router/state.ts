import type { TextField } from '../components/text-field.ts'
import type { Line } from '../line.ts'
import type { Token } from '../theme.ts'
import type { Menu } from './menus.ts'

/** Who is debugged, and who else could be working on it. */
export interface Subject {
  readonly id: string
  readonly name: string
  /** null: a dry run, nobody was asked. */
  readonly orchestrator: { readonly target: string; readonly held: boolean } | null
}

/** What is being asked or typed at the foot of the screen. */
export type Mode =
  | { readonly kind: 'keys' }
  | { readonly kind: 'menu'; readonly menu: Menu }
  | { readonly kind: 'command'; readonly field: TextField }
  /** `word`: what has to be typed; null: one key, y. */
  | { readonly kind: 'confirm'; readonly asked: Asked; readonly field: TextField | null }

/** A question before something that hurts. */
export interface Asked {
  readonly lines: readonly string[]
  readonly word: string | null
  readonly yes: () => void
}

/** A text over the list of steps. `lines` are for a width. */
export interface Page {
  readonly title: string
  readonly lines: (width: number) => readonly Line[]
  readonly top: number
}

/** What the screen remembers besides the debugger. */
export interface ScreenState {
  readonly mode: Mode
  /** The topmost is seen; none: the list of steps. */
  readonly pages: readonly Page[]
  /** Row of the list; null: the newest step. */
  readonly selected: string | null
  readonly top: number
  readonly message: { readonly token: Token; readonly text: string } | null
}

export const initialState: ScreenState = {
  mode: { kind: 'keys' },
  pages: [],
  selected: null,
  top: 0,
  message: null,
}
