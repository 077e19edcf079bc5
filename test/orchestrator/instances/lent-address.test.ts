import { describe, expect, test } from 'vitest'
import { holdsLentAddress } from '../../../src/orchestrator/instances/lent-address.ts'
import { Bench } from './support/bench.ts'
import { EXTERNAL_NETWORK, httpError, MANAGEMENT_NETWORK } from './support/fake-cloud.ts'

/** A cloud whose Neutron lacks the service plugin `segments`. */
function stock(): Bench {
  const bench = new Bench()
  bench.cloud.segments = false
  return bench
}

const instancePorts = (bench: Bench, id: string) =>
  bench.cloud.portsOf(id).filter(({ name }) => name.includes(':VRRP:'))

describe('addresses lent to instance ports', () => {
  test('without segments Nova refuses a port without an address', () => {
    const { cloud } = stock()
    const { id } = cloud.addPort({ network_id: MANAGEMENT_NETWORK })
    expect(() => cloud.makeServer({ name: 'x', imageRef: '', flavorRef: '', networks: [{ port: id }] })).toThrow(
      /FixedIP/,
    )
  })

  test('a port is lent one until Nova has plugged it in, and ends without', async () => {
    const bench = stock()
    const id = bench.cloud.addRouter({ networks: 2 })
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    expect(instancePorts(bench, id).map(({ fixed_ips }) => fixed_ips.length)).toEqual([1, 1, 1])
    await bench.bringUp(manager)
    expect(instancePorts(bench, id).map(({ fixed_ips }) => fixed_ips)).toEqual([[], [], []])
    const [push] = bench.appliances.pushes
    expect(JSON.stringify(push)).not.toContain('192.0.2.')
  })

  test('with segments nothing is lent', async () => {
    const bench = new Bench()
    await bench.bringUp(bench.manager(bench.cloud.addRouter()))
    expect(bench.cloud.count('updatePort')).toBe(0)
  })

  test('while Nova still builds, nothing is taken back: it may look at the ports again', async () => {
    const bench = stock()
    bench.cloud.bootMs = 100_000
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    for (let i = 0; i < 5; i += 1) {
      await bench.run(manager, 'updateState')
      await bench.clock.advance(manager.wait?.ms ?? 1_000)
    }
    expect(instancePorts(bench, id).every(({ fixed_ips }) => fixed_ips.length === 1)).toBe(true)
  })

  test('an address that follows from the MAC is no loan', async () => {
    const bench = stock()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    for (const port of instancePorts(bench, id)) {
      const full = bench.cloud.ports.get(port.id)
      if (full) {
        full.mac_address = 'fa:16:3e:12:62:47'
        full.fixed_ips = [{ subnet_id: 's', ip_address: 'fd00::f816:3eff:fe12:6247' }]
      }
    }
    await bench.run(manager, 'updateState')
    await bench.clock.advance(5_000)
    await bench.run(manager, 'updateState')
    expect(
      bench.cloud.journal.filter(({ op, argument }) => op === 'updatePort' && JSON.stringify(argument).includes('[]')),
    ).toEqual([])
  })

  test.each([
    ['fa:16:3e:12:62:47', 'fdca:3ba5:a17a:acda:f816:3eff:fe12:6247', false],
    ['FA:16:3E:00:00:00', 'fd00::f816:3eff:fe00:0', false],
    ['02:00:00:00:00:01', '2001:db8::ff:fe00:1', false],
    ['fa:16:3e:12:62:47', 'fdca:3ba5:a17a:acda::132', true],
    ['fa:16:3e:12:62:47', '10.0.0.5', true],
    ['nonsense', 'fdca::f816:3eff:fe12:6247', true],
  ])('of MAC %s address %s is lent: %s', (mac_address, ip_address, lent) => {
    const { cloud } = stock()
    const port = cloud.addPort({
      network_id: MANAGEMENT_NETWORK,
      mac_address,
      fixed_ips: [{ subnet_id: 's', ip_address }],
    })
    expect(holdsLentAddress(port)).toBe(lent)
    expect(holdsLentAddress({ ...port, fixed_ips: [] })).toBe(false)
  })

  test('a port plugged in later gives its address back at once', async () => {
    const bench = stock()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.bringUp(manager)
    bench.cloud.addInterface(id)
    await bench.run(manager, 'configure')
    expect(manager.state).toBe('replug')
    await bench.run(manager, 'replug')
    expect(instancePorts(bench, id).map(({ fixed_ips }) => fixed_ips)).toEqual([[], [], []])
  })

  test('what could not be given back is tried again by the next health check', async () => {
    const bench = stock()
    const id = bench.cloud.addRouter()
    const manager = bench.manager(id)
    await bench.run(manager, 'boot')
    bench.cloud.fault = (op) => (op === 'updatePort' ? httpError('neutron', 503) : undefined)
    await bench.bringUp(manager)
    expect(instancePorts(bench, id).some(({ fixed_ips }) => fixed_ips.length > 0)).toBe(true)
    bench.cloud.fault = () => undefined
    expect(await bench.drive(manager.quickAlive(new AbortController().signal))).toBe(false)
    await bench.run(manager, 'updateState')
    expect(instancePorts(bench, id).every(({ fixed_ips }) => fixed_ips.length === 0)).toBe(true)
    expect(await bench.drive(manager.quickAlive(new AbortController().signal))).toBe(true)
  })

  test('a successor gives back what an orchestrator killed between boot and return had lent', async () => {
    const bench = stock()
    const id = bench.cloud.addRouter()
    await bench.run(bench.manager(id), 'boot')
    await bench.clock.advance(5_000)
    const successor = bench.manager(id)
    await bench.bringUp(successor)
    expect(bench.cloud.serversOf(id)).toHaveLength(1)
    expect(instancePorts(bench, id).every(({ fixed_ips }) => fixed_ips.length === 0)).toBe(true)
  })

  test('another subnet helps out; a full network is said with what to do, and heals', async () => {
    const bench = stock()
    const { cloud } = bench
    const id = cloud.addRouter()
    const [external] = [...cloud.subnets.values()].filter((subnet) => subnet.network_id === EXTERNAL_NETWORK)
    cloud.full.add(external?.id ?? '')
    const manager = bench.manager(id)
    expect(await bench.failure(manager, 'boot')).toMatchObject({
      reason: 'network_full',
      message: expect.stringContaining(EXTERNAL_NETWORK),
      suggestions: [expect.stringContaining('allocation pools'), expect.stringContaining('segments')],
    })
    expect(cloud.serversOf(id)).toHaveLength(0)
    cloud.addSubnet(EXTERNAL_NETWORK, '198.51.100.0/24')
    await bench.bringUp(manager)
    expect(instancePorts(bench, id)).toHaveLength(2)
  })
})

describe('a boot in which each call fails once', () => {
  const CALLS = ['createPort', 'updatePort', 'createServer', 'listPorts', 'listServers', 'listSubnets', 'getFlavor']

  /** Everything in the cloud that is not this router's instance. */
  const others = (bench: Bench, id: string): string =>
    JSON.stringify([
      [...bench.cloud.ports.values()].filter(({ name }) => !name.endsWith(id)),
      [...bench.cloud.subnets.values()],
      [...bench.cloud.networks.values()],
    ])

  test.each(
    CALLS.flatMap((op) =>
      [0, 1, 2, 3].flatMap((nth) => [500, 409, null, 'lost' as const].map((status) => [op, nth, status] as const)),
    ),
  )('%s, time %i, with %s: nothing is left over', async (op, nth, status) => {
    for (const killed of [false, true]) {
      const bench = stock()
      const id = bench.cloud.addRouter({ networks: 2 })
      const before = others(bench, id)
      let left = nth
      let hit = false
      const fail = (name: string) => {
        if (name !== op || hit) return undefined
        hit = left === 0
        left -= 1
        return hit ? httpError('neutron', status === 'lost' ? null : status) : undefined
      }
      if (status === 'lost') bench.cloud.lost = fail
      else bench.cloud.fault = fail
      let manager = bench.manager(id)
      for (let i = 0; i < 60 && manager.state !== 'configured'; i += 1) {
        await bench.turn(manager).catch(() => {})
        // Dies at the failure, and a successor finds what there is.
        if (hit && killed && i === nth) manager = bench.manager(id)
        await bench.clock.advance(5_000)
        await bench.run(manager, 'updateState').catch(() => {})
      }
      expect(manager.state).toBe('configured')
      for (let i = 0; i < 3; i += 1) {
        await bench.clock.advance(60_000)
        await bench.run(manager, 'updateState')
      }
      expect(bench.cloud.serversOf(id)).toHaveLength(1)
      expect(bench.cloud.portsOf(id)).toHaveLength(4)
      expect(instancePorts(bench, id).every(({ fixed_ips }) => fixed_ips.length === 0)).toBe(true)
      expect(others(bench, id)).toBe(before)
    }
  })
})
