import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AcceptedConfigs } from '../../../src/orchestrator/timeline/accepted-configs.ts'
import { configChanges, maskSecrets } from '../../../src/orchestrator/timeline/index.ts'
import { pack, unpack } from '../../../src/orchestrator/timeline/packed-json.ts'

const network = (cidr: string, allocations: readonly object[] = []) => ({
  network_id: `net-${cidr}`,
  network_type: 'internal',
  subnets: [{ id: `sub-${cidr}`, cidr, gateway_ip: '10.2.0.1' }],
  allocations,
})
const mac = 'fa:16:3e:00:00:01'
const allocation = { mac_address: mac, ip_addresses: { '10.2.0.5': true }, device_id: 'vm' }

describe('where two configurations differ', () => {
  it('is told by what the places are, not by their position', () => {
    const before = { asn: 1, networks: [network('10.1.0.0/24'), network('10.2.0.0/24')] }
    const after = { asn: 2, networks: [network('10.2.0.0/24', [allocation]), network('10.1.0.0/24')] }
    expect(configChanges(before, after).changes).toEqual([
      { path: 'asn', change: 'changed', before: 1, after: 2 },
      { path: `networks[internal 10.2.0.0/24].allocations[${mac}]`, change: 'added', after: allocation },
    ])
  })

  it('without one before it is one place: everything', () => {
    expect(configChanges(null, { asn: 1 })).toEqual({ changes: [{ path: '', change: 'added' }], total: 1 })
  })

  it('a secret that changed is told to have changed, and no more', () => {
    const vpn = (psk: string) => ({
      vpn: { ipsec: [{ id: 's', name: 'svc', ipsec_connections: [{ id: 'c', name: 'conn', psk }] }] },
    })
    const { changes } = configChanges(vpn('old-secret'), vpn('new-secret'))
    expect(changes).toEqual([
      { path: 'vpn.ipsec[svc].ipsec_connections[conn].psk', change: 'changed', before: '***', after: '***' },
    ])
    expect(JSON.stringify(configChanges({}, vpn('new-secret')))).not.toContain('new-secret')
    expect(
      JSON.stringify(maskSecrets({ a: [{ shared_secret: 'x1', user_password: ['x2'], AUTH_TOKEN: { b: 'x3' } }] })),
    ).toBe('{"a":[{"shared_secret":"***","user_password":"***","AUTH_TOKEN":"***"}]}')
  })

  it('many changes are counted, few are listed, long values are cut', () => {
    const allocations = Array.from({ length: 500 }, (_, i) => ({ mac_address: `m${i}`, hostname: 'x'.repeat(10) }))
    const { changes, total } = configChanges({ n: { allocations: [] } }, { n: { allocations } })
    expect([changes.length, total]).toEqual([40, 500])
    const long = configChanges({ text: '' }, { text: 'x'.repeat(10_000) }).changes[0]
    expect(String(long?.after).length).toBeLessThan(500)
  })

  it('of the same configuration there is none, whatever the order of its lists (property)', () => {
    const samples = JSON.parse(
      readFileSync(new URL('../../fixtures/vectors/config_samples.json', import.meta.url), 'utf8'),
    )
    const configs: object[] = Object.values(samples).filter(
      (one): one is object => typeof one === 'object' && one !== null,
    )
    expect(configs.length).toBeGreaterThan(0)
    const shuffled = (value: unknown, random: () => number): unknown => {
      if (Array.isArray(value)) return value.map((item) => shuffled(item, random))
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => {
          const copy = shuffled(inner, random)
          const unordered = ['networks', 'subnets', 'allocations', 'floating_ips', 'addresses'].includes(key)
          return [key, unordered && Array.isArray(copy) ? copy.sort(() => random() - 0.5) : copy]
        }),
      )
    }
    fc.assert(
      fc.property(
        fc.constantFrom(...configs),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (config, numbers) => {
          const random = (): number => numbers.next().value ?? 0
          expect(configChanges(config, shuffled(config, random)).total).toBe(0)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('any two JSON objects differ somewhere, or are equal (property)', () => {
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(object, object, fc.boolean(), (a, b, same) => {
        const [before, after] = [plain(a), plain(same ? a : b)]
        expect(configChanges(before, after).total === 0).toBe(isDeepStrictEqual(before, after))
      }),
      { numRuns: 300 },
    )
  })

  it('packing loses nothing (property)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unpack(pack(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('accepted configurations', () => {
  it('the answer is the last one, masked, and how it came about', () => {
    const configs = new AcceptedConfigs()
    expect(configs.answer('r')).toEqual({
      resource_id: 'r',
      fingerprint: null,
      configured_at: null,
      config: null,
      changes: [],
    })
    const accept = (instance: string, fingerprint: string, config: object, at: number): void =>
      configs.accept(instance, {
        fingerprint,
        config,
        at,
        changes: configs.compare(instance, config, fingerprint).changes,
      })
    accept('i', 'f1', { asn: 1, psk: 'hush' }, 1_000)
    accept('i', 'f2', { asn: 2, psk: 'hush' }, 2_000)
    accept('i', 'f2', { asn: 2, psk: 'hush' }, 3_000)
    expect(configs.answer('r')).toEqual({
      resource_id: 'r',
      fingerprint: 'f2',
      configured_at: new Date(3_000).toISOString(),
      config: { asn: 2, psk: '***' },
      changes: [{ path: 'asn', change: 'changed', before: 1, after: 2 }],
    })
  })

  it('each of a pair is compared with itself, a new one with what the resource had', () => {
    const configs = new AcceptedConfigs()
    const accept = (instance: string, priority: number) => {
      const config = { ha_config: { priority } }
      const { changes } = configs.compare(instance, config, `${priority}`)
      configs.accept(instance, { fingerprint: `${priority}`, config, at: 1, changes })
      return changes
    }
    accept('a', 100)
    expect(accept('b', 50)).toMatchObject([{ path: 'ha_config.priority', before: 100, after: 50 }])
    expect(accept('a', 100)).toEqual([])
    expect(accept('b', 50)).toEqual([])
    expect(accept('c', 50)).toEqual([])
  })
})
