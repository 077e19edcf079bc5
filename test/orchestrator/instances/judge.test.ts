import { describe, expect, test } from 'vitest'
import type { InstanceState } from '../../../src/contract/index.ts'
import { judgeState } from '../../../src/orchestrator/instances/judge.ts'
import { vectorRows } from '../../support/vectors.ts'

/**
 * Rows that ours contradicts on purpose (test/fixtures/deviations.md): prior state, required, servers, with management port, answering → ours.
 */
const DEVIATIONS: Readonly<Record<string, InstanceState>> = {
  // A router that Neutron answers for is not gone: kept, that state would delete its instances (D11).
  'gone,1,1,1,0': 'booting',
  'gone,2,2,1,0': 'booting',
}

const rows = vectorRows('update_state.csv', 11)
const deviating = new Set<string>()

describe('update_state.csv', () => {
  test.each(rows.map((row) => [row.join(','), row] as const))('%s', (_, row) => {
    const [
      prior = '',
      gone = '',
      required = '',
      servers = '',
      ports = '',
      alive = '',
      returned,
      after,
      attempts,
      tracked,
    ] = row
    if (gone === '1') {
      // Decided before anything else is asked (flow-look.ts); nothing is dropped or reset.
      expect([returned, after, attempts, tracked]).toEqual(['gone', 'gone', '1', servers])
      return
    }
    const seen = Array.from({ length: Number(servers) }, (_unused, i) => ({
      hasManagement: i < Number(ports),
      alive: i < Number(alive),
    }))
    const verdict = judgeState(prior as InstanceState, Number(required), seen)
    const key = [prior, required, servers, ports, alive].join(',')
    const deviation = DEVIATIONS[key]
    if (deviation) {
      deviating.add(key)
      expect(verdict.state).toBe(deviation)
      expect(verdict.state).not.toBe(after)
      return
    }
    expect(verdict.state).toBe(after)
    expect(verdict.resetBootCounter ? '0' : '1').toBe(attempts)
    expect(String(verdict.dropDead ? Number(alive) : Number(servers))).toBe(tracked)
  })

  test('every deviation is a row', () => {
    expect([...deviating].sort()).toEqual(Object.keys(DEVIATIONS).sort())
  })
})
