import type { KeyPress } from '../keys.ts'

/** One line of text being typed. `cursor` counts code points from the beginning. */
export interface TextField {
  readonly text: string
  readonly cursor: number
}

export const emptyField: TextField = { text: '', cursor: 0 }

/** A field that holds `text`, with the cursor at its end. */
export const fieldOf = (text: string): TextField => ({ text, cursor: [...text].length })

const LIMIT = 1_000

function insert(field: TextField, text: string): TextField {
  const characters = [...field.text]
  const added = [...text]
  if (characters.length + added.length > LIMIT) return field
  characters.splice(field.cursor, 0, ...added)
  return { text: characters.join(''), cursor: field.cursor + added.length }
}

function remove(field: TextField, from: number, to: number): TextField {
  const characters = [...field.text]
  characters.splice(from, to - from)
  return { text: characters.join(''), cursor: from }
}

/** Where the word before the cursor begins. */
function wordStart({ text, cursor }: TextField): number {
  const before = [...text].slice(0, cursor).join('')
  return [...before.replace(/\S*\s*$/u, '')].length
}

/** What a pasted text may add to one line: its line breaks become blanks, its other control characters go. */
export function pasted(field: TextField, text: string): TextField {
  const oneLine = text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/\p{Control}/gu, '')
  return insert(field, [...oneLine].slice(0, LIMIT).join(''))
}

/** The field after a key, as a shell's command line edits; null when the key means nothing to a text field. */
export function edit(field: TextField, { key, text }: KeyPress): TextField | null {
  const length = [...field.text].length
  switch (key) {
    case 'left':
    case 'ctrl+b':
      return { ...field, cursor: Math.max(0, field.cursor - 1) }
    case 'right':
    case 'ctrl+f':
      return { ...field, cursor: Math.min(length, field.cursor + 1) }
    case 'home':
    case 'ctrl+a':
      return { ...field, cursor: 0 }
    case 'end':
    case 'ctrl+e':
      return { ...field, cursor: length }
    case 'backspace':
      return field.cursor === 0 ? field : remove(field, field.cursor - 1, field.cursor)
    case 'delete':
      return remove(field, field.cursor, Math.min(length, field.cursor + 1))
    case 'ctrl+u':
      return remove(field, 0, field.cursor)
    case 'ctrl+k':
      return remove(field, field.cursor, length)
    case 'ctrl+w':
      return remove(field, wordStart(field), field.cursor)
    default:
      return text === '' ? null : insert(field, text)
  }
}
