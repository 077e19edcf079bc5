import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NeutronPort, PortCreate } from '../../../src/openstack/index.ts'
import { ensureManagementPort, type ManagementPortOptions } from '../../../src/orchestrator/management-port/ensure.ts'
import { hostTools } from '../../../src/orchestrator/management-port/host-commands.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { until } from '../../support/program.ts'
import { announceSkip, prepareTools } from '../appliance/support/tools.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const NETWORK = 'aaaaaaaa-0000-4000-8000-000000000001'
const SUBNET = 'bbbbbbbb-0000-4000-8000-000000000001'
const HOST = `pmgt-${process.pid}`
const APPLIANCE = `${HOST}-vm`

/** Neutron's management network, as far as the port of this host goes. */
class Neutron {
  ports: NeutronPort[] = []
  readonly bodies: PortCreate[] = []
  #next = 0

  readonly client: ManagementPortOptions['neutron'] = {
    listPorts: () => Promise.resolve(this.ports),
    listNetworks: () => Promise.resolve([{ id: NETWORK, mtu: 1450 } as never]),
    listSubnets: () => Promise.resolve([{ id: SUBNET, cidr: 'fdca:3ba5:a17a:acda::/64' } as never]),
    createPort: (body) => {
      this.bodies.push(body)
      this.#next += 1
      const n = this.#next
      const port = {
        ...body,
        id: `${n}${n}${n}${n}${n}${n}${n}${n}-0000-4000-8000-000000000001`,
        mac_address: `fa:16:3e:00:00:0${n}`,
        tenant_id: '',
        status: 'DOWN',
        fixed_ips: [{ subnet_id: SUBNET, ip_address: `fdca:3ba5:a17a:acda::13${n}` }],
      } as NeutronPort
      this.ports.push(port)
      return Promise.resolve(port)
    },
    updatePort: (id, change) => {
      this.ports = this.ports.map((port) => (port.id === id ? ({ ...port, ...change } as NeutronPort) : port))
      const port = this.ports.find((one) => one.id === id)
      return port ? Promise.resolve(port) : Promise.reject(new Error('404'))
    },
    deletePort: (id) => {
      this.ports = this.ports.filter((port) => port.id !== id)
      return Promise.resolve()
    },
  }
}

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' })
const inHost = (...args: string[]): string => ip('netns', 'exec', HOST, ...args)
const quietly = (...args: string[]): void => {
  try {
    execFileSync('ip', args, { stdio: 'ignore' })
  } catch {
    // It was not there.
  }
}

interface Link {
  readonly ifname: string
  readonly ifindex: number
  readonly address: string
  readonly mtu: number
  readonly addr_info: readonly { readonly local: string; readonly scope: string }[]
}
const links = (): Link[] => JSON.parse(inHost('ip', '-json', 'address'))
const device = (): Link | undefined => links().find(({ ifname }) => ifname === 'astara-mgt')
const addresses = (): string[] =>
  (device()?.addr_info ?? []).flatMap(({ local, scope }) => (scope === 'link' ? [] : [local]))

/** From an appliance on the same bridge; the first packets may still look for their way. */
function reachable(address: string): boolean {
  try {
    ip('netns', 'exec', APPLIANCE, 'ping', '-6', '-c', '1', '-W', '1', address)
    return true
  } catch {
    return false
  }
}

describe.skipIf(reason !== null)('the orchestrator plugs itself into the management network', () => {
  let neutron: Neutron

  const ensure = (driver: ManagementPortOptions['driver'], prefix: readonly string[] = []) =>
    ensureManagementPort({
      driver,
      neutron: neutron.client,
      host: 'controller-1',
      networkId: NETWORK,
      subnetId: SUBNET,
      integrationBridge: 'br-int',
      run: hostTools(['ip', 'netns', 'exec', HOST, ...prefix]),
      logger: silentLogger,
    })

  beforeEach(() => {
    neutron = new Neutron()
    ip('netns', 'add', HOST)
    inHost('ip', 'link', 'set', 'lo', 'up')
    ip('netns', 'add', APPLIANCE)
  })
  afterEach(() => {
    quietly('netns', 'del', APPLIANCE)
    quietly('netns', 'del', HOST)
  })

  /** An instance on the network, by the veth that stands in the host's bridge. */
  function appliance(): void {
    inHost('ip', 'link', 'add', 'name', 'tapvm', 'type', 'veth', 'peer', 'name', 'vm0')
    inHost('ip', 'link', 'set', 'vm0', 'netns', APPLIANCE)
    ip('netns', 'exec', APPLIANCE, 'ip', 'address', 'add', 'fdca:3ba5:a17a:acda::5/64', 'dev', 'vm0', 'nodad')
    ip('netns', 'exec', APPLIANCE, 'ip', 'link', 'set', 'vm0', 'up')
    inHost('ip', 'link', 'set', 'tapvm', 'up')
  }

  describe('linuxbridge', () => {
    beforeEach(() => {
      inHost('ip', 'link', 'add', 'name', 'brq-mgt', 'type', 'bridge')
      inHost('ip', 'link', 'set', 'brq-mgt', 'up')
      appliance()
      inHost('ip', 'link', 'set', 'tapvm', 'master', 'brq-mgt')
    })
    /** What the L2 agent does when it notices the tap. */
    const wire = (): void => {
      const tap = links().find(({ ifname }) => ifname.startsWith('tap') && ifname !== 'tapvm')
      inHost('ip', 'link', 'set', tap?.ifname ?? '', 'master', 'brq-mgt')
    }

    it('has the port’s MAC, address and MTU, and answers an appliance', async () => {
      const port = await ensure('linuxbridge')
      expect(port).toEqual({
        portId: '11111111-0000-4000-8000-000000000001',
        device: 'astara-mgt',
        address: 'fdca:3ba5:a17a:acda::131',
      })
      expect(neutron.bodies).toEqual([
        {
          network_id: NETWORK,
          name: 'ASTARA:RUG:SERVICE',
          admin_state_up: true,
          device_id: expect.stringMatching(/^[0-9a-f-]{14}5/),
          device_owner: 'network:router_interface',
          fixed_ips: [{ subnet_id: SUBNET }],
          'binding:host_id': 'controller-1',
        },
      ])
      expect(neutron.ports[0]?.device_owner).toBe('network:astara')
      expect(device()).toMatchObject({ address: 'fa:16:3e:00:00:01', mtu: 1450 })
      expect(addresses()).toEqual(['fdca:3ba5:a17a:acda::131'])
      expect(links().map(({ ifname }) => ifname)).toContain('tap11111111-00')
      wire()
      await until(() => reachable('fdca:3ba5:a17a:acda::131'), Boolean, 10_000)
    })

    it('a second start changes nothing', async () => {
      await ensure('linuxbridge')
      wire()
      const before = links()
      await ensure('linuxbridge')
      expect(links()).toEqual(before)
      expect(neutron.bodies).toHaveLength(1)
    })

    it('puts right what is wrong: address gone, another there, device down', async () => {
      await ensure('linuxbridge')
      wire()
      inHost('ip', 'address', 'flush', 'dev', 'astara-mgt', 'scope', 'global')
      inHost('ip', 'address', 'add', '192.0.2.9/24', 'dev', 'astara-mgt')
      inHost('ip', 'link', 'set', 'astara-mgt', 'down')
      await ensure('linuxbridge')
      expect(addresses()).toEqual(['fdca:3ba5:a17a:acda::131'])
      await until(() => reachable('fdca:3ba5:a17a:acda::131'), Boolean, 10_000)
    })

    it('unplugs the port that was deleted in Neutron and plugs in its successor', async () => {
      await ensure('linuxbridge')
      neutron.ports = []
      const { portId } = await ensure('linuxbridge')
      expect(portId).toMatch(/^22222222/)
      const names = links().map(({ ifname }) => ifname)
      expect(names).toContain('tap22222222-00')
      expect(names).not.toContain('tap11111111-00')
      expect(addresses()).toEqual(['fdca:3ba5:a17a:acda::132'])
    })

    it('of two ports, which only a crash can leave, the plugged one stays', async () => {
      await ensure('linuxbridge')
      await neutron.client.createPort({ network_id: NETWORK, name: 'ASTARA:RUG:SERVICE' })
      neutron.ports.reverse()
      const { portId } = await ensure('linuxbridge')
      expect(portId).toMatch(/^11111111/)
      expect(neutron.ports).toHaveLength(1)
    })
  })

  describe.skipIf(!existsSync('/dev/net/tun'))('openvswitch', () => {
    let folder: string
    const environment = (): string[] => ['env', `OVS_RUNDIR=${folder}`, `OVS_LOGDIR=${folder}`, `OVS_DBDIR=${folder}`]
    const ovs = (...args: string[]): string => inHost(...environment(), 'ovs-vsctl', '--timeout=10', ...args)

    beforeAll(() => {
      if (existsSync('/usr/bin/ovs-vsctl')) return
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'openvswitch-switch'], {
        stdio: 'pipe',
        timeout: 300_000,
      })
    }, 300_000)

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'astara-ovs-'))
      const start = (...args: string[]): void => {
        inHost(...environment(), ...args, '--pidfile', '--detach', '--no-chdir', '--log-file')
      }
      execFileSync('/usr/bin/ovsdb-tool', ['create', `${folder}/conf.db`, '/usr/share/openvswitch/vswitch.ovsschema'])
      start('ovsdb-server', `${folder}/conf.db`, `--remote=punix:${folder}/db.sock`)
      ovs('--no-wait', 'init')
      // The switch in user space needs no kernel module.
      start('ovs-vswitchd', '--disable-system')
      ovs('add-br', 'br-int', '--', 'set', 'Bridge', 'br-int', 'datapath_type=netdev')
      appliance()
      ovs('add-port', 'br-int', 'tapvm')
    }, 60_000)
    afterEach(() => {
      for (const daemon of ['ovs-vswitchd', 'ovsdb-server']) {
        const pid = Number(readFileSync(`${folder}/${daemon}.pid`, 'utf8').trim())
        if (pid > 1) process.kill(pid, 'SIGTERM')
      }
      rmSync(folder, { recursive: true, force: true })
    })

    it('is an internal port with the Neutron port’s id, and answers an appliance; a second start changes nothing', async () => {
      await ensure('openvswitch', environment())
      expect(ovs('get', 'Interface', 'astara-mgt', 'external_ids:iface-id')).toContain('11111111-0000-4000-8000')
      expect(ovs('get', 'Interface', 'astara-mgt', 'external_ids:attached-mac')).toContain('fa:16:3e:00:00:01')
      expect(device()).toMatchObject({ address: 'fa:16:3e:00:00:01', mtu: 1450 })
      await until(() => reachable('fdca:3ba5:a17a:acda::131'), Boolean, 10_000)
      const before = device()
      await ensure('openvswitch', environment())
      expect(device()).toEqual(before)
    })

    it('replaces the port that was deleted in Neutron, and a device of the linuxbridge driver', async () => {
      await ensure('linuxbridge')
      await ensure('openvswitch', environment())
      expect(links().map(({ ifname }) => ifname)).not.toContain('tap11111111-00')
      neutron.ports = []
      await ensure('openvswitch', environment())
      expect(ovs('get', 'Interface', 'astara-mgt', 'external_ids:iface-id')).toContain('22222222-0000-4000-8000')
      expect(device()?.address).toBe('fa:16:3e:00:00:02')
      expect(addresses()).toEqual(['fdca:3ba5:a17a:acda::132'])
      await until(() => reachable('fdca:3ba5:a17a:acda::132'), Boolean, 10_000)
    })
  })

  it('a program that is missing, or an argument that does not fit, is an error that says so', async () => {
    await expect(hostTools(['/no/such/program'])('ovs-vsctl', ['show'])).rejects.toMatchObject({
      message: 'ovs-vsctl is not installed',
      suggestions: [expect.stringContaining('openvswitch-switch')],
    })
    await expect(hostTools()('ip', ['link', 'show', 'x; reboot'])).rejects.toThrow(/unfit argument/)
  })
})

afterAll(() => {
  quietly('netns', 'del', APPLIANCE)
  quietly('netns', 'del', HOST)
})
