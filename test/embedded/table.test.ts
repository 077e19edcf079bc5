import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contains, formatAddress, overlap, parseAddress, parseCidr } from '../../src/embedded/network/addresses.ts'
import { Table } from '../../src/embedded/network/table.ts'

interface Item {
  readonly id: string
  color: string
}

const id = fc.integer({ min: 0, max: 30 }).map((n) => `id-${String(n).padStart(2, '0')}`)
const color = fc.constantFrom('red', 'green', 'blue')
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), id, color }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  fc.record({ kind: fc.constant('list' as const) }),
)

describe('Table', () => {
  it('agrees with a plain map after any sequence of changes: order, indexes and paging', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const table = new Table<Item>({ color: (item) => [item.color] })
        const model = new Map<string, Item>()
        for (const one of steps) {
          if (one.kind === 'put') {
            const item = model.get(one.id) ?? { id: one.id, color: '' }
            item.color = one.color
            model.set(one.id, item)
            table.put(item)
          } else if (one.kind === 'delete') {
            expect(table.delete(one.id)).toBe(model.get(one.id))
            model.delete(one.id)
          }
          const sorted = [...model.keys()].sort()
          expect([...table.ordered()].map((item) => item.id)).toEqual(sorted)
          expect(table.size).toBe(model.size)
          for (const name of ['red', 'green', 'blue']) {
            const wanted = [...model.values()].filter((item) => item.color === name).map((item) => item.id)
            expect(
              table
                .by('color', name)
                .map((item) => item.id)
                .sort(),
            ).toEqual(wanted.sort())
            expect(table.countBy('color', name)).toBe(wanted.length)
          }
          const marker = sorted[Math.floor(sorted.length / 2)]
          if (marker) {
            expect([...table.ordered(marker)].map((item) => item.id)).toEqual(sorted.filter((other) => other > marker))
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('addresses', () => {
  it('survive writing and reading', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const address = parseAddress(text)
        expect(address && formatAddress(4, address.value)).toBe(text)
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
        expect(parseAddress(formatAddress(6, value))).toEqual({ version: 6, value })
      }),
    )
  })

  it('a CIDR contains exactly what lies between its ends, and overlaps with what it shares an address with', () => {
    const cidr = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
      .map(([address, prefix]) => parseCidr(`${address}/${prefix}`))
      .filter((one) => one !== null)
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        expect(contains(a, { version: 4, value: a.first })).toBe(true)
        expect(contains(a, { version: 4, value: a.last + 1n })).toBe(false)
        const shares = contains(a, { version: 4, value: b.first }) || contains(b, { version: 4, value: a.first })
        expect(overlap(a, b)).toBe(shares)
      }),
    )
  })

  it.each(['', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/8', 'fd00::/129', '10.0.0/8', 'x/8', '1.2.3.4/-1'])(
    'refuses %j as a CIDR',
    (text) => expect(parseCidr(text)).toBeNull(),
  )
})
