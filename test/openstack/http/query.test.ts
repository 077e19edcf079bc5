import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeQuery, filterQueries } from '../../../src/openstack/http/query.ts'

describe('filterQueries', () => {
  it('repeats a parameter for each value, and writes booleans as Neutron reads them', () => {
    const [query] = filterQueries({ 'router:external': true, shared: false, name: 'a b&c', id: ['1', '2', '1'] })
    expect(encodeQuery(query ?? [])).toBe('router%3Aexternal=True&shared=False&name=a+b%26c&id=1&id=2')
  })

  it('asks once without a filter, and not at all when a list of values is empty', () => {
    expect(filterQueries({})).toEqual([[]])
    expect(filterQueries({ id: [], name: 'x' })).toEqual([])
  })

  it('refuses a value that fits nowhere', () => {
    expect(() => filterQueries({ name: 'x'.repeat(7_000) })).toThrow(/name does not fit/)
    expect(() => filterQueries({ name: 'x'.repeat(5_690), id: ['1'.repeat(36)] })).toThrow(/does not fit/)
  })

  it('splits so that every value is asked for exactly once, each request is short enough, and the rest stands in each', () => {
    const values = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(values, fc.string({ maxLength: 20 }), fc.integer({ min: 600, max: 3_000 }), (ids, name, max) => {
        const queries = filterQueries({ id: ids, name }, max)
        expect(queries.flatMap((query) => query.filter(([key]) => key === 'id').map(([, value]) => value))).toEqual(ids)
        for (const query of queries) {
          expect(encodeQuery(query).length).toBeLessThanOrEqual(max)
          expect(query.filter(([key]) => key === 'name')).toEqual([['name', name]])
          expect(query.length).toBeGreaterThan(1)
        }
      }),
      { numRuns: 100 },
    )
  })
})
