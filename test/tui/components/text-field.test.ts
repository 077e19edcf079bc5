import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { edit, emptyField, fieldOf, pasted, type TextField } from '../../../src/tui/components/text-field.ts'

function typing(text: string, ...keys: readonly string[]): TextField {
  return keys.reduce(
    (field, key) => edit(field, { key, text: [...key].length === 1 ? key : '' }) ?? field,
    fieldOf(text),
  )
}

describe('a line being typed', () => {
  it.each([
    [['a', 'b'], 'ab', 2],
    [['a', 'left', 'b'], 'ba', 1],
    [['a', 'b', 'backspace'], 'a', 1],
    [['a', 'b', 'home', 'delete'], 'b', 0],
    [['a', 'b', 'ctrl+u'], '', 0],
    [['a', 'b', 'left', 'ctrl+k'], 'a', 1],
    [['home', 'end', 'a'], 'a', 1],
  ])('%j makes %j', (keys, text, cursor) => expect(typing('', ...keys)).toEqual({ text, cursor }))

  it('loses a word at a time', () => expect(typing('state:error tenant:a', 'ctrl+w').text).toBe('state:error '))

  it('never cuts a character in two', () => expect(typing('a😀', 'backspace').text).toBe('a'))

  it('does not know keys that type nothing', () => expect(edit(emptyField, { key: 'pagedown', text: '' })).toBeNull())

  it('takes a pasted text as one line without control characters', () => {
    expect(pasted(emptyField, 'a\nb\t\u001b[31mc').text).toBe('a b [31mc')
  })

  it('keeps its cursor inside, whatever is typed', () => {
    const keys = fc.constantFrom(
      'a',
      '日',
      'left',
      'right',
      'home',
      'end',
      'backspace',
      'delete',
      'ctrl+w',
      'ctrl+u',
      'ctrl+k',
    )
    fc.assert(
      fc.property(fc.array(keys), (typed) => {
        const { text, cursor } = typing('', ...typed)
        expect(cursor).toBeGreaterThanOrEqual(0)
        expect(cursor).toBeLessThanOrEqual([...text].length)
      }),
    )
  })
})
