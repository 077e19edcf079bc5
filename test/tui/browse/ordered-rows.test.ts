import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderedRows, type SortKey } from '../../../src/tui/browse/ordered-rows.ts'

interface Row {
  readonly id: string
  readonly size: number | null
}

const bySize = (descending: boolean): SortKey<Row> => ({ value: (row) => row.size, descending })
const mapOf = (rows: readonly Row[]): Map<string, Row> => new Map(rows.map((row) => [row.id, row]))

/** What the rows should be, the simple way. */
function expected(rows: ReadonlyMap<string, Row>, descending: boolean, accepts: (row: Row) => boolean): string[] {
  const sign = descending ? -1 : 1
  return [...rows.values()]
    .filter(accepts)
    .sort((a, b) => {
      if (a.size !== b.size) {
        if (a.size === null) return 1
        if (b.size === null) return -1
        return sign * (a.size - b.size)
      }
      return a.id < b.id ? -1 : 1
    })
    .map(({ id }) => id)
}

describe('ordered rows', () => {
  it('put what is not known last, both ways', () => {
    const rows = new OrderedRows<Row>()
    rows.update(
      mapOf([
        { id: 'a', size: null },
        { id: 'b', size: 1 },
        { id: 'c', size: 2 },
      ]),
    )
    rows.arrange([bySize(false)], () => true)
    expect(rows.ids).toEqual(['b', 'c', 'a'])
    rows.arrange([bySize(true)], () => true)
    expect(rows.ids).toEqual(['c', 'b', 'a'])
  })

  it('are the same as sorting and filtering anew, after any changes', () => {
    const row = fc.record({
      id: fc.integer({ min: 0, max: 30 }).map((n) => `r${n}`),
      size: fc.option(fc.integer({ min: 0, max: 5 })),
    })
    const change = fc.record({
      put: fc.array(row, { maxLength: 5 }),
      drop: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 15 }), fc.boolean(), (changes, descending) => {
        const rows = new OrderedRows<Row>()
        const accepts = (one: Row): boolean => one.size !== 3
        rows.arrange([bySize(descending)], accepts)
        const now = new Map<string, Row>()
        for (const { put, drop } of changes) {
          for (const one of put) now.set(one.id, one)
          for (const n of drop) now.delete(`r${n}`)
          rows.update(new Map(now))
          expect(rows.ids).toEqual(expected(now, descending, accepts))
          expect(rows.total).toBe(now.size)
        }
      }),
    )
  })

  it('say when nothing changed', () => {
    const rows = new OrderedRows<Row>()
    const now = mapOf([{ id: 'a', size: 1 }])
    expect(rows.update(now)).toBe(true)
    expect(rows.update(new Map(now))).toBe(false)
  })

  it('take many changes at once', () => {
    const rows = new OrderedRows<Row>()
    rows.arrange([bySize(false)], () => true)
    const many = mapOf(Array.from({ length: 10_000 }, (_, n) => ({ id: `r${n}`, size: (n * 7919) % 10_007 })))
    rows.update(many)
    expect(rows.ids).toEqual(expected(many, false, () => true))
  })
})
