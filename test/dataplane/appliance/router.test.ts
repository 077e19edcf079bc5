import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, golden, networkOn, secondInternal } from './support/configs.ts'
import { Lab, pause, until } from './support/lab.ts'
import { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'
import { dhcp, ECHO_SERVER, get, ping, reaches, readStream, STREAM_SERVER } from './support/traffic.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const MANAGEMENT = 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0'
const ORCHESTRATOR = 'fdca:3ba5:a17a:acda::1'

/** One router, two machines on its network, an Internet of one host and an orchestrator. */
describe.skipIf(reason !== null)('a router with real packets', () => {
  let lab: Lab
  let router: Router
  const body = (): Body => {
    const config = golden('p-dataplane')
    networkOn(config, 'ge2').subnets[0].dns_nameservers = ['8.8.8.8', '8.8.4.4']
    networkOn(config, 'ge2').subnets[0].host_routes.push({ destination: '10.51.0.0/16', nexthop: '192.168.0.251' })
    return config
  }

  beforeAll(async () => {
    lab = new Lab(['brm', 'bre', 'bra', 'brb'])
    for (const space of ['mgt', 'rtr', 'ext', 'c1', 'c2', 'c3']) lab.space(space)
    lab.cable('mgt', 'eth0', 'brm')
    lab.cable('rtr', 'eth0', 'brm')
    lab.cable('rtr', 'eth1', 'bre')
    lab.cable('rtr', 'eth2', 'bra')
    lab.cable('ext', 'eth0', 'bre')
    lab.cable('c1', 'eth0', 'bra', 'fa:16:3e:00:00:02')
    lab.cable('c2', 'eth0', 'bra', 'fa:16:3e:00:00:03')
    lab.cable('c3', 'eth0', 'bra', 'fa:16:3e:99:99:99')
    for (const space of ['mgt', 'ext', 'c1', 'c2', 'c3']) {
      lab.in(space, 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=0')
      lab.in(space, 'ip', 'link', 'set', 'eth0', 'up')
    }
    lab.in('rtr', 'ip', 'link', 'set', 'eth0', 'up')
    lab.in('rtr', 'ip', 'address', 'add', `${MANAGEMENT}/64`, 'dev', 'eth0', 'nodad')
    lab.in('mgt', 'ip', 'address', 'add', `${ORCHESTRATOR}/64`, 'dev', 'eth0', 'nodad')
    lab.in('ext', 'ip', 'address', 'add', '172.16.77.1/24', 'dev', 'eth0')
    lab.in('ext', 'ip', 'address', 'add', '8.8.8.8/32', 'dev', 'lo')
    lab.in('ext', 'ip', 'address', 'add', '2001:db8:77::1/64', 'dev', 'eth0', 'nodad')
    lab.in('ext', 'ip', 'route', 'add', '2001:db8:a::/64', 'via', '2001:db8:77::2')
    await Promise.all([
      lab.program('ext', ECHO_SERVER, '8.8.8.8', '8000'),
      lab.program('ext', STREAM_SERVER, '8.8.8.8', '8001'),
      lab.program('mgt', ECHO_SERVER, '::', '9697'),
      lab.program('c1', ECHO_SERVER, '0.0.0.0', '80'),
      lab.program('c1', STREAM_SERVER, '0.0.0.0', '81'),
    ])
    router = new Router(lab, 'rtr', MANAGEMENT, 'mgt')
    await router.start()
  })

  afterAll(async () => {
    await router?.stop()
    await lab?.close()
  })

  it('is closed before the first configuration', async () => {
    expect(lab.in('rtr', 'iptables', '-S')).toContain('-P FORWARD DROP')
    expect(lab.in('rtr', 'sysctl', '-n', 'net.ipv4.ip_forward').trim()).toBe('0')
    expect((await router.request('GET', '/v1/status/')).body).toEqual({ v4: false, v6: false })
  })

  it('takes a configuration, and the same one again changes nothing', async () => {
    expect((await router.push(body())).length).toBeGreaterThan(10)
    expect(await router.push(body())).toEqual([])
  })

  it('maps generic names to veth NICs by MAC', async () => {
    const { body: answer } = await router.request('GET', '/v1/system/interfaces')
    const macs = ['eth0', 'eth1', 'eth2'].map((device) =>
      lab.in('rtr', 'cat', `/sys/class/net/${device}/address`).trim(),
    )
    expect((answer.interfaces as Body[]).map(({ ifname, lladdr }) => [ifname, lladdr])).toEqual(
      ['ge0', 'ge1', 'ge2'].map((name, i) => [name, macs[i]]),
    )
  })

  it('appliance defect 19: gives leases with every DNS server, every host route and the default route', async () => {
    const lease = await dhcp(lab, 'c1')
    expect(lease).toMatchObject({
      ip: '192.168.0.2',
      mask: '24',
      router: '192.168.0.1',
      dns: '8.8.8.8 8.8.4.4',
      hostname: '192-168-0-2',
      mtu: '1450',
    })
    expect(lease?.staticroutes).toBe('10.50.0.0/16 192.168.0.250 10.51.0.0/16 192.168.0.251 0.0.0.0/0 192.168.0.1')
    expect(lab.in('c1', 'ip', 'route')).toContain('default via 192.168.0.1')
    expect((await dhcp(lab, 'c2'))?.ip).toBe('192.168.0.3')
  })

  it('gives no lease to a machine that has no allocation', async () => {
    expect(await dhcp(lab, 'c3')).toBeNull()
  })

  it('reaches the gateway, and the outside through SNAT', async () => {
    expect(await reaches(lab, 'c2', '192.168.0.1')).toBe(true)
    expect(await reaches(lab, 'c2', '8.8.8.8')).toBe(true)
    expect(JSON.parse((await get(lab, 'c2', 'http://8.8.8.8:8000/')) ?? '{}').peer).toBe('172.16.77.2')
  })

  it('says that the outside is there', async () => {
    await router.stop()
    await router.start()
    await until('status', async () => (await router.request('GET', '/v1/status')).body.v4 === true)
    expect(await router.push(body())).toEqual([])
  })

  it('a floating IP works outwards, inwards and as a hairpin', async () => {
    expect(JSON.parse((await get(lab, 'c1', 'http://8.8.8.8:8000/')) ?? '{}').peer).toBe('172.16.77.50')
    expect(await get(lab, 'ext', 'http://172.16.77.50/')).not.toBeNull()
    expect(JSON.parse((await get(lab, 'c2', 'http://172.16.77.50/')) ?? '{}').peer).toBe('172.16.77.2')
    expect(JSON.parse((await get(lab, 'c1', 'http://172.16.77.50/')) ?? '{}').peer).toBe('172.16.77.50')
  })

  it('the outside does not reach private addresses without a floating IP', async () => {
    lab.in('ext', 'ip', 'route', 'add', '192.168.0.0/24', 'via', '172.16.77.2')
    expect(await reaches(lab, 'ext', '192.168.0.3')).toBe(false)
    lab.in('ext', 'ip', 'route', 'del', '192.168.0.0/24')
  })

  it('appliance defects 1 and 2: tenants reach neither the API nor the management network', async () => {
    expect(await get(lab, 'mgt', `http://[${MANAGEMENT}]:5000/v1/base/`)).toContain('active')
    lab.in('c1', 'ip', 'address', 'add', '2001:db8:a::99/64', 'dev', 'eth0', 'nodad')
    lab.in('c1', 'ip', 'route', 'add', 'fdca:3ba5:a17a:acda::/64', 'via', '2001:db8:a::1')
    expect(await reaches(lab, 'c1', '2001:db8:a::1')).toBe(true)
    expect(await get(lab, 'c1', `http://[${MANAGEMENT}]:5000/v1/base/`, [], 2)).toBeNull()
    expect(await reaches(lab, 'c1', MANAGEMENT)).toBe(false)
    const capture = lab.background('mgt', 'timeout', '4', 'tcpdump', '-lni', 'eth0', 'src', '2001:db8:a::99')
    let seen = ''
    capture.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
    })
    await pause(1_000)
    expect(await reaches(lab, 'c1', ORCHESTRATOR)).toBe(false)
    await pause(500)
    expect(seen).toBe('')
    for (const url of ['http://192.168.0.1:5000/', 'http://192.168.0.1:22/', 'http://[2001:db8:a::1]:5000/']) {
      expect(await get(lab, 'c1', url, [], 1)).toBeNull()
    }
    expect(await get(lab, 'ext', 'http://172.16.77.2:5000/', [], 1)).toBeNull()
    lab.in('c1', 'ip', 'route', 'del', 'fdca:3ba5:a17a:acda::/64')
    lab.in('c1', 'ip', 'address', 'del', '2001:db8:a::99/64', 'dev', 'eth0')
  })

  it('a tenant that claims to be of the management network sends nothing into it by way of answers', async () => {
    const claim = 'fdca:3ba5:a17a:acda::666'
    lab.in('c1', 'ip', 'address', 'add', '2001:db8:a::99/64', 'dev', 'eth0', 'nodad')
    lab.in('c1', 'ip', 'address', 'add', `${claim}/128`, 'dev', 'eth0', 'nodad')
    lab.in('mgt', 'ip', 'address', 'add', `${claim}/128`, 'dev', 'eth0', 'nodad')
    const capture = lab.background('mgt', 'tcpdump', '-lni', 'eth0', 'icmp6 and ip6[40] < 130 and dst', claim)
    let [seen, ready] = ['', false]
    capture.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
    })
    capture.stderr?.on('data', () => {
      ready = true
    })
    await until('tcpdump listens', () => ready)
    const fromClaim = (...more: string[]) => lab.run('c1', 'ping', '-6', '-c1', '-W1', '-I', claim, ...more)
    lab.in('c1', 'ip', 'route', 'add', '2001:db8:77::/64', 'via', '2001:db8:a::1')
    await fromClaim('2001:db8:a::1')
    await fromClaim('-t', '1', '2001:db8:77::1')
    await fromClaim('2001:db8:77::2')
    await pause(500)
    expect(seen).toBe('')
    // What can be heard is heard.
    await lab.run('rtr', 'ping', '-6', '-c1', '-W1', claim)
    await until('the capture hears', () => seen.includes('echo request'))
    capture.kill('SIGTERM')
    lab.in('mgt', 'ip', 'address', 'del', `${claim}/128`, 'dev', 'eth0')
    lab.in('c1', 'ip', 'route', 'del', '2001:db8:77::/64')
    for (const address of [`${claim}/128`, '2001:db8:a::99/64'])
      lab.in('c1', 'ip', 'address', 'del', address, 'dev', 'eth0')
  })

  it('metadata comes from the right instance, whatever the client says of itself', async () => {
    const answer = JSON.parse(
      (await get(lab, 'c1', 'http://169.254.169.254/latest/meta-data/?x=1', [
        'X-Instance-ID: 11111111-aaaa-4000-8000-000000000003',
        'X-Forwarded-For: 192.168.0.3',
        'X-Tenant-ID: somebody',
      ])) ?? '{}',
    )
    expect(answer.url).toBe('/latest/meta-data/?x=1')
    expect(answer.headers).toMatchObject({
      'x-instance-id': '11111111-aaaa-4000-8000-000000000002',
      'x-forwarded-for': '192.168.0.2',
      'x-tenant-id': 'b0b4e9bf9d8a4c6b8f25d4d1c1a1e001',
    })
  })

  it('metadata: a machine without an allocation gets 404', async () => {
    lab.in('c3', 'ip', 'address', 'add', '192.168.0.77/24', 'dev', 'eth0')
    lab.in('c3', 'ip', 'route', 'add', 'default', 'via', '192.168.0.1')
    const { stdout } = await lab.run(
      'c3',
      'curl',
      '-s',
      '-m',
      '3',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      'http://169.254.169.254/',
    )
    expect(stdout).toBe('404')
    lab.in('c3', 'ip', 'address', 'flush', 'dev', 'eth0')
  })

  it('appliance defect 20: advertises a DHCPv6 subnet with the managed flag, and DHCPv6 answers by MAC', async () => {
    let advertised = ''
    await until('router advertisement', async () => {
      advertised = (await lab.run('c1', 'rdisc6', '-1', '-w', '2000', 'eth0')).stdout
      return advertised.includes('2001:db8:a::/64')
    })
    expect(advertised).toMatch(/Stateful address conf\. *: *Yes/)
    expect(advertised).toMatch(/Autonomous address conf\.: *No/)
    expect(advertised).toContain('2001:4860:4860::8888')
    expect(advertised).toMatch(/MTU +: +1450/)
    await lab.run(
      'c1',
      'dhclient',
      ...['-6', '-1', '-D', 'LL', '-pf', lab.path('d6.pid'), '-lf', lab.path('d6.leases'), '-sf', '/bin/true', 'eth0'],
    )
    expect(lab.read('d6.leases')).toContain('iaaddr 2001:db8:a::2')
    lab.in('c1', 'kill', lab.read('d6.pid').trim())
  })

  it('a SLAAC subnet gives an address and a way out, both ways', async () => {
    const config = body()
    networkOn(config, 'ge2').subnets[1].dhcp_enabled = false
    lab.in('c2', 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_ra=2')
    await router.push(config)
    let own = ''
    await until('SLAAC', async () => {
      await lab.run('c2', 'rdisc6', '-1', '-w', '500', 'eth0')
      own =
        /inet6 (2001:db8:a:[0-9a-f:]+)/.exec(lab.in('c2', 'ip', '-6', 'address', 'show', 'scope', 'global'))?.[1] ?? ''
      return own !== ''
    })
    expect(await reaches(lab, 'c2', '2001:db8:77::1')).toBe(true)
    expect(await reaches(lab, 'ext', own)).toBe(true)
    await router.push(body())
  })

  it('appliance defect 22: an IPv6 floating IP is translated both ways', async () => {
    const config = body()
    config.floating_ips.push({ floating_ip: '2001:db8:77::50', fixed_ip: '2001:db8:a::2' })
    lab.in('c1', 'ip', 'address', 'replace', '2001:db8:a::2/64', 'dev', 'eth0', 'nodad')
    lab.in('c1', 'ip', '-6', 'route', 'replace', 'default', 'via', '2001:db8:a::1')
    await router.push(config)
    await until('IPv6 floating IP', () => reaches(lab, 'ext', '2001:db8:77::50'))
    await router.push(body())
    await pause(50)
    expect(await reaches(lab, 'ext', '2001:db8:77::50')).toBe(false)
  })

  it('appliance defect 32: a new floating IP replaces a wrong neighbour entry outside', async () => {
    lab.in(
      'ext',
      'ip',
      'neigh',
      'replace',
      '172.16.77.60',
      'lladdr',
      '02:00:00:00:00:99',
      'dev',
      'eth0',
      'nud',
      'stale',
    )
    lab.in(
      'ext',
      'ip',
      'neigh',
      'replace',
      '2001:db8:77::60',
      'lladdr',
      '02:00:00:00:00:99',
      'dev',
      'eth0',
      'nud',
      'stale',
    )
    const config = body()
    config.floating_ips.push({ floating_ip: '172.16.77.60', fixed_ip: '192.168.0.3' })
    config.floating_ips.push({ floating_ip: '2001:db8:77::60', fixed_ip: '2001:db8:a::3' })
    await router.push(config)
    const mac = lab.in('rtr', 'cat', '/sys/class/net/eth1/address').trim()
    for (const address of ['172.16.77.60', '2001:db8:77::60']) {
      await until(`neighbour ${address}`, () => lab.in('ext', 'ip', 'neigh', 'show', address).includes(mac), 5_000)
    }
    await router.push(body())
  })

  it('appliance defect 9: 20 pushes that change something lose no ping and no byte of a stream through a floating IP', async () => {
    const other = body()
    networkOn(other, 'ge2').allocations.push({
      mac_address: 'fa:16:3e:00:00:04',
      ip_addresses: { '192.168.0.4': true },
      hostname: '192-168-0-4.local',
      device_id: '11111111-aaaa-4000-8000-000000000004',
    })
    other.floating_ips.push({ floating_ip: '172.16.77.61', fixed_ip: '192.168.0.3' })
    const pings = ping(lab, 'c2', '8.8.8.8', 120, 0.05)
    const inwards = readStream(lab, 'ext', '172.16.77.50', 81, 6_000)
    const outwards = readStream(lab, 'c1', '8.8.8.8', 8001, 6_000)
    for (let i = 0; i < 20; i += 1) await router.push(i % 2 === 0 ? other : body())
    const [{ sent, received }, a, b] = await Promise.all([pings, inwards, outwards])
    expect(received).toBe(sent)
    for (const stream of [a, b]) {
      expect(stream).toMatchObject({ orderly: true, closed: false })
      expect(stream.lines).toBeGreaterThan(200)
    }
  })

  it('appliance defect 11: a new allocation reloads dnsmasq, a moved address restarts it, nothing else touches it', async () => {
    const pid = (): string => lab.read('rtr-run/dnsmasq.pid').trim()
    const before = pid()
    const more = body()
    networkOn(more, 'ge2').allocations.push({
      mac_address: 'fa:16:3e:99:99:99',
      ip_addresses: { '192.168.0.9': true },
      hostname: '192-168-0-9.local',
      device_id: '',
    })
    expect(await router.push(more)).toContain('reload dnsmasq')
    expect(pid()).toBe(before)
    expect((await dhcp(lab, 'c3'))?.ip).toBe('192.168.0.9')
    // The same address for another machine: the old lease must not stand in its way.
    await router.push(body())
    networkOn(more, 'ge2').allocations.at(-1).mac_address = 'fa:16:3e:99:99:98'
    lab.in('c3', 'ip', 'link', 'set', 'eth0', 'address', 'fa:16:3e:99:99:98')
    expect(await router.push(more)).toContain('restart dnsmasq')
    expect((await dhcp(lab, 'c3'))?.ip).toBe('192.168.0.9')
    lab.in('c3', 'ip', 'address', 'flush', 'dev', 'eth0')
    await router.push(body())
  })

  it('removing a floating IP cuts it, connections included', async () => {
    const config = body()
    config.floating_ips = []
    const stream = readStream(lab, 'ext', '172.16.77.50', 81, 3_000)
    await pause(1_000)
    await router.push(config)
    const { lines } = await stream
    expect(lines).toBeGreaterThan(20)
    expect(lines).toBeLessThan(200)
    expect(await reaches(lab, 'ext', '172.16.77.50')).toBe(false)
    expect(lab.in('rtr', 'ip', 'address', 'show', 'eth1')).not.toContain('172.16.77.50')
    await router.push(body())
    expect(await reaches(lab, 'ext', '172.16.77.50')).toBe(true)
  })

  it('appliance defect 14: plugging and unplugging a second network leaves the first alone and cleans up', async () => {
    const pings = ping(lab, 'c2', '8.8.8.8', 120, 0.05)
    const stream = readStream(lab, 'c1', '8.8.8.8', 8001, 6_000)
    lab.space('d1')
    lab.cable('rtr', 'net7', 'brb')
    lab.cable('d1', 'eth0', 'brb', 'fa:16:3e:00:00:12')
    lab.in('d1', 'ip', 'link', 'set', 'eth0', 'up')
    const dual = body()
    dual.networks.push(secondInternal())
    dual.floating_ips.push({ floating_ip: '172.16.77.51', fixed_ip: '10.20.0.2' })
    await router.push(dual)
    expect((await dhcp(lab, 'd1'))?.ip).toBe('10.20.0.2')
    expect(await reaches(lab, 'd1', '8.8.8.8')).toBe(true)
    expect(await reaches(lab, 'd1', '192.168.0.3')).toBe(true)
    // The network leaves the configuration first, then the NIC.
    await router.push(body())
    expect(lab.in('rtr', 'ip', '-br', 'address', 'show', 'net7')).not.toContain('10.20.0.1')
    expect(lab.in('rtr', 'ip', 'route')).not.toContain('net7')
    lab.in('rtr', 'ip', 'link', 'del', 'net7')
    expect(await router.push(body())).toEqual([])
    const [{ sent, received }, result] = await Promise.all([pings, stream])
    expect(received).toBe(sent)
    expect(result).toMatchObject({ orderly: true, closed: false })
  })

  it('appliance defect 14: without an external network its addresses and default routes go', async () => {
    const config = golden('g-noext')
    await router.push(config)
    expect(lab.in('rtr', 'ip', 'route')).not.toContain('default')
    expect(lab.in('rtr', 'ip', '-6', 'route')).not.toContain('default')
    expect(lab.in('rtr', 'ip', '-br', 'address', 'show', 'eth1')).not.toContain('172.16.77')
    expect(await reaches(lab, 'c2', '192.168.0.1')).toBe(true)
    await router.push(body())
    expect(await reaches(lab, 'c2', '8.8.8.8')).toBe(true)
  })

  it('appliance defect 16: another default gateway replaces the first without a gap', async () => {
    lab.in('ext', 'ip', 'address', 'add', '172.16.77.9/24', 'dev', 'eth0')
    const pings = ping(lab, 'c2', '8.8.8.8', 60, 0.02)
    const config = body()
    config.default_v4_gateway = '172.16.77.9'
    await router.push(config)
    expect(lab.in('rtr', 'ip', 'route')).toContain('default via 172.16.77.9')
    await router.push(body())
    const { sent, received } = await pings
    expect(received).toBe(sent)
  })

  it('appliance defect 31: labels count what crosses the edge, survive pushes, and are reset by reading them with POST', async () => {
    const config = body()
    config.labels = { far: ['8.8.8.0/24'], unused: ['203.0.113.0/24'] }
    await router.push(config)
    await ping(lab, 'c2', '8.8.8.8', 3, 0.05)
    config.floating_ips = []
    await router.push(config)
    const read = async (method: string): Promise<Body> => {
      const { body: answer } = await router.request(method, '/v1/firewall/labels')
      return (answer.labels as Body[]).find(({ name }) => name === 'far')
    }
    expect(await read('GET')).toMatchObject({ packets_in: 3, packets_out: 3, total_packets: 6, bytes_in: 252 })
    expect((await read('POST')).total_packets).toBe(6)
    expect((await read('GET')).total_packets).toBe(0)
    expect(await router.push(config)).toEqual([])
    await router.push(body())
    expect(lab.in('rtr', 'nft', 'list', 'tables')).not.toContain('astara_labels')
  })

  it('what somebody changed behind its back is mended by the next push', async () => {
    lab.in('rtr', 'iptables', '-F', 'FORWARD')
    lab.in('rtr', 'ip', 'address', 'del', '192.168.0.1/24', 'dev', 'eth2')
    lab.in('rtr', 'ip', 'address', 'add', '10.66.0.1/24', 'dev', 'eth2')
    lab.in('rtr', 'sysctl', '-qw', 'net.ipv4.ip_forward=0')
    const changes = await router.push(body())
    expect(changes.join('\n')).toMatch(/IPv4 rules \(they are not as they were left\)/)
    expect(await router.push(body())).toEqual([])
    expect(await reaches(lab, 'c2', '8.8.8.8')).toBe(true)
    expect(lab.in('rtr', 'ip', 'address', 'show', 'eth2')).not.toContain('10.66')
  })

  it.each([
    ['an IPv4 rule', ['iptables', '-I', 'FORWARD', '-j', 'ACCEPT'], /IPv4 rules/],
    ['an IPv6 rule', ['ip6tables', '-t', 'nat', '-I', 'POSTROUTING', '-j', 'ACCEPT'], /IPv6 rules/],
    ['an address', ['ip', 'address', 'add', '10.66.0.1/24', 'dev', 'eth2'], /- 10\.66\.0\.1/],
    ['a route', ['ip', 'route', 'del', 'default'], /\+ route 0\.0\.0\.0/],
    ['an IPv6 route', ['ip', '-6', 'route', 'del', 'default'], /\+ route ::/],
    ['a size', ['ip', 'link', 'set', 'eth2', 'mtu', '1300'], /eth2: mtu/],
    ['forwarding', ['sysctl', '-qw', 'net.ipv4.ip_forward=0'], /ip_forward = 1/],
  ])('%s that somebody changed: an unchanged push, quick as it is, mends it', async (_what, command, change) => {
    await router.push(body())
    expect(await router.push(body())).toEqual([])
    lab.in('rtr', command[0] ?? '', ...command.slice(1))
    let changes: string[] = []
    // News of rules come by another process, which may be some milliseconds behind.
    await until('mended', async () => {
      changes = await router.push(body())
      return changes.length > 0
    })
    expect(changes.join('\n')).toMatch(change)
    expect(await router.push(body())).toEqual([])
  })

  it('a NIC that is another one under the same name is seen as what it is', async () => {
    lab.cable('rtr', 'net8', 'brb', 'fa:16:3e:00:88:01')
    const seen = async (): Promise<unknown> => (await router.request('GET', '/v1/system/interfaces')).body.interfaces
    expect(JSON.stringify(await seen())).toContain('fa:16:3e:00:88:01')
    expect(await router.push(body())).toEqual([])
    lab.in('rtr', 'ip', 'link', 'del', 'net8')
    lab.cable('rtr', 'net8', 'brb', 'fa:16:3e:00:88:02')
    expect(await router.push(body())).toEqual([])
    expect(JSON.stringify(await seen())).toContain('fa:16:3e:00:88:02')
    lab.in('rtr', 'ip', 'link', 'del', 'net8')
    expect(await router.push(body())).toEqual([])
  })

  it('a daemon that dies comes back', async () => {
    lab.in('rtr', 'kill', '-9', lab.read('rtr-run/dnsmasq.pid').trim())
    await until('lease', async () => (await dhcp(lab, 'c2')) !== null)
  })

  it('an agent that was killed is followed by one that puts everything back, with one set of daemons', async () => {
    await router.stop('SIGKILL')
    expect(await reaches(lab, 'c2', '8.8.8.8')).toBe(true)
    await router.start()
    expect((await dhcp(lab, 'c2'))?.ip).toBe('192.168.0.3')
    const names = lab.processes('rtr')
    expect(names.filter((name) => name === 'dnsmasq')).toHaveLength(1)
    expect(names.filter((name) => name === 'bird')).toHaveLength(1)
    expect(await router.push(body())).toEqual([])
  })

  it('a bad configuration is refused with every problem named, and nothing changes', async () => {
    const config = body()
    networkOn(config, 'ge2').subnets[0].cidr = '192.168.0.0/33'
    networkOn(config, 'ge2').allocations[0].mac_address = 'x\ndhcp-script=/bin/sh'
    const before = lab.in('rtr', 'iptables-save')
    const answer = await router.request('PUT', '/v1/system/config/', config)
    expect(answer.status).toBe(422)
    expect((answer.body.details as Body[]).map(({ path }) => path).sort()).toEqual([
      'networks[2].allocations[0].mac_address',
      'networks[2].subnets[0].cidr',
    ])
    expect(lab.in('rtr', 'iptables-save').replaceAll(/\[\d+:\d+\]|^#.*$/gm, '')).toBe(
      before.replaceAll(/\[\d+:\d+\]|^#.*$/gm, ''),
    )
    expect(await router.push(body())).toEqual([])
  })
})
