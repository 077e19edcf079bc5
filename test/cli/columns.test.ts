import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ColumnSet, chooseColumns, sortRows } from '../../src/cli/columns.ts'
import { resourceColumns } from '../../src/cli/resource-columns.ts'
import { age } from '../../src/cli/times.ts'
import { Resource } from '../../src/contract/index.ts'

interface Row {
  readonly id: string
  readonly n: number | null
}
const set: ColumnSet<Row> = {
  noun: 'rows',
  name: (row) => row.id,
  columns: [
    { id: 'id', kind: 'id', value: (row) => row.id },
    { id: 'some_number', aliases: ['n'], kind: 'number', value: (row) => row.n },
    { id: 'extra', kind: 'text', wide: true, value: () => 'x' },
  ],
}
const ids = (columns: readonly { readonly id: string }[]): string[] => columns.map(({ id }) => id)

describe('columns', () => {
  it('are chosen by id or alias, in the order given', () => {
    expect(ids(chooseColumns(set, ['extra', 'N', 'some-number'], false))).toEqual([
      'extra',
      'some_number',
      'some_number',
    ])
    expect(ids(chooseColumns(set, null, false))).toEqual(['id', 'some_number'])
    expect(ids(chooseColumns(set, null, true))).toEqual(['id', 'some_number', 'extra'])
  })

  it('that are unknown are refused with those there are', () => {
    expect(() => chooseColumns(set, ['nope'], false)).toThrow(
      expect.objectContaining({ code: 'usage', suggestions: ['Columns: id, some_number, extra'] }),
    )
  })

  it('that are mistyped are guessed at', () => {
    expect(() => chooseColumns(resourceColumns, ['tenent_id'], false)).toThrow(
      expect.objectContaining({ suggestions: expect.arrayContaining(['Did you mean tenant_id?']) }),
    )
  })

  it('of resources are fields of the contract, each once', () => {
    const fields = Object.keys(Resource.shape)
    const names = ids(resourceColumns.columns)
    // The age of a resource is that of its oldest instance.
    for (const id of names) expect([...fields, 'age']).toContain(id)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('sorting', () => {
  const rows: Row[] = [
    { id: 'a', n: 10 },
    { id: 'b', n: null },
    { id: 'c', n: 9 },
    { id: 'd', n: 10 },
  ]
  it.each([
    ['n', 'cadb'],
    ['n:desc', 'adcb'],
    ['n:desc,id:desc', 'dacb'],
    ['id:desc', 'dcba'],
    ['-n,id', 'adcb'],
    ['-n,-id', 'dacb'],
  ])('by %s: numbers as numbers, unknown last, equal rows as they were', (order, expected) => {
    expect(ids(sortRows(set, rows, order)).join('')).toBe(expected)
  })

  it.each(['nope', 'n:up', 'n:desc:asc', ''])('refuses "%s"', (order) => {
    expect(() => sortRows(set, rows, order)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('keeps every row', () => {
    const row = fc.record({ id: fc.string(), n: fc.option(fc.integer()) })
    fc.assert(
      fc.property(fc.array(row), (list) => {
        expect(new Set(sortRows(set, list, 'n:desc,id'))).toEqual(new Set(list))
      }),
    )
  })
})

describe('ages', () => {
  const now = Date.UTC(2026, 0, 10)
  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [119, '1m'],
    [3_600, '1h'],
    [3_660, '1h1m'],
    [36_000 + 60, '10h'],
    [86_400 * 3 + 3_600 * 4, '3d4h'],
    [86_400 * 12 + 3_600 * 4, '12d'],
    [-5, '0s'],
  ])('%d seconds ago is %s', (seconds, expected) => {
    expect(age(new Date(now - seconds * 1000).toISOString(), now)).toBe(expected)
  })
  it('leaves what is no time alone', () => {
    expect(age('soon', now)).toBe('soon')
  })
})
