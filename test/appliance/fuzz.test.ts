import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApplyFailed } from '../../src/appliance/apply/index.ts'
import { ConfigurationRefused } from '../../src/appliance/body/index.ts'
import { type Body, fakeAppliance, golden } from './support/agent.ts'

const GOLDEN = [
  'a-single',
  'b1-seed-unwrapped',
  'c-dual',
  'd-ha-master',
  'g-noext',
  'h-labels',
  'i-fip-v6',
  'm-static-routes-dicts',
  'n-anchor-ok',
  'p-dataplane',
]

/** Values that somebody might send in place of the right one. */
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  'ge0',
  'ge1',
  'ge3',
  'ge99999',
  'lo',
  '0.0.0.0/0',
  '::/0',
  '255.255.255.255',
  '10.20.0.0/22',
  '192.168.0.1/24',
  '192.168.0.1',
  '172.16.77.2/24',
  '127.0.0.1',
  'fe80::1',
  'fe80::1/64',
  'fdca:3ba5:a17a:acda::/64',
  'fdca:3ba5:a17a:acda::1',
  '2001:db8:a::/64',
  '2001:db8::1/128',
  '224.0.0.1',
  'external',
  'internal',
  'isolated',
  'management',
  'a\nb',
  '"; drop',
  [],
  {},
  [[]],
  [null],
  { __proto__: null, constructor: 1 },
]

/** Every place in a JSON value, as the way to it. */
function places(value: unknown, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [way]
  return [
    way,
    ...Object.entries(value).flatMap(([key, inner]) =>
      places(inner, [...way, Array.isArray(value) ? Number(key) : key]),
    ),
  ]
}

function mutate(body: Body, at: number, how: number, what: number): Body {
  const all = places(body).filter((way) => way.length > 0)
  const way = all[at % all.length] ?? []
  const copy = structuredClone(body)
  const parent = way.slice(0, -1).reduce((inner, key) => inner[key], copy)
  const key = way.at(-1) ?? ''
  const junk = JUNK[what % JUNK.length]
  if (how === 0) delete parent[key]
  else if (how === 1) parent[key] = junk
  else if (how === 2 && Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]))
  else if (how === 2) parent[`${key}_`] = junk
  else {
    // Something from elsewhere in the same configuration.
    const source = all[(at * 31 + what) % all.length] ?? []
    parent[key] = structuredClone(source.reduce((inner, step) => inner[step], body))
  }
  return copy
}

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
