import type { Key } from 'ink'

/**
 * A key as the key tables name it: a printable character as itself (`j`, `G`, `?`), else a word (`enter`, `esc`, `space`, `tab`, `up`,
 * `pagedown`, `ctrl+r`, …). Only keys that every terminal can tell apart are named: Ctrl-I is Tab and Ctrl-M is Enter.
 */
export type KeyName = string

/** One key pressed; `text` is what it would add to a text field ('' for keys that type nothing). */
export interface KeyPress {
  readonly key: KeyName
  readonly text: string
}

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof Key, string])[]

/** Keys that are one byte, which an Esc may stand right before. */
const TYPED: ReadonlySet<string> = new Set(['enter', 'backspace'])

const SINGLE: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\u007f': 'backspace',
  '\b': 'backspace',
}

const press = (key: KeyName, text = ''): KeyPress => ({ key, text })

function ofCharacter(character: string): KeyPress {
  const named = SINGLE[character]
  if (named !== undefined) return press(named, character === ' ' ? ' ' : '')
  const code = character.charCodeAt(0)
  if (code < 0x20) return press(`ctrl+${String.fromCharCode(code + 0x60)}`)
  return press(character, character)
}

/**
 * The keys behind one input event of Ink. Several characters come as one event when somebody types faster than the program reads (or a
 * slow ssh link delivers in lumps): each is a key of its own.
 */
export function keyPresses(input: string, key: Key): readonly KeyPress[] {
  if (key.eventType === 'release') return []
  // Esc and a key that came together look like Alt and that key. Nothing is bound to Alt, and whoever types fast means both.
  const before = key.meta && !key.escape ? [press('esc')] : []
  if (key.tab) return [...before, press(key.shift ? 'shift+tab' : 'tab')]
  for (const [field, name] of NAMED) {
    if (key[field] !== true) continue
    // With Alt the arrows have sequences of their own: no Esc was pressed.
    return [...(TYPED.has(name) ? before : []), press(key.ctrl ? `ctrl+${name}` : name)]
  }
  if (key.ctrl) return input === ' ' || input === '' ? [press('ctrl+space')] : [press(`ctrl+${input.toLowerCase()}`)]
  return [...before, ...[...input].map(ofCharacter)]
}
