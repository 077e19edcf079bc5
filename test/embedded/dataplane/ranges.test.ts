import { describe, expect, it } from 'vitest'
import { firstFree, overlaps } from '../../../src/embedded/dataplane/ranges.ts'

describe('address ranges', () => {
  it.each([
    ['172.24.0.0/16', '172.24.5.0/24', true],
    ['172.24.5.0/24', '172.24.0.0/16', true],
    ['172.24.0.0/16', '172.16.0.0/12', true],
    ['172.24.0.0/16', '172.25.0.0/16', false],
    ['172.24.0.0/16', '172.24.0.7', true],
    ['fdca:3ba5:a17a:acda::/64', 'fdca:3ba5:a17a:acda::1', true],
    ['fdca:3ba5:a17a:acda::/64', 'fdca:3ba5:a17a:acdb::/64', false],
    ['10.0.0.0/8', 'fd00::/8', false],
    ['10.0.0.0/8', 'blackhole', false],
  ])('%s and %s: %s', (a, b, expected) => expect(overlaps(a, b)).toBe(expected))

  it('the first that nobody uses is taken', () =>
    expect(firstFree(['10.1.0.0/16', '10.2.0.0/16'], ['10.1.2.3', 'fd00::/8'], 'x')).toBe('10.2.0.0/16'))
  it('when all are used, that is said', () =>
    expect(() => firstFree(['10.1.0.0/16'], ['10.0.0.0/8'], 'external network')).toThrow(/external network/))
})
