import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginning, cut, filled, grouped, shown, widthOf, wrapped } from '../../src/tui/text.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

describe('text from tenants', () => {
  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\r\nb', 'a\\u000d\\u000ab'],
    ['evil\u202etxt', 'evil\\u202etxt'],
    ['a\u200bb', 'a\\u{200b}b'],
    ['a\u2028b', 'a\\u{2028}b'],
    ['\u009b31m', '\\u009b31m'],
    ['\ud800', '\ufffd'],
  ])('%j is shown as %j', (raw, safe) => expect(shown(raw)).toBe(safe))

  it.each([
    ['👨‍👩‍👧', '👨👩👧', 6],
    ['❤️', '❤', 1],
    ['👍🏽', '👍', 2],
    ['🇩🇪', 'DE', 2],
    ['1️⃣', '1', 1],
    ['日本', '日本', 4],
  ])('%s takes the same cells in every terminal: %s', (raw, safe, width) => {
    expect(shown(raw)).toBe(safe)
    expect(widthOf(shown(raw))).toBe(width)
  })

  it('keeps ordinary letters of all scripts', () => {
    for (const text of ['größe', 'маршрутизатор', 'ルータ', 'شبكة', 'nice\u0301']) expect(shown(text)).toBe(text)
  })

  it('does not let marks pile up', () => expect(shown(`Z${'\u0351'.repeat(50)}`)).toBe('Z\u0351\u0351'))

  it('cuts what nobody would read', () => expect(shown('x'.repeat(100_000)).length).toBeLessThan(5_000))

  it('never lets a control character or a line break through', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(text)).not.toMatch(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e0fff}]/u)
      }),
    )
  })
})

describe('cells', () => {
  it('fills to exactly the width, whatever the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), fc.constantFrom('left', 'right'), (text, width, align) => {
        expect(widthOf(filled(shown(text), width, align))).toBe(width)
      }),
    )
  })

  it('says that something is missing', () => {
    expect(cut('router-12', 8)).toBe('router-…')
    expect(cut('router-1', 8)).toBe('router-1')
    expect(cut('日本語', 4)).toBe('日…')
    expect(cut('x', 0)).toBe('')
  })

  it('never takes half of a character', () => expect(beginning('日本語', 3)).toBe('日'))

  it('wraps words, and breaks those that are too long', () => {
    expect(wrapped('a bb ccc', 4)).toEqual(['a bb', 'ccc'])
    expect(wrapped('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
  })

  it('groups digits', () => expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']))
})
