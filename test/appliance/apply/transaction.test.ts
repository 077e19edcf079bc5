import { describe, expect, it } from 'vitest'
import { ApplyFailed } from '../../../src/appliance/apply/index.ts'
import { ConfigurationRefused } from '../../../src/appliance/body/index.ts'
import { type Body, fakeAppliance, golden, networkOn, settings } from '../support/agent.ts'

async function started(name?: string) {
  const appliance = fakeAppliance(name === 'd-ha-backup' ? { address: 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b1' } : {})
  await appliance.agent.start()
  if (name) await appliance.agent.push(golden(name))
  return appliance
}

describe('applying a configuration', () => {
  it('the same again changes nothing', async () => {
    const { agent, machine } = await started('c-dual')
    const before = machine.journal.length
    expect((await agent.push(golden('c-dual'))).changes).toEqual([])
    expect(machine.journal.length).toBe(before)
  })

  it('what cannot be kept is refused before anything is touched, and what is in force goes on', async () => {
    const { agent, machine, files } = await started('p-dataplane')
    const [before, configuration] = [machine.journal.length, await agent.configuration()]
    files.full.add('/state')
    await expect(agent.push(golden('c-dual'))).rejects.toMatchObject({ step: 'configuration', rolledBack: true })
    expect(machine.journal.length).toBe(before)
    expect(await agent.configuration()).toEqual(configuration)
    expect((await agent.push(golden('p-dataplane'))).changes).toEqual([])
    files.full.clear()
    expect((await agent.push(golden('c-dual'))).changes).not.toEqual([])
    expect(JSON.parse((await files.read(settings.paths.configuration)) ?? '')).toEqual(golden('c-dual'))
  })

  it('a checker that cannot be asked is named, and nothing is touched', async () => {
    const { agent, machine } = await started('p-dataplane')
    const before = machine.journal.length
    machine.check = () => Promise.reject(new Error('no answer after 10000 ms'))
    await expect(agent.push(golden('c-dual'))).rejects.toMatchObject({
      step: expect.stringMatching(/^(dnsmasq|bird)$/),
      message: expect.stringContaining('cannot be checked: no answer'),
      rolledBack: true,
    })
    expect(machine.journal.length).toBe(before)
  })

  it('one of a pair whose conntrackd is not installed is refused before anything is touched', async () => {
    const { agent, machine } = await started('p-dataplane')
    const before = machine.journal.length
    machine.complaint = (name) => (name === 'conntrackd' ? 'it is not installed (package conntrackd)' : null)
    await expect(agent.push(golden('d-ha-master'))).rejects.toThrow(ConfigurationRefused)
    expect(machine.journal.length).toBe(before)
  })

  it('a refused push leaves the kept configuration as it was', async () => {
    const { agent, machine, files } = await started('p-dataplane')
    machine.failIn = 5
    await expect(agent.push(golden('c-dual'))).rejects.toThrow(ApplyFailed)
    expect(JSON.parse((await files.read(settings.paths.configuration)) ?? '')).toEqual(golden('p-dataplane'))
  })

  it('a full disk does not hide the interfaces', async () => {
    const { agent, machine, files } = await started('p-dataplane')
    files.full.add('/state')
    machine.links.set('eth9', { device: 'eth9', mac: 'fa:16:3e:00:00:99', mtu: 1500, up: true, addresses: [] })
    expect((await agent.interfaces()).map(({ ifname }) => ifname)).toEqual(['ge0', 'ge1', 'ge2', 'ge3', 'ge4'])
  })

  it('the order of keys, an old key name or the wrapping is no change', async () => {
    const { agent } = await started('p-dataplane')
    const body = golden('p-dataplane')
    for (const network of body.networks) {
      network.address_allocations = network.allocations
      delete network.allocations
    }
    expect((await agent.push({ configuration: Object.fromEntries(Object.entries(body).reverse()) })).changes).toEqual(
      [],
    )
  })

  it('appliance defect 10: the firewall stands before forwarding is switched on', async () => {
    const { machine } = await started('p-dataplane')
    const forwarding = machine.journal.indexOf('sysctl net/ipv4/ip_forward=1')
    const rules = machine.journal.lastIndexOf('firewall 4', forwarding)
    const rules6 = machine.journal.lastIndexOf('firewall 6', forwarding)
    expect(rules).toBeGreaterThan(-1)
    expect(rules6).toBeGreaterThan(-1)
    // And it stood, closed, before the very first address.
    expect(machine.journal.indexOf('firewall 4')).toBeLessThan(
      machine.journal.findIndex((line) => line.startsWith('ip address-add')),
    )
  })

  it('rules that somebody else changed come first of all', async () => {
    const { agent, machine } = await started('p-dataplane')
    machine.rules[4] = ''
    const at = machine.journal.length
    const body = golden('c-dual')
    await agent.push(body)
    expect(machine.journal[at]).toBe('firewall 4')
  })

  it('new addresses come before the rules that speak of them, obsolete ones go after', async () => {
    const { agent, machine } = await started('p-dataplane')
    const at = machine.journal.length
    const body = golden('p-dataplane')
    networkOn(body, 'ge1').interface.addresses = ['172.16.77.3/24', '2001:db8:77::2/64']
    await agent.push(body)
    const steps = machine.journal.slice(at)
    const position = (text: string): number => steps.findIndex((line) => line.includes(text))
    expect(position('address-add')).toBeLessThan(position('firewall 4'))
    expect(position('firewall 4')).toBeLessThan(position('address-delete'))
    expect(machine.forgotten).toContain('172.16.77.2')
  })

  it('appliance defect 9: a push touches no floating address that stays, nor its connections', async () => {
    const { agent, machine } = await started('c-dual')
    const at = machine.journal.length
    const body = golden('c-dual')
    body.floating_ips.push({ floating_ip: '172.16.77.60', fixed_ip: '192.168.0.3' })
    await agent.push(body)
    const steps = machine.journal.slice(at).join('\n')
    expect(steps).toContain('172.16.77.60')
    expect(steps).not.toMatch(/172\.16\.77\.5[01]/)
    expect(machine.forgotten).toEqual([])
  })

  it('a floating address that goes to another machine forgets its connections, and only its', async () => {
    const { agent, machine } = await started('c-dual')
    const body = golden('c-dual')
    body.floating_ips[0].fixed_ip = '192.168.0.3'
    await agent.push(body)
    expect(machine.forgotten).toEqual(['172.16.77.50'])
  })

  it('appliance defect 11: only what changed is told to a daemon', async () => {
    const { agent, machine } = await started('c-dual')
    const pushed = async (bend: (body: Body) => void): Promise<string[]> => {
      const body = golden('c-dual')
      bend(body)
      return [...(await agent.push(body)).changes].filter((line) => /dnsmasq|bird/.test(line))
    }
    expect(await pushed((b) => b.floating_ips.pop())).toEqual([])
    expect(await pushed((b) => networkOn(b, 'ge2').allocations.pop())).toEqual(['reload dnsmasq'])
    expect(await pushed(() => undefined)).toEqual(['reload dnsmasq'])
    // The same address for another MAC: the lease of the first must go.
    const moved = await pushed((b) =>
      Object.assign(networkOn(b, 'ge2').allocations[1], { mac_address: 'fa:16:3e:77:77:77' }),
    )
    expect(moved).toEqual(['restart dnsmasq'])
    await pushed(() => undefined)
    expect(await pushed((b) => Object.assign(networkOn(b, 'ge3').subnets[1], { dns_nameservers: [] }))).toEqual([
      'reload bird',
    ])
    expect(machine.journal.filter((line) => line === 'start dnsmasq')).toHaveLength(1)
  })

  it('appliance defect 14: what left the configuration leaves the machine', async () => {
    const { agent, machine } = await started('c-dual')
    await agent.push(golden('g-noext'))
    expect(machine.links.get('eth1')).toMatchObject({ up: false, addresses: [] })
    expect(machine.links.get('eth3')).toMatchObject({ up: false, addresses: [] })
    expect(machine.routes).toEqual([])
    expect(machine.daemons.has('bird')).toBe(false)
    expect(machine.daemons.has('dnsmasq')).toBe(true)
  })

  it('appliance defect 15: the address of the API is never taken away', async () => {
    const { agent, machine } = await started('p-dataplane')
    const body = golden('p-dataplane')
    networkOn(body, 'ge0').interface.addresses = ['fdca:3ba5:a17a:acda::77/64']
    await agent.push(body)
    expect(machine.links.get('eth0')?.addresses).toEqual([
      'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0/64',
      'fdca:3ba5:a17a:acda::77/64',
    ])
  })

  it('an address that left the management network leaves the machine: it must not stand in the way of a tenant network for ever', async () => {
    const { agent, machine } = await started('p-dataplane')
    const odd = golden('p-dataplane')
    networkOn(odd, 'ge0').interface.addresses.push('10.20.0.7/22')
    await agent.push(odd)
    expect(machine.links.get('eth0')?.addresses).toContain('10.20.0.7/22')
    await agent.push(golden('c-dual'))
    expect(machine.links.get('eth0')?.addresses).toEqual(['fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0/64'])
  })

  it('a second address on the management NIC changes no rule at the next push', async () => {
    const { agent } = await started('p-dataplane')
    const body = golden('p-dataplane')
    networkOn(body, 'ge0').interface.addresses = ['fdca:3ba5:a17a:acda::1:7/64']
    await agent.push(body)
    expect((await agent.push(body)).changes).toEqual([])
  })

  it('a stale neighbour is forgotten once, and one that comes back wrong again is no failure', async () => {
    const { agent, machine } = await started('p-dataplane')
    const stale = { device: 'eth2', ip: '192.168.0.2', mac: '02:00:00:00:00:99' }
    machine.neighbours = [stale]
    expect((await agent.push(golden('p-dataplane'))).changes).toEqual(['- neighbour 192.168.0.2 on eth2'])
    expect(machine.neighbours).toEqual([])
  })

  it('says what was announced: every new address, no other', async () => {
    const { agent, machine } = await started('p-dataplane')
    machine.announced = []
    const body = golden('p-dataplane')
    body.floating_ips.push({ floating_ip: '172.16.77.60', fixed_ip: '192.168.0.3' })
    await agent.push(body)
    expect(machine.announced).toEqual(['172.16.77.60'])
  })

  it('a refused configuration touches nothing', async () => {
    const { agent, machine } = await started('p-dataplane')
    const before = machine.journal.length
    const body = golden('p-dataplane')
    networkOn(body, 'ge2').interface.ifname = 'ge9'
    await expect(agent.push(body)).rejects.toThrow(ConfigurationRefused)
    expect(machine.journal.length).toBe(before)
  })

  it('what a tool would not take is refused before anything is touched, naming the tool', async () => {
    const { agent, machine } = await started('p-dataplane')
    const before = machine.journal.length
    machine.complaint = (name) => (name === 'dnsmasq' ? 'bad option at line 3' : null)
    await expect(agent.push(golden('c-dual'))).rejects.toThrow(
      'dnsmasq refuses what this configuration means: bad option at line 3',
    )
    expect(machine.journal.length).toBe(before)
  })

  it('pitfall D62, appliance defect 8: whatever step fails, the machine is back where it was, and says which', async () => {
    const { agent, machine } = await started('p-dataplane')
    const good = machine.state()
    const answer = await agent.configuration()
    let failures = 0
    for (let step = 0; ; step += 1) {
      machine.failIn = step
      const next = golden('c-dual')
      next.floating_ips.shift()
      next.labels = { a: ['10.0.0.0/8'] }
      try {
        await agent.push(next)
        break
      } catch (error) {
        if (!(error instanceof ApplyFailed)) throw error
        failures += 1
        expect(error.rolledBack, `step ${step}`).toBe(true)
        expect(error.step).toMatch(
          /^(firewall\.v[46]|addresses|routes|interfaces|forwarding|labels|connections|dnsmasq|bird|metadata)$/,
        )
        expect(machine.state(), `step ${step}: ${error.message}`).toEqual(good)
        expect(await agent.configuration()).toEqual(answer)
      }
    }
    expect(failures).toBeGreaterThan(10)
    machine.failIn = null
    expect((await agent.push(golden('p-dataplane'))).changes.length).toBeGreaterThan(0)
    expect(machine.state()).toEqual(good)
  })

  it('the way back gives an interface its size again where the last good state names none', async () => {
    const body = golden('p-dataplane')
    for (const network of body.networks) {
      network.interface.mtu = null
      network.mtu = null
    }
    const { agent, machine } = await started()
    await agent.push(body)
    expect(machine.links.get('eth2')?.mtu).toBe(1500)
    const sized = structuredClone(body)
    networkOn(sized, 'ge2').interface.mtu = 1400
    sized.floating_ips = []
    let failures = 0
    for (let step = 0; ; step += 1) {
      machine.failIn = step
      try {
        await agent.push(sized)
        break
      } catch (error) {
        if (!(error instanceof ApplyFailed)) throw error
        failures += 1
        expect(machine.links.get('eth2')?.mtu, `step ${step}`).toBe(1500)
      }
    }
    expect(failures).toBeGreaterThan(2)
    expect(machine.links.get('eth2')?.mtu).toBe(1400)
  })

  it('a push believes what nobody told of, the periodic look and every look after a change read all', async () => {
    const { agent, machine } = await started('p-dataplane')
    const trusted: boolean[] = []
    const read = machine.read.bind(machine)
    machine.read = (withAccounting, trust) => {
      trusted.push(trust)
      return read(withAccounting, trust)
    }
    const of = async (work: () => Promise<unknown>): Promise<boolean[]> => {
      trusted.length = 0
      await work()
      return [...trusted]
    }
    expect(await of(() => agent.push(golden('p-dataplane')))).toEqual([true])
    expect(await of(() => agent.reconcile())).toEqual([false])
    const looks = await of(() => agent.push({ ...golden('p-dataplane'), floating_ips: [] }))
    expect(looks.slice(0, 1)).toEqual([true])
    // The last one says that the new state was reached.
    expect(looks.slice(-1)).toEqual([false])
    expect(await of(() => agent.preview(golden('p-dataplane')))).not.toContain(true)
  })

  it('appliance defect 12: rules that the kernel did not take as given are a failure, not a success', async () => {
    const { agent, machine } = await started('p-dataplane')
    const restore = machine.restoreFirewall.bind(machine)
    machine.restoreFirewall = (family, rules) => restore(family, rules.replace(/^-A FORWARD -i eth0 -j DROP$/m, ''))
    await expect(agent.push(golden('c-dual'))).rejects.toThrow(/\d+ of \d+ rules are in the kernel/)
  })

  it('a NIC that was unplugged meanwhile does not stand in the way back', async () => {
    const { agent, machine } = await started('c-dual')
    machine.links.delete('eth3')
    machine.routes = machine.routes.filter((route) => route.device !== 'eth3')
    machine.failIn = 2
    await expect(agent.push({ ...golden('p-dataplane'), floating_ips: [] })).rejects.toMatchObject({ rolledBack: true })
    expect((await agent.push(golden('p-dataplane'))).changes.length).toBeGreaterThan(0)
  })

  it('appliance defect 33: a duplicate is noticed everywhere but on the management network', async () => {
    const { machine } = await started('c-dual')
    const dad = (device: string): string | undefined => machine.sysctls.get(`net/ipv6/conf/${device}/accept_dad`)
    expect(['eth1', 'eth2', 'eth3'].map(dad)).toEqual(['1', '1', '1'])
    expect(dad('eth0') ?? '0').toBe('0')
    const added = machine.journal.filter((line) => line.startsWith('ip address-add') && line.includes('2001:db8'))
    expect(added.length).toBeGreaterThan(2)
    expect(added.some((line) => line.includes('nodad'))).toBe(false)
  })

  it('when even the way back fails it says so, and the next push mends all', async () => {
    const { agent, machine } = await started('p-dataplane')
    machine.failIn = 3
    machine.failOnce = false
    await expect(agent.push(golden('c-dual'))).rejects.toMatchObject({ rolledBack: false })
    machine.failIn = null
    await agent.push(golden('p-dataplane'))
    const fresh = await started('p-dataplane')
    expect(machine.state()).toEqual(fresh.machine.state())
  })

  it('pushes are taken one after the other', async () => {
    const { agent, machine } = await started()
    const results = await Promise.all(
      [golden('p-dataplane'), golden('c-dual'), golden('p-dataplane'), golden('c-dual')].map((body) =>
        agent.push(body),
      ),
    )
    expect(results).toHaveLength(4)
    const alone = await started('c-dual')
    expect(machine.state()).toEqual(alone.machine.state())
  })
})

describe('host name and hosts', () => {
  const identity = { hostname: '/etc/hostname', hosts: '/etc/hosts' }

  it('are set when they are ours to set, once', async () => {
    const { agent, machine, files } = fakeAppliance({ settings: { ...settings, identity } })
    await agent.start()
    await agent.push(golden('a-single'))
    expect(machine.sysctls.get('kernel/hostname')).toBe('ak-b0b4e9bf9d8a4c6b8f25d4d1c1a1e001')
    expect(files.texts.get('/etc/hostname')).toBe('ak-b0b4e9bf9d8a4c6b8f25d4d1c1a1e001\n')
    expect(files.texts.get('/etc/hosts')).toContain(
      'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0  ak-b0b4e9bf9d8a4c6b8f25d4d1c1a1e001',
    )
    expect((await agent.push(golden('a-single'))).changes).toEqual([])
    // A body without a name renames nothing.
    await agent.push(golden('b1-seed-unwrapped'))
    expect(machine.sysctls.get('kernel/hostname')).toBe('ak-b0b4e9bf9d8a4c6b8f25d4d1c1a1e001')
  })

  it('are left alone in a namespace', async () => {
    const { machine, files } = await started('a-single')
    expect(machine.sysctls.has('kernel/hostname')).toBe(false)
    expect([...files.texts.keys()].filter((path) => path.startsWith('/etc'))).toEqual([])
  })
})

describe('the last good configuration', () => {
  it('is in force again after a start, without a change where nothing changed', async () => {
    const { agent, machine, files } = await started('c-dual')
    await agent.stop()
    const before = machine.journal.length
    const again = fakeAppliance({ machine, files })
    await again.agent.start()
    expect(machine.journal.slice(before)).toEqual([])
    expect(await again.agent.configuration()).toEqual(await agent.configuration())
  })

  it('is put back after a reboot', async () => {
    const { machine: old, files } = await started('c-dual')
    files.texts.delete('/run/applied.json')
    const rebooted = fakeAppliance({ files })
    await rebooted.agent.start()
    expect(rebooted.machine.state()).toEqual(old.state())
  })

  it('that no longer fits leaves the machine closed and asking', async () => {
    const { files } = await started('c-dual')
    files.texts.delete('/run/applied.json')
    const rebooted = fakeAppliance({ files })
    rebooted.machine.links.delete('eth3')
    await rebooted.agent.start()
    expect(rebooted.machine.sysctls.get('net/ipv4/ip_forward') ?? '0').toBe('0')
    expect(rebooted.machine.rules[4]).toContain(':FORWARD DROP')
    expect((await rebooted.agent.push(golden('p-dataplane'))).changes.length).toBeGreaterThan(0)
  })

  it('a file that cannot be read is no reason not to start', async () => {
    const appliance = fakeAppliance()
    appliance.files.texts.set('/state/configuration.json', '{"networks": [')
    appliance.files.texts.set('/state/interfaces.json', '[]')
    appliance.files.texts.set('/run/applied.json', 'x')
    await appliance.agent.start()
    expect((await appliance.agent.push(golden('p-dataplane'))).changes.length).toBeGreaterThan(0)
  })

  it('a failed push is not kept', async () => {
    const { agent, machine, files } = await started('p-dataplane')
    const kept = files.texts.get('/state/configuration.json')
    machine.failIn = 4
    await agent.push(golden('c-dual')).catch(() => undefined)
    expect(files.texts.get('/state/configuration.json')).toBe(kept)
  })
})

describe('one of a pair', () => {
  it('appliance defect 27: a backup has no addresses, answers no DHCP, advertises nothing, serves no metadata', async () => {
    const { agent, machine, metadata } = await started('d-ha-backup')
    expect(agent.role).toBe('backup')
    expect(machine.links.get('eth1')).toMatchObject({ up: true, addresses: [] })
    expect([...machine.daemons.keys()].sort()).toEqual(['conntrackd', 'keepalived'])
    expect(metadata.at(-1)?.listeners).toEqual([])
  })

  it('appliance defect 27: becomes master when it gets the mark, and backup when it loses it', async () => {
    const { agent, machine, metadata } = await started('d-ha-backup')
    machine.links.get('lo')?.addresses.push('fe80::a57a:7a/128')
    machine.links.get('eth1')?.addresses.push('172.16.77.2/24')
    await agent.reconcile()
    expect(agent.role).toBe('master')
    expect([...machine.daemons.keys()].sort()).toEqual(['bird', 'conntrackd', 'dnsmasq', 'keepalived'])
    expect(machine.journal).toContain('sync master')
    expect(metadata.at(-1)?.listeners).toHaveLength(1)
    // The addresses that moved here are left alone.
    expect(machine.links.get('eth1')?.addresses).toContain('172.16.77.2/24')
    machine.links.get('lo')?.addresses.pop()
    await agent.reconcile()
    expect(agent.role).toBe('backup')
    expect([...machine.daemons.keys()].sort()).toEqual(['conntrackd', 'keepalived'])
  })

  it('an address that keepalived holds is never taken from it: it would give up', async () => {
    const { agent, machine } = await started('d-ha-master')
    machine.links.get('lo')?.addresses.push('fe80::a57a:7a/128')
    for (const text of ['172.16.77.2/24', '172.16.77.50/32']) machine.links.get('eth1')?.addresses.push(text)
    await agent.reconcile()
    const at = machine.journal.length
    await agent.push({ ...golden('d-ha-master'), floating_ips: [] })
    const steps = machine.journal.slice(at)
    const taken = steps.findIndex((line) => line.includes('address-delete') && line.includes('172.16.77.50'))
    const told = steps.indexOf('reload keepalived')
    expect(told).toBeGreaterThan(-1)
    // The stand-in never removes it, so it is removed in the end, long after keepalived was told.
    expect(taken).toBeGreaterThan(told)
  })

  it('leaving the pair brings addresses and routes back to the node', async () => {
    const { agent, machine } = await started('d-ha-master')
    await agent.push({ ...golden('d-ha-master'), ha_resource: false })
    expect(machine.links.get('eth1')?.addresses).toContain('172.16.77.2/24')
    expect(machine.routes.map((route) => route.destination)).toContain('0.0.0.0/0')
    expect(machine.daemons.has('keepalived')).toBe(false)
  })
})
