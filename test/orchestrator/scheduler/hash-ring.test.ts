import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HashRing } from '../../../src/orchestrator/scheduler/hash-ring.ts'
import { vectorRows } from '../../support/vectors.ts'

const list = (text: string): readonly string[] => text.split('|').filter((host) => host !== '')

describe('HashRing', () => {
  it('hash_ring.csv holds for every row', () => {
    const rows = vectorRows('hash_ring.csv', 7)
    for (const [hosts = '', exponent, replicas, partitions, key = '', owners = '', ignore = ''] of rows) {
      const ring = new HashRing(list(hosts), { exponent: Number(exponent) })
      expect(ring.hosts.length * 2 ** Number(exponent)).toBe(Number(partitions))
      const found = ring.ownersOf(key, { replicas: Number(replicas), ignore: new Set(list(ignore)) })
      // Where several are asked for, the original answers with a set: its order says nothing.
      expect([...found].sort().join('|'), `${hosts} ${key}`).toBe([...list(owners)].sort().join('|'))
    }
    expect(rows.length).toBeGreaterThan(200)
  })

  const hosts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 })

  it('does not depend on the order of the hosts', () => {
    fc.assert(
      fc.property(hosts, fc.string(), (names, key) => {
        expect(new HashRing([...names].reverse()).ownersOf(key)).toEqual(new HashRing(names).ownersOf(key))
      }),
    )
  })

  it('moves only the keys of a host that leaves', () => {
    fc.assert(
      fc.property(hosts, fc.string(), (names, key) => {
        const [leaving = '', ...rest] = names
        const before = new HashRing(names).ownerOf(key)
        const after = new HashRing(rest).ownerOf(key)
        if (before !== leaving) expect(after).toBe(before)
        else expect(after === null || rest.includes(after)).toBe(true)
        expect(after).toBe(new HashRing(names).ownerOf(key, { ignore: new Set([leaving]) }))
      }),
    )
  })

  it('answers with as many different hosts as there are, at most', () => {
    fc.assert(
      fc.property(hosts, fc.string(), fc.nat({ max: 10 }), (names, key, replicas) => {
        const owners = new HashRing(names).ownersOf(key, { replicas })
        expect(new Set(owners).size).toBe(Math.min(replicas, names.length))
      }),
    )
  })

  it('owns nothing without hosts', () => {
    expect(new HashRing([]).ownerOf('x')).toBeNull()
  })

  it('pitfall D40: a change of members never shows a ring of the old hosts', () => {
    const before = new HashRing(['a', 'b'])
    const after = new HashRing(['a', 'c'])
    expect(before.hosts).toEqual(['a', 'b'])
    for (let i = 0; i < 200; i += 1) {
      expect(['a', 'b']).toContain(before.ownerOf(`key-${i}`))
      expect(['a', 'c']).toContain(after.ownerOf(`key-${i}`))
    }
  })
})
