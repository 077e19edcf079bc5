import { describe, expect, test } from 'vitest'
import { interfaceDriver } from '../../../src/config/types/interface-driver.ts'
import { deviceIdOf } from '../../../src/orchestrator/management-port/device-id.ts'
import { managementPortWithPatience } from '../../../src/orchestrator/management-port/ensure.ts'
import { ownAddressIn } from '../../../src/orchestrator/management-port/index.ts'
import { AstaraError, type Logger, silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

describe('the port of this host', () => {
  test('its device id is what Python says: uuid5(NAMESPACE_DNS, host)', () => {
    expect(deviceIdOf('controller-1')).toBe('f42f2830-b2ec-5a2c-93f3-e3e3328e20a3')
  })

  test.each([
    ['linuxbridge', 'linuxbridge'],
    ['openvswitch', 'openvswitch'],
    ['none', 'none'],
    ['astara.common.linux.interface.OVSInterfaceDriver', 'openvswitch'],
    ['astara.common.linux.interface.BridgeInterfaceDriver', 'linuxbridge'],
    ['akanda.rug.common.linux.interface.OVSInterfaceDriver', 'openvswitch'],
    ['akanda.rug.common.linux.interface.BridgeInterfaceDriver', 'linuxbridge'],
  ])('interface_driver = %s means %s', (written, driver) => {
    expect(interfaceDriver.parse(written)).toBe(driver)
  })

  test.each([
    'ovs',
    '',
    'neutron.agent.linux.interface.OVSInterfaceDriver',
    'astara.common.linux.interface.constructor',
  ])('interface_driver = %s is refused', (written) => {
    expect(() => interfaceDriver.parse(written)).toThrow(/one of linuxbridge, openvswitch, none/)
  })
})

describe('the address of this machine on the management network', () => {
  const prefix = 'fdca:3ba5:a17a:acda::/64'
  const at = (address: string) => [{ address }]

  test('is the one in the prefix; that of the own device first, else the lowest', () => {
    const eth = { lo: at('::1'), eth0: [...at('192.0.2.1'), ...at('fe80::1%eth0'), ...at('fdca:3ba5:a17a:acda::132')] }
    expect(ownAddressIn(prefix, eth)).toBe('fdca:3ba5:a17a:acda::132')
    expect(ownAddressIn(prefix, { ...eth, eth1: at('fdca:3ba5:a17a:acda::9') })).toBe('fdca:3ba5:a17a:acda::9')
    expect(ownAddressIn(prefix, { ...eth, 'astara-mgt': at('fdca:3ba5:a17a:acda::ffff') })).toBe(
      'fdca:3ba5:a17a:acda::ffff',
    )
  })

  test('is null without one', () => {
    expect(ownAddressIn(prefix, { eth0: at('192.0.2.1'), eth1: at('fdca:3ba5:a17a:acdb::1') })).toBeNull()
    expect(ownAddressIn('10.10.0.0/16', { eth0: at('10.11.0.1') })).toBeNull()
  })
})

describe('a start while Neutron is away', () => {
  const parts = (clock: ManualClock, devices: string, log: string[]) => {
    const say = (level: string) => (_: unknown, text?: string) => log.push(`${level}: ${text}`)
    return {
      driver: 'linuxbridge' as const,
      neutron: {
        listPorts: () => Promise.reject(new AstaraError('unreachable', 'Neutron does not answer')),
      } as never,
      host: 'h',
      networkId: 'n',
      subnetId: 's',
      integrationBridge: 'br-int',
      run: () => Promise.resolve(devices),
      logger: { ...silentLogger, warn: say('warn'), error: say('error'), info: say('info') } as Logger,
      clock,
      random: () => 0.5,
      maxSleepMs: 15_000,
    }
  }

  test('goes on trying, ever more slowly, until told to stop', async () => {
    const clock = new ManualClock()
    const log: string[] = []
    const stopping = new AbortController()
    const done = managementPortWithPatience(parts(clock, '[]', log), stopping.signal)
    done.catch(() => {})
    for (let i = 0; i < 60; i += 1) await clock.advance(1_000)
    expect(log.length).toBeGreaterThan(4)
    expect(log.length).toBeLessThan(10)
    stopping.abort(new Error('stop'))
    await expect(done).rejects.toThrow('stop')
  })

  test('takes the port that is plugged in already', async () => {
    const log: string[] = []
    const device = JSON.stringify([
      {
        ifname: 'astara-mgt',
        link: 'tap1',
        address: 'fa:16:3e:00:00:01',
        mtu: 1450,
        flags: ['UP'],
        addr_info: [{ local: 'fdca::131', prefixlen: 64, scope: 'global' }],
      },
    ])
    await managementPortWithPatience(parts(new ManualClock(), device, log), new AbortController().signal)
    expect(log).toEqual([expect.stringMatching(/^warn: .*used as it is/)])
  })
})
