import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { ApplianceConfig } from '../../../src/contract/index.ts'
import type { PortCreate } from '../../../src/openstack/index.ts'
import { applianceOrigin } from '../../../src/orchestrator/instances/appliance-client/address.ts'
import { managementPrefix } from '../../../src/orchestrator/instances/appliance-client/index.ts'
import { namePatterns } from '../../../src/orchestrator/instances/cloud-view/servers.ts'
import { fingerprint } from '../../../src/orchestrator/instances/fingerprint.ts'
import { haConfigs } from '../../../src/orchestrator/instances/ha.ts'
import { interfaceMap, plugDifference } from '../../../src/orchestrator/instances/plug.ts'
import { PortProtection } from '../../../src/orchestrator/instances/port-protection.ts'
import { portBody } from '../../../src/orchestrator/instances/ports.ts'
import { buildUserData } from '../../../src/orchestrator/instances/user-data.ts'
import { jsonFixture } from '../../support/vectors.ts'
import { httpError } from './support/fake-cloud.ts'

describe('ports', () => {
  const { create_port_requests } = jsonFixture('vectors/naming.json') as {
    readonly create_port_requests: readonly { readonly port: Readonly<Record<string, unknown>> }[]
  }

  test('bodies follow the vectors', async () => {
    const id = '66636dbe-86f3-48e3-843f-13b05f93dd84'
    const made = (body: PortCreate, portSecurity = true) =>
      new PortProtection(portSecurity).create(body, (complete) => Promise.resolve(complete))
    const options = { addressless: true }
    const bodies = await Promise.all([
      made(portBody('MGT', id, 'mgt-net-id', options)),
      made(portBody('VRRP', id, 'int-net-id', options)),
      made(portBody('LB', 'lbid', 'int-net-id', options)),
      made(portBody('VRRP', id, 'int-net-id', options), false),
    ])
    const wanted = create_port_requests.map(({ port }) => port)
    // Where protection cannot be off, ours is told to let pass what an appliance forwards (deviations.md).
    expect(wanted[3]).not.toHaveProperty('allowed_address_pairs')
    wanted[3] = { ...wanted[3], allowed_address_pairs: [{ ip_address: '0.0.0.0/0' }, { ip_address: '::/0' }] }
    expect(bodies).toEqual(wanted)
  })

  test('what Neutron refuses of port protection is left out, and not tried again', async () => {
    const protection = new PortProtection(true)
    const asked: string[][] = []
    const refuse = (word: string) => (body: PortCreate) => {
      asked.push(Object.keys(body).filter((key) => /port_security|pairs/.test(key)))
      return Object.keys(body).includes(word)
        ? Promise.reject(httpError('neutron', 400, `Unrecognized attribute(s) '${word}'`))
        : Promise.resolve(body)
    }
    const body = portBody('VRRP', 'r', 'n', { addressless: true })
    await protection.create(body, refuse('port_security_enabled'))
    await protection.create(body, refuse('port_security_enabled'))
    expect(asked.splice(0)).toEqual([['port_security_enabled'], ['allowed_address_pairs'], ['allowed_address_pairs']])
    await protection.create(body, refuse('allowed_address_pairs'))
    expect(asked.splice(0)).toEqual([['allowed_address_pairs'], []])
    await expect(
      protection.create(body, () => Promise.reject(httpError('neutron', 400, 'no such network'))),
    ).rejects.toThrow(/no such network/)
  })
})

describe('HA roles', () => {
  const { instances } = jsonFixture('vectors/ha_config.json') as {
    readonly instances: readonly { id: string; age_s: number; management_address: string; ha_config: unknown }[]
  }

  test('follow the vectors: the older one, whose name is lower, is preferred', () => {
    const byAge = [...instances].sort((a, b) => b.age_s - a.age_s)
    const configs = haConfigs(
      byAge.map(({ id, management_address }, index) => ({ id, index, address: management_address })),
    )
    for (const { id, ha_config } of instances) expect(configs.get(id)).toEqual(ha_config)
  })

  test('pitfall D17: a newcomer never takes the traffic from the one that stays', () => {
    const a = { id: 'a', index: 0, address: '::a' }
    const b = { id: 'b', index: 1, address: '::b' }
    const c = { id: 'c', index: 2, address: '::c' }
    expect(haConfigs([a, b]).get('a')?.priority).toBe(100)
    expect(haConfigs([c, b]).get('b')?.priority).toBe(100)
    expect(haConfigs([c, a]).get('a')?.priority).toBe(100)
  })

  test('never two of the same priority, whatever the names', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.nat(3), (i, j) => {
        const configs = haConfigs([
          { id: 'a', index: i, address: '::a' },
          { id: 'b', index: j, address: '::b' },
        ])
        expect([...configs.values()].map(({ priority }) => priority).sort()).toEqual([100, 50])
      }),
    )
  })
})

describe('fingerprint', () => {
  const sample = (jsonFixture('vectors/config_samples.json') as { samples: { output: ApplianceConfig }[] }).samples[0]
    ?.output

  function shuffle(value: unknown, random: () => number, key = ''): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => shuffle(item, random))
      const unordered = ['networks', 'subnets', 'allocations', 'floating_ips', 'addresses'].includes(key)
      return unordered ? items.sort(() => random() - 0.5) : items
    }
    if (value === null || typeof value !== 'object') return value
    const entries = Object.entries(value).map(([name, item]) => [name, shuffle(item, random, name)] as const)
    return Object.fromEntries(entries.sort(() => random() - 0.5))
  }

  test('does not depend on the order in which Neutron lists things', () => {
    if (!sample) throw new Error('no sample')
    const expected = fingerprint(sample)
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
        const random = (): number => stream.next().value ?? 0
        expect(fingerprint(shuffle(sample, random) as ApplianceConfig)).toBe(expected)
      }),
    )
  })

  test('changes with the content, and with the order of name servers, which means something', () => {
    if (!sample) throw new Error('no sample')
    const expected = fingerprint(sample)
    expect(fingerprint({ ...sample, floating_ips: [] })).not.toBe(expected)
    expect(fingerprint({ ...sample, asn: 1 })).not.toBe(expected)
    const copy = structuredClone(sample)
    for (const network of copy.networks) for (const subnet of network.subnets) subnet.dns_nameservers.reverse()
    expect(fingerprint(copy)).not.toBe(expected)
  })
})

describe('management addresses', () => {
  test('pitfall S5: only those inside management_prefix', () => {
    const permits = managementPrefix('fdca:3ba5:a17a:acda::/64')
    expect(permits('fdca:3ba5:a17a:acda:f816:3eff:feaa:0')).toBe(true)
    for (const address of [
      'fdca:3ba5:a17a:acdb::1',
      '169.254.169.254',
      '127.0.0.1',
      '::1',
      '::ffff:10.0.0.1',
      'fdca:3ba5:a17a:acda::1%eth0',
      'localhost',
      'fdca:3ba5:a17a:acda::1/64',
      '',
      '10.0.0.1@evil',
    ]) {
      expect(permits(address), address).toBe(false)
    }
    const v4 = managementPrefix('127.64.0.0/10')
    expect(v4('127.64.0.1')).toBe(true)
    expect(v4('127.1')).toBe(false)
    expect(v4('::ffff:127.64.0.1')).toBe(false)
    expect(() => managementPrefix('nonsense')).toThrow(/management_prefix/)
  })

  test('pitfall D60: IPv6 addresses stand in brackets, IPv4 ones do not', () => {
    expect(applianceOrigin('fdca::1', 5000)).toBe('http://[fdca::1]:5000')
    expect(applianceOrigin('127.64.0.1', 5000)).toBe('http://127.64.0.1:5000')
  })
})

describe('plugging', () => {
  const port = (id: string, networkId: string, macAddress: string) => ({
    id,
    networkId,
    macAddress,
    lent: false,
    unwired: false,
  })

  test('finds what is missing and what is too much', () => {
    const member = {
      ports: [port('1', 'a', 'm1'), port('2', 'b', 'm2'), port('3', 'b', 'm3')],
      attaching: [port('4', 'c', 'm4')],
    }
    const { missing, extra } = plugDifference(member, ['a', 'b', 'c', 'd'])
    expect(missing).toEqual(['d'])
    expect(extra.map(({ id }) => id)).toEqual(['3'])
    expect(plugDifference(member, []).extra).toHaveLength(4)
  })

  test('pitfall D20: every interface is looked at, not only up to the first that differs', () => {
    const member = {
      management: { ...port('0', 'mgt', 'aa:00'), fixedIps: [], address: '::1' },
      ports: [port('1', 'a', 'aa:01'), port('2', 'b', 'aa:02')],
      attaching: [],
    }
    const reported = [
      { ifname: 'lo', lladdr: null },
      { ifname: 'ge0', lladdr: 'AA:00' },
      { ifname: 'ge9', lladdr: 'ff:ff' },
      { ifname: 'ge2', lladdr: 'aa:02' },
    ]
    const { interfaces, lagging } = interfaceMap(member, reported)
    expect([...interfaces]).toEqual([
      ['mgt', 'ge0'],
      ['b', 'ge2'],
    ])
    expect(lagging.map(({ id }) => id)).toEqual(['1'])
  })
})

describe('user data', () => {
  test('is a cloud-config that brings up the management interface', () => {
    const text = buildUserData({
      bootCommand: 'astara-configure-management',
      macAddress: 'fa:16:3e:aa:00:00',
      address: 'fdca:3ba5:a17a:acda:f816:3eff:feaa:0',
      prefixLength: 64,
      sshPublicKey: 'ssh-ed25519 AAAA operator\n',
    })
    expect(text.split('\n')[0]).toBe('#cloud-config')
    expect(parse(text, { version: '1.1' })).toMatchObject({
      bootcmd: ['/usr/local/bin/astara-configure-management fa:16:3e:aa:00:00 fdca:3ba5:a17a:acda:f816:3eff:feaa:0/64'],
      output: { all: '| tee -a /var/log/cloud-init-output.log' },
      users: [
        {
          name: 'astara',
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          lock_passwd: true,
          ssh_authorized_keys: ['ssh-ed25519 AAAA operator'],
        },
      ],
      final_message: 'Astara appliance is running',
    })
  })
})

describe('server look-up', () => {
  test('asks by name for a few and for all of ours for many', () => {
    expect(namePatterns(['ak-router-1'])).toEqual(['^ak-router-1_'])
    expect(namePatterns(['ak-router-2b', 'ak-router-1-'])).toEqual(['^ak-router-[12][b-]_'])
    expect(namePatterns(['ak-router-1', 'ak-router-22'])).toEqual(['^ak-router-1_', '^ak-router-22_'])
    expect(namePatterns(['ak-router-.*|x'])).toEqual(['^ak-router-...x_'])
    const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `ak-router-${i}`)
    // Beyond that a list of all is cheaper than the filters.
    expect(namePatterns(many(801))).toEqual(['^ak-'])
  })

  test('finds every group asked for and few others, without alternatives: Nova escapes them on MySQL', () => {
    const groups = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 300 })
    const all = fc.sample(fc.uuid(), { numRuns: 2_000, seed: 1 }).map((id) => `ak-router-${id}`)
    fc.assert(
      fc.property(groups, (ids) => {
        const asked = ids.map((id) => `ak-router-${id}`)
        const patterns = namePatterns(asked)
        expect(patterns.join('')).not.toContain('|')
        const expressions = patterns.map((pattern) => new RegExp(pattern))
        const found = (group: string): boolean => expressions.some((expression) => expression.test(`${group}_0`))
        expect(asked.filter((group) => !found(group))).toEqual([])
        expect(all.filter(found).length).toBeLessThan(all.length * 0.05)
      }),
      { numRuns: 100 },
    )
  })
})
