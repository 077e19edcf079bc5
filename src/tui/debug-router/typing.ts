import { edit, type TextField } from '../components/text-field.ts'
import type { KeyPress } from '../keys.ts'
import type { Asked } from './state.ts'

/** What a key made of a line being typed. */
export type Typed =
  | { readonly kind: 'typing'; readonly field: TextField }
  | { readonly kind: 'left' }
  | { readonly kind: 'done'; readonly text: string }

export function typeInto(field: TextField, press: KeyPress): Typed {
  if (press.key === 'esc' || press.key === 'ctrl+c') return { kind: 'left' }
  if (press.key === 'enter') return { kind: 'done', text: field.text.trim() }
  return { kind: 'typing', field: edit(field, press) ?? field }
}

/** Whether this key is the yes that was asked for: `y`, or Enter after the word. */
export function isYes({ word }: Asked, field: TextField | null, { key }: KeyPress): boolean {
  return word === null || field === null ? key === 'y' : key === 'enter' && field.text.trim() === word
}
