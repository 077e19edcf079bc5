import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApplyFailed } from '../../src/appliance/apply/index.ts'
import { ConfigurationRefused } from '../../src/appliance/body/index.ts'
import { fakeAppliance, golden } from './support/agent.ts'
import { mutate } from './support/mutate.ts'

const GOLDEN = [
  'a-single',
  'b1-seed-unwrapped',
  'c-dual',
  'd-ha-master',
  'e-lb',
  'e2-lb-https-tcp',
  'f-vpn',
  'g-noext',
  'h-labels',
  'i-fip-v6',
  'm-static-routes-dicts',
  'n-anchor-ok',
  'p-dataplane',
]

describe('bad configurations', () => {
  it('2,500 of them, each refused or applied as a whole, never half, never a crash', async () => {
    let refused = 0
    let applied = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...GOLDEN),
        fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 0, max: 3 }), fc.nat(500)), { minLength: 1, maxLength: 3 }),
        async (name, mutations) => {
          const { agent, machine } = fakeAppliance()
          await agent.start()
          await agent.push(golden('p-dataplane'))
          const before = machine.state()
          const body = mutations.reduce((current, [at, how, what]) => mutate(current, at, how, what), golden(name))
          try {
            await agent.push(body)
          } catch (error) {
            if (!(error instanceof ConfigurationRefused || (error instanceof ApplyFailed && error.rolledBack)))
              throw error
            expect(error).toBeInstanceOf(ConfigurationRefused)
            expect(machine.state()).toEqual(before)
            refused += 1
            return
          }
          applied += 1
          // Applied means: nothing left to do, and the same as on a machine that never had anything else.
          expect((await agent.push(body)).changes).toEqual([])
          for (const family of [4, 6] as const) {
            expect(machine.rules[family]).toContain(':FORWARD DROP')
            expect(machine.rules[family]).not.toMatch(/null|undefined|NaN|\[object/)
          }
          expect(machine.links.get('eth0')?.addresses).toContain('fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0/64')
        },
      ),
      { numRuns: 2_500 },
    )
    // Both kinds were really met.
    expect(refused).toBeGreaterThan(500)
    expect(applied).toBeGreaterThan(500)
  }, 120_000)
})
