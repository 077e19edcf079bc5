import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  broadcastOf,
  contains,
  isHostAddress,
  netmask,
  overlaps,
  parseCidr,
  parseInterfaceAddress,
  parseIp,
} from '../../src/appliance/net/ip.ts'

const cidr = (text: string) => {
  const parsed = parseCidr(text)
  if (!parsed) throw new Error(text)
  return parsed
}

describe('addresses', () => {
  it.each([
    ['192.168.0.1', '192.168.0.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:b:0:f816:3eff:fe00:12', '2001:db8:b:0:f816:3eff:fe00:12'],
    ['::', '::'],
  ])('%s is written %s, as the kernel writes it', (given, canonical) => {
    expect(parseIp(given)?.text).toBe(canonical)
  })

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4x',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '1.2.3.4\n',
    ' 1.2.3.4',
    '0x1.2.3.4',
  ])('%j is no address', (text) => {
    expect(parseIp(text)).toBeNull()
  })

  it.each(['1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/1 ', '::/129', '10.0.0.0/8;x', '/8'])(
    '%j is no network',
    (text) => {
      expect(parseCidr(text)).toBeNull()
    },
  )

  it('clears host bits of a network and keeps those of an interface', () => {
    expect(parseCidr('192.168.0.77/24')?.text).toBe('192.168.0.0/24')
    expect(parseInterfaceAddress('192.168.0.77/24')).toMatchObject({
      text: '192.168.0.77/24',
      network: { text: '192.168.0.0/24' },
    })
    expect(parseInterfaceAddress('8.8.8.8')?.text).toBe('8.8.8.8/32')
  })

  it('a network contains its addresses and overlaps what shares one', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 32 }), (text, a, b) => {
        const wide = cidr(`${text}/${Math.min(a, b)}`)
        const narrow = cidr(`${text}/${Math.max(a, b)}`)
        const address = parseIp(text)
        return address !== null && contains(wide, address) && overlaps(wide, narrow) && overlaps(narrow, wide)
      }),
    )
    expect(overlaps(cidr('10.0.0.0/24'), cidr('10.0.1.0/24'))).toBe(false)
    expect(overlaps(cidr('0.0.0.0/0'), cidr('::/0'))).toBe(false)
  })

  it('parses what it writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const first = parseIp(text)
        return first === null || parseIp(first.text)?.value === first.value
      }),
    )
  })

  it('knows masks, broadcasts and what no machine can have', () => {
    expect(netmask(24)).toBe('255.255.255.0')
    expect(netmask(0)).toBe('0.0.0.0')
    const address = parseInterfaceAddress('10.20.0.1/22')
    expect(address && broadcastOf(address)?.text).toBe('10.20.3.255')
    const single = parseInterfaceAddress('10.20.0.1/32')
    expect(single && broadcastOf(single)).toBeNull()
    for (const text of ['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', 'ff02::1']) {
      const parsed = parseIp(text)
      expect(parsed && isHostAddress(parsed), text).toBe(false)
    }
  })
})
