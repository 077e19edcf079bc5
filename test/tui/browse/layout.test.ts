import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resourceColumns as ctlColumns } from '../../../src/cli/resource-columns.ts'
import { resourceColumns } from '../../../src/tui/browse/columns/resources.ts'
import { GUTTER, layOut } from '../../../src/tui/browse/layout.ts'

const idsAt = (width: number): string[] => layOut(resourceColumns, width).placed.map(({ column }) => column.id)
const total = (width: number): number => {
  const { placed, gap } = layOut(resourceColumns, width)
  return GUTTER + placed.reduce((sum, one) => sum + one.width, 0) + gap * (placed.length - 1)
}

describe('columns', () => {
  it('say the most important on a narrow screen', () => {
    expect(idsAt(80)).toEqual([
      'instance_state',
      'name',
      'id',
      'tenant_id',
      'image_current',
      'age',
      'last_event_at',
      'last_alive_at',
    ])
    expect(idsAt(40)).toContain('instance_state')
    expect(idsAt(40)).toContain('name')
  })

  it('are all there on a wide one', () => expect(idsAt(300)).toHaveLength(resourceColumns.length))

  it('never are wider than the screen, and stay in their order', () => {
    const order = resourceColumns.map(({ id }) => id)
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 400 }), (width) => {
        expect(total(width)).toBeLessThanOrEqual(width)
        const shownIds = idsAt(width)
        expect(shownIds).toEqual(order.filter((id) => shownIds.includes(id)))
        for (const { column, width: cells } of layOut(resourceColumns, width).placed) {
          expect(cells).toBeLessThanOrEqual(column.max)
        }
      }),
    )
  })

  it('have the names of ctl', () => {
    const known = new Set([...ctlColumns.columns.map(({ id }) => id), 'age'])
    expect(resourceColumns.map(({ id }) => id).filter((id) => !known.has(id))).toEqual([])
  })
})
