import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAssignment, parseIni } from '../../src/config/ini.ts'
import { cidr, host, ip } from '../../src/config/types/address.ts'
import { dict, list } from '../../src/config/types/collections.ts'
import { boolean, float, integer, port, seconds } from '../../src/config/types/numbers.ts'
import { choice, text, url, uuid } from '../../src/config/types/text.ts'
import { BadValue, type ValueType } from '../../src/config/types/value-type.ts'

const refuses = (type: ValueType<unknown>, ...texts: string[]): void => {
  for (const bad of texts) expect(() => type.parse(bad), JSON.stringify(bad)).toThrow(BadValue)
}

/** Through a file and back. */
function roundTrip<T>(type: ValueType<T>, value: T): T {
  const { assignments } = parseIni(`[g]\n${formatAssignment('key', type.format(value))}\n`)
  return type.parse((assignments[0]?.text ?? '').replaceAll('\\$', '$'))
}

describe('numbers', () => {
  it('reads what Python reads', () => {
    expect(['5', ' 5 ', '+5', '-5', '1_000', '007', '-0'].map((t) => integer().parse(t))).toEqual([
      5, 5, 5, -5, 1000, 7, 0,
    ])
    expect(['1.5', '.5', '2.', '1e3', '-1_0.2_5'].map((t) => float().parse(t))).toEqual([1.5, 0.5, 2, 1000, -10.25])
  })

  it('refuses the rest', () => {
    refuses(integer(), '', '0x10', '1.0', '1e3', '_1', '1__0', 'ten', '9007199254740993', '5 # five')
    refuses(float(), '', '.', 'nan', 'inf', '1e999', '0x1')
    refuses(port, '0', '65536', '-1')
    refuses(seconds(), '-1', '3s')
  })

  it('says the limits', () => {
    expect(integer({ min: 1, max: 9 }).allowed).toBe('a whole number from 1 to 9')
    expect(() => integer({ min: 1, max: 9 }).parse('10')).toThrow('a whole number from 1 to 9')
    expect(seconds().allowed).toBe('a number of seconds of at least 0')
  })

  it('property: numbers survive a file', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), (n, d) => {
        expect(roundTrip(integer(), n)).toBe(n)
        expect(roundTrip(float(), d)).toBe(d === 0 ? 0 : d)
      }),
    )
  })
})

describe('booleans', () => {
  it('knows true 1 on yes and false 0 off no in any case, and nothing else', () => {
    expect(['true', 'TRUE', '1', 'on', 'Yes'].map((t) => boolean.parse(t))).toEqual(Array(5).fill(true))
    expect(['false', '0', 'oFf', 'NO'].map((t) => boolean.parse(t))).toEqual(Array(4).fill(false))
    refuses(boolean, '', '2', 'y', 't', 'enabled')
  })
})

describe('lists', () => {
  it('splits at commas outside quotes', () => {
    const type = list(text)
    expect(type.parse('a, b ,"c,d", \'e\'')).toEqual(['a', 'b', 'c,d', 'e'])
    expect(type.parse('')).toEqual([])
    expect(type.parse('  ')).toEqual([])
    expect(type.parse('a,b,')).toEqual(['a', 'b'])
    expect(type.parse('a,,b')).toEqual(['a', '', 'b'])
    expect(type.parse('a,\n  b')).toEqual(['a', 'b'])
    expect(type.parse('say "hi", it\'s')).toEqual(['say "hi"', "it's"])
    refuses(type, '"a', '"a" b, c')
  })

  it('refuses a wrong item with what an item may be', () => {
    expect(() => list(choice('router', 'loadbalancer')).parse('router, firewall')).toThrow(
      'one of router, loadbalancer',
    )
    refuses(list(port), '80,x')
  })

  it('property: lists survive a file', () => {
    const item = fc.string({ unit: 'grapheme-ascii' }).filter((s) => !(s.includes('"') && s.includes("'")))
    fc.assert(
      fc.property(fc.array(item), (items) => {
        expect(roundTrip(list(text), items)).toEqual(items)
      }),
      { numRuns: 500 },
    )
  })
})

describe('dicts', () => {
  it('separates at the first colon', () => {
    expect(dict(text).parse('a:b, c:d:e')).toEqual({ a: 'b', c: 'd:e' })
    expect(dict(integer()).parse('a:1')).toEqual({ a: 1 })
    expect(dict(text).parse('')).toEqual({})
    refuses(dict(text), 'a', ':b', 'a:1,a:2')
    refuses(dict(integer()), 'a:x')
  })

  it('property: dicts survive a file', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_.-]+$/)
    const value = fc.string({ unit: 'grapheme-ascii' }).map((s) => s.replaceAll(/["']/g, '').trim())
    fc.assert(
      fc.property(fc.dictionary(word, value), (values) => {
        expect(roundTrip(dict(text), values)).toEqual({ ...values })
      }),
    )
  })
})

describe('words', () => {
  it('takes a word of the set exactly as written', () => {
    expect(choice('plain', 'json').parse('json')).toBe('json')
    refuses(choice('plain', 'json'), 'JSON', '', 'json ')
  })

  it('brings UUIDs into one form', () => {
    expect(uuid.parse('7C1A2B3C4D5E4F60817293A4B5C6D7E8')).toBe('7c1a2b3c-4d5e-4f60-8172-93a4b5c6d7e8')
    refuses(uuid, '', 'x', '7c1a2b3c-4d5e-4f60-8172-93a4b5c6d7e', '../../7c1a2b3c4d5e4f60817293a4b5c6d7e8')
  })

  it('wants URLs with one of the schemes', () => {
    expect(url('http', 'https').parse('HTTPS://keystone:5000/v3')).toBe('HTTPS://keystone:5000/v3')
    expect(url().parse('sqlite:////var/lib/astara/astara.db')).toBe('sqlite:////var/lib/astara/astara.db')
    refuses(url('http'), 'keystone:5000', 'ftp://x', 'http://a b', '')
    refuses(url(), 'localhost', '/var/lib/x', '://x')
  })
})

describe('addresses', () => {
  it('takes addresses, networks and names', () => {
    expect(ip.parse('10.0.0.1')).toBe('10.0.0.1')
    expect(ip.parse('::1')).toBe('::1')
    refuses(ip, '1.2.3', '1', 'localhost', 'fe80::1%eth0', '01.2.3.4', '')
    expect(cidr.parse('fdca:3ba5:a17a:acda::/64')).toBe('fdca:3ba5:a17a:acda::/64')
    refuses(cidr, '10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', 'x/8')
    expect(['localhost', 'nova-api.example.com', '0.0.0.0', '::'].map((t) => host.parse(t))).toHaveLength(4)
    refuses(host, '', '1.2.3', '256.1.1.1', '-a', 'a..b', 'a b', 'http://x', '[::1]', `${'a'.repeat(64)}.com`)
  })
})
