import { describe, expect, it } from 'vitest'
import { renderDnsmasq } from '../../../src/appliance/render/dnsmasq.ts'
import { type Body, golden, goldenText, modelOf, networkOn } from '../support/agent.ts'

const PATHS = { hosts: '/run/h', options: '/run/o', pid: '/run/p', resolv: '/etc/resolv.conf' }
const render = (body: Body) => {
  const files = renderDnsmasq(modelOf(body), PATHS)
  if (!files) throw new Error('nothing to serve')
  return files
}
const lines = (text: string): string[] => text.split('\n').filter(Boolean)

describe('dnsmasq', () => {
  it('says all that the working file of p-dataplane says', () => {
    const ours = lines(render(golden('p-dataplane')).test)
    const theirs = lines(goldenText('modern/p-dataplane.dnsmasq.eth2.conf')).map((line) =>
      line.replace('eth2_', 'ge2_'),
    )
    expect(ours).toEqual(expect.arrayContaining(theirs))
  })

  it('the test text is the main file with hosts and options in it', () => {
    const { main, hosts, options, test } = render(golden('c-dual'))
    for (const line of lines(hosts)) expect(test).toContain(`dhcp-host=${line}\n`)
    for (const line of lines(options)) expect(test).toContain(`dhcp-option=${line}\n`)
    expect(
      lines(main)
        .filter((line) => !line.includes('file=/run'))
        .every((line) => test.includes(`${line}\n`)),
    ).toBe(true)
  })

  it('appliance defect 19: one line per option, with all its values and the default route', () => {
    const options = lines(render(golden('c-dual')).options)
    expect(options).toContain(
      'tag:ge3_0,option:classless-static-route,10.60.0.0/16,10.20.0.9,10.61.0.0/16,10.20.0.9,0.0.0.0/0,10.20.0.1',
    )
    expect(lines(render(golden('a-single')).options)).toContain('tag:ge2_0,option:dns-server,8.8.8.8,8.8.4.4')
    const names = options.map((line) => line.split(',').slice(0, 2).join())
    expect(new Set(names).size).toBe(names.length)
  })

  it('appliance defect 19: the subnet’s gateway is told, not the router’s own address', () => {
    const body = golden('a-single')
    networkOn(body, 'ge2').subnets[0].gateway_ip = '192.168.0.254'
    expect(render(body).options).toContain('option:router,192.168.0.254\n')
  })

  it('a subnet without a gateway: no default route is told, and the way to the metadata service is', () => {
    const body = golden('a-single')
    const [subnet] = networkOn(body, 'ge2').subnets
    subnet.gateway_ip = ''
    subnet.host_routes = []
    const { options } = render(body)
    expect(options).toContain('option:router\n')
    expect(options).toContain('option:classless-static-route,169.254.169.254/32,192.168.0.1\n')
    expect(options).not.toContain('0.0.0.0/0')
  })

  it('appliance defect 20: servers and routes of the other family are left away', () => {
    const body = golden('p-dataplane')
    const [v4, v6] = networkOn(body, 'ge2').subnets
    v4.dns_nameservers = ['2001:4860:4860::8888', '8.8.8.8']
    v6.dns_nameservers = ['8.8.8.8']
    v6.host_routes = [{ destination: '2001:db8:f::/48', nexthop: '2001:db8:a::9' }]
    const { options } = render(body)
    expect(options).toContain('tag:ge2_0,option:dns-server,8.8.8.8\n')
    expect(options).not.toContain('ge2_1')
  })

  it('appliance defect 21: every address of a machine is served', () => {
    const body = golden('p-dataplane')
    networkOn(body, 'ge2').subnets.push({
      id: 'more',
      cidr: '192.168.1.0/24',
      gateway_ip: '192.168.1.1',
      dhcp_enabled: true,
      dns_nameservers: [],
    })
    networkOn(body, 'ge2').interface.addresses.push('192.168.1.1/24')
    networkOn(body, 'ge2').allocations[0].ip_addresses = {
      '192.168.0.2': true,
      '192.168.1.2': true,
      '2001:db8:a::2': true,
      '2001:db8:a::22': true,
    }
    expect(lines(render(body).hosts).slice(0, 2)).toEqual([
      'fa:16:3e:00:00:02,192.168.0.2,[2001:db8:a::2],[2001:db8:a::22],192-168-0-2',
      'fa:16:3e:00:00:02,192.168.1.2,192-168-0-2',
    ])
  })

  it('a machine without a DHCP address has no line, and a name that is none is left away', () => {
    expect(render(golden('c-dual')).hosts).not.toContain('fa:16:3e:00:00:13')
    const body = golden('a-single')
    networkOn(body, 'ge2').allocations[0].hostname = '2001-db8-a--.local'
    expect(lines(render(body).hosts)[0]).toBe('fa:16:3e:00:00:02,192.168.0.2')
  })

  it('a subnet in which the router does not stand is not served', () => {
    const body = golden('a-single')
    networkOn(body, 'ge2').subnets[0].cidr = '192.168.9.0/24'
    expect(render(body).main).not.toContain('dhcp-range')
  })

  it('an isolated network gets leases without a router', () => {
    const body = golden('a-single')
    networkOn(body, 'ge2').network_type = 'isolated'
    expect(lines(render(body).options)).toContain('tag:ge2_0,option:router')
  })

  it('a missing NIC does not stop the others', () => {
    expect(render(golden('c-dual')).main).toContain('bind-dynamic\n')
    expect(render(golden('c-dual')).main).not.toContain('bind-interfaces')
  })

  it('no tenant network, no server', () => {
    const body = golden('a-single')
    body.networks.pop()
    expect(renderDnsmasq(modelOf(body), PATHS)).toBeNull()
  })
})
