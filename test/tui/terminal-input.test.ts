import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MouseFilter } from '../../src/tui/terminal-input.ts'

const click = '\u001b[<0;10;8M'

describe('mouse reports', () => {
  it('are taken out of the keys', () => {
    expect(new MouseFilter().split(`j${click}k\u001b[<0;10;8m`)).toEqual({ keys: 'jk', events: [{ row: 7 }] })
    expect(new MouseFilter().split('\u001b[<64;1;1M\u001b[<65;1;1M').events).toEqual([{ lines: -3 }, { lines: 3 }])
  })

  it('leave other control sequences alone', () => {
    expect(new MouseFilter().split('\u001b[A\u001b[<').keys).toBe('\u001b[A')
    expect(new MouseFilter().split('\u001b').keys).toBe('\u001b')
  })

  it('are understood however they are cut into pieces', () => {
    const text = `ab${click}\u001b[A${click}c`
    fc.assert(
      fc.property(fc.integer({ min: 3, max: text.length }), (cut) => {
        const filter = new MouseFilter()
        const pieces = [text.slice(0, cut), text.slice(cut)].map((piece) => filter.split(piece))
        // A lone Esc is a key and must not wait for more: only a report that has begun is put together.
        if (text.slice(0, cut).endsWith('\u001b') || text.slice(0, cut).endsWith('\u001b[')) return
        expect(pieces.map(({ keys }) => keys).join('')).toBe('ab\u001b[Ac')
        expect(pieces.flatMap(({ events }) => events)).toEqual([{ row: 7 }, { row: 7 }])
      }),
    )
  })
})
