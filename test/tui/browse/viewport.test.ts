import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { move, nowhere, type Place, settle } from '../../../src/tui/browse/viewport.ts'

const ids = (n: number): string[] => Array.from({ length: n }, (_, i) => `r${i}`)
const at = (selected: string, index: number, top: number): Place => ({ selected, index, top })

describe('the place in a list', () => {
  it('begins at the first row', () => expect(settle(nowhere, ids(3), 10)).toEqual(at('r0', 0, 0)))

  it('goes with the selected row when others come before it, and the row keeps its line', () => {
    const placed = settle(at('r20', 20, 15), ['new', ...ids(100)], 10)
    expect(placed).toEqual(at('r20', 21, 16))
  })

  it('stays at the top when one looks at the top', () => {
    expect(settle(at('r1', 1, 0), ['new', ...ids(100)], 10)).toEqual(at('r1', 2, 0))
  })

  it('passes to the row that took the place of one that left', () => {
    expect(settle(at('r2', 2, 0), ['r0', 'r1', 'r3'], 10)).toEqual(at('r3', 2, 0))
    expect(settle(at('r2', 2, 0), ['r0', 'r1'], 10)).toEqual(at('r1', 1, 0))
    expect(settle(at('r2', 2, 0), [], 10)).toEqual(nowhere)
  })

  it('pages with the cursor on its line', () => {
    const placed = move(at('r3', 3, 0), 'pagedown', ids(100), 10)
    expect(placed).toEqual(at('r12', 12, 9))
    expect(move(placed, 'pageup', ids(100), 10)).toEqual(at('r3', 3, 0))
  })

  it('ends at both ends', () => {
    expect(move(at('r0', 0, 0), 'up', ids(100), 10).index).toBe(0)
    expect(move(at('r0', 0, 0), 'end', ids(100), 10)).toEqual(at('r99', 99, 90))
  })

  it('always has the selected row on the screen, and no screen beyond the list', () => {
    const step = fc.oneof(
      fc.constantFrom('down', 'up', 'pagedown', 'pageup', 'home', 'end').map((how) => ({ how })),
      fc.shuffledSubarray(ids(40)).map((list) => ({ list })),
      fc.integer({ min: 1, max: 15 }).map((height) => ({ height })),
    )
    fc.assert(
      fc.property(
        fc.array(step as fc.Arbitrary<{ how?: 'up' | 'down'; list?: string[]; height?: number }>, { maxLength: 30 }),
        (steps) => {
          let list = ids(40)
          let height = 10
          let place = settle(nowhere, list, height)
          for (const { how, list: next, height: size } of steps) {
            list = next ?? list
            height = size ?? height
            place = how === undefined ? place : move(place, how, list, height)
            place = settle(place, list, height)
            if (list.length === 0) {
              expect(place).toEqual(nowhere)
              continue
            }
            expect(list[place.index]).toBe(place.selected)
            expect(place.index).toBeGreaterThanOrEqual(place.top)
            expect(place.index).toBeLessThan(place.top + height)
            expect(place.top).toBeLessThanOrEqual(Math.max(0, list.length - height))
          }
        },
      ),
    )
  })
})
