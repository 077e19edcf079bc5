import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeTenant, pickWorkers } from '../../../src/orchestrator/scheduler/sharding.ts'
import { vectorRows } from '../../support/vectors.ts'

describe('pickWorkers', () => {
  it('dispatch.csv holds for every row', () => {
    const rows = vectorRows('dispatch.csv', 3)
    for (const [target = '', workers, expected = ''] of rows) {
      const text = target === 'None' ? null : target.replace(/^'(.*)'$/, '$1')
      expect(pickWorkers(text, Number(workers)).join('|'), `${target} of ${workers}`).toBe(expected)
    }
    expect(rows.length).toBeGreaterThan(200)
  })

  it('is the integer modulo the number of workers', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 4096 }), (uuid, workers) => {
        const expected = Number(BigInt(`0x${uuid.replaceAll('-', '')}`) % BigInt(workers))
        expect(pickWorkers(uuid, workers)).toEqual([expected])
      }),
    )
  })
})

describe('normalizeTenant', () => {
  it('normalize_tenant.csv holds for every row', () => {
    for (const [tenant = '', expected] of vectorRows('normalize_tenant.csv', 2)) {
      expect(normalizeTenant(tenant), tenant).toBe(expected === 'EXC ValueError' ? null : expected)
    }
  })

  it('refuses what is no id, path tricks included', () => {
    for (const text of ['../..', 'a/b', '{', '{}', 'd22b149cee9b4eac8349c517eda00b89%2F', '*', ' ']) {
      expect(normalizeTenant(text)).toBeNull()
    }
  })
})
