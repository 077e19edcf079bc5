import { describe, expect, it } from 'vitest'
import { assignNames, devicesByName } from '../../../src/appliance/plan/names.ts'
import type { LiveLink } from '../../../src/appliance/system/live.ts'

const link = (device: string, mac: string, nic = true): LiveLink => ({
  device,
  mac,
  mtu: 1500,
  up: true,
  nic,
  addresses: [],
})
const none = new Set<string>()

describe('generic interface names', () => {
  it('appliance defect 23: count in the order of numbers, whatever the kernel calls them', () => {
    const links = ['eth10', 'eth2', 'eth1', 'ens3', 'enp0s4', 'v@if5'].map((device, i) => link(device, `m${i}`))
    const table = assignNames({}, links, null, none)
    expect(Object.values(table)).toEqual(['m4', 'm3', 'm2', 'm1', 'm0', 'm5'])
  })

  it('ge0 is management', () => {
    const links = [link('eth0', 'a'), link('eth1', 'b'), link('eth2', 'c')]
    expect(assignNames({}, links, 'eth1', none)).toEqual({ ge0: 'b', ge1: 'a', ge2: 'c' })
  })

  it('a MAC keeps its name while others come and go', () => {
    const first = assignNames({}, [link('eth0', 'a'), link('eth1', 'b'), link('eth2', 'c')], 'eth0', none)
    const less = assignNames(first, [link('eth0', 'a'), link('eth2', 'c')], 'eth0', none)
    expect(less).toEqual({ ge0: 'a', ge2: 'c' })
    expect(assignNames(less, [link('eth0', 'a'), link('eth2', 'c'), link('eth1', 'd')], 'eth0', none)).toEqual({
      ge0: 'a',
      ge1: 'd',
      ge2: 'c',
    })
  })

  it('the name of a NIC that the configuration speaks of waits for it', () => {
    const first = assignNames({}, [link('eth0', 'a'), link('eth1', 'b')], 'eth0', none)
    const away = assignNames(first, [link('eth0', 'a'), link('eth5', 'x')], 'eth0', new Set(['ge1']))
    expect(away).toEqual({ ge0: 'a', ge1: 'b', ge2: 'x' })
    expect(devicesByName(away, [link('eth0', 'a'), link('eth5', 'x')])).toEqual(
      new Map([
        ['ge0', 'eth0'],
        ['ge2', 'eth5'],
      ]),
    )
  })

  it('loopback, tunnels and members of bridges get none', () => {
    expect(
      assignNames(
        {},
        [link('lo', '00:00:00:00:00:00', false), link('tap1', 't', false), link('eth0', 'a')],
        null,
        none,
      ),
    ).toEqual({ ge0: 'a' })
  })

  it('a renamed NIC is the same NIC', () => {
    expect(devicesByName({ ge0: 'a' }, [link('wan0', 'a')])).toEqual(new Map([['ge0', 'wan0']]))
  })
})
