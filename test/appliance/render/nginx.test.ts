import { describe, expect, it } from 'vitest'
import { desiredState } from '../../../src/appliance/apply/index.ts'
import { renderFirewall } from '../../../src/appliance/render/firewall/index.ts'
import { renderNginx } from '../../../src/appliance/render/nginx.ts'
import { fakeAppliance, golden, goldenText, modelOf, networkOn, settings } from '../support/agent.ts'

const render = (body: unknown) => renderNginx(modelOf(body), settings.paths.nginx)

/** What a configuration of nginx does: each address it listens on, and the members behind it. */
function effect(text: string): Record<string, string[]> {
  const flat = text.replaceAll(/#[^\n]*/g, '').replaceAll(/\s+/g, ' ')
  const pools = new Map<string, string[]>()
  for (const [, name, body] of flat.matchAll(/upstream (\S+) \{ ([^}]*)\}/g)) {
    const lines = (body ?? '').split(';').map((line) => line.trim())
    pools.set(
      name ?? '',
      lines.filter((line) => line !== ''),
    )
  }
  return Object.fromEntries(
    [...flat.matchAll(/listen (\S+);.*?proxy_pass (?:\w+:\/\/)?([\w-]+);/g)].map(([, address, pool]) => [
      address ?? '',
      pools.get(pool ?? '') ?? ['?'],
    ]),
  )
}

describe('nginx', () => {
  it('golden e-lb: listens and spreads as the working form does', () => {
    expect(effect(render(golden('e-lb'))?.main ?? '')).toEqual(effect(goldenText('modern/e-lb.nginx.conf')))
    expect(Object.keys(effect(goldenText('modern/e-lb.nginx.conf')))).toHaveLength(2)
  })

  it('golden e2: TCP and HTTPS are passed through in a stream context, never spoken as HTTP', () => {
    const main = render(golden('e2-lb-https-tcp'))?.main ?? ''
    expect(effect(main)).toEqual({
      ...effect(goldenText('modern/e2-lb.nginx.stream.conf')),
      // The original sent what came in on 443 to https:// as if it were plain text.
      '192.168.0.137:443': ['server 192.168.0.194:443 weight=1'],
    })
    expect(main).toContain('\nstream {')
    expect(main).not.toMatch(/^http \{|https?:\/\/|tcp:\/\//m)
    expect(main.startsWith('load_module ')).toBe(true)
    expect(render(golden('e-lb'))?.main).not.toContain('load_module')
  })

  it('golden e3: nothing to serve, no daemon', () => {
    expect(render(golden('e3-lb-nolisteners'))).toBeNull()
    expect(render(golden('a-single'))).toBeNull()
  })

  it('golden e4: IPv6 addresses stand in brackets', () => {
    const body = golden('e-lb')
    networkOn(body, 'ge1').interface.addresses = ['2001:db8:a::137/64']
    const balancer = body.services.loadbalancer
    balancer.vip_address = '2001:db8:a::137'
    balancer.listeners = [balancer.listeners[0]]
    balancer.listeners[0].default_pool.members = [{ id: 'm', address: '2001:db8:a::2', protocol_port: 80, weight: 1 }]
    expect(effect(render(body)?.main ?? '')).toEqual(effect(goldenText('modern/e4-lb-v6.nginx.conf')))
    expect(renderFirewall(modelOf(body), 6, settings)).toContain(
      '-A INPUT -i eth1 -d 2001:db8:a::137 -p tcp -m tcp --dport 80 -j ACCEPT',
    )
    expect(renderFirewall(modelOf(body), 4, settings)).not.toContain('--dport 80 ')
  })

  it('appliance defect 28: algorithms, persistence, monitors and a weight of 0 have their effect', () => {
    const body = golden('e-lb')
    const [first, second] = body.services.loadbalancer.listeners
    first.default_pool.members[1].weight = 0
    first.default_pool.session_persistence = { type: 'SOURCE_IP' }
    second.default_pool.healthmonitor = { type: 'TCP', delay: 7, timeout: 2, max_retries: 4 }
    const main = render(body)?.main ?? ''
    expect(effect(main)).toEqual({
      '192.168.0.137:80': [
        'hash $remote_addr consistent',
        'server 192.168.0.194:8080 weight=1',
        'server 192.168.0.195:8080 down',
      ],
      '192.168.0.137:8080': ['least_conn', 'server 192.168.0.196:80 weight=1 max_fails=4 fail_timeout=7s'],
    })
    expect(main.match(/proxy_connect_timeout 2s;/g)).toHaveLength(1)
  })

  it('the text for the checker listens on loopback alone and differs in nothing else', () => {
    for (const name of ['e-lb', 'e2-lb-https-tcp']) {
      const { main, test } = render(golden(name)) ?? { main: '', test: 'x' }
      expect(test).not.toContain('192.168.0.137')
      expect(test.replaceAll('127.0.0.1', '192.168.0.137').replace('nginx.pid.test', 'nginx.pid')).toBe(main)
    }
  })

  it('appliance defect 7: the firewall opens the listeners on the virtual address, and nothing else of that network', () => {
    const rules = renderFirewall(modelOf(golden('e-lb')), 4, settings).split('\n')
    expect(rules.filter((rule) => rule.includes('-i eth1'))).toEqual([
      '-A INPUT -i eth1 -d 192.168.0.137 -p tcp -m tcp --dport 80 -j ACCEPT',
      '-A INPUT -i eth1 -d 192.168.0.137 -p tcp -m tcp --dport 8080 -j ACCEPT',
    ])
    expect(rules).toContain(':INPUT DROP [0:0]')
    expect(rules).toContain(':FORWARD DROP [0:0]')
  })
})

describe('a load balancer on a machine', () => {
  it('starts after address and firewall, reloads for a change, does nothing for the same, stops when it is gone', async () => {
    const { agent, machine } = fakeAppliance()
    await agent.start()
    const first = await agent.push(golden('e-lb'))
    expect(first.changes).toContain('start nginx')
    const at = (text: string): number => machine.journal.findIndex((line) => line.includes(text))
    expect(at('"192.168.0.137/24"')).toBeLessThan(at('start nginx'))
    expect(machine.rules[4]).toContain('--dport 8080')
    expect((await agent.push(golden('e-lb'))).changes).toEqual([])

    const fewer = golden('e-lb')
    fewer.services.loadbalancer.listeners[0].default_pool.members.pop()
    expect((await agent.push(fewer)).changes).toEqual(['reload nginx'])

    const none = await agent.push(golden('e3-lb-nolisteners'))
    expect(none.changes).toContain('stop nginx')
    expect(machine.rules[4]).not.toContain('--dport 80 ')
    expect(machine.daemons.has('nginx')).toBe(false)
  })

  it('the answer shows it in the words in which it came', async () => {
    const { agent } = fakeAppliance()
    await agent.start()
    const { configuration } = await agent.push(golden('e-lb'))
    const pushed = golden('e-lb').services.loadbalancer
    expect(configuration.services).toMatchObject({
      loadbalancer: {
        id: pushed.id,
        vip_address: pushed.vip_address,
        listeners: [{ default_pool: { members: [{ address: '192.168.0.194', weight: 1 }, { weight: 3 }] } }, {}],
      },
    })
  })

  it('nginx that is not installed refuses load balancers and nobody else', async () => {
    const { agent, machine } = fakeAppliance()
    await agent.start()
    machine.complaint = (name) => (name === 'nginx' ? 'it is not installed (package nginx-light)' : null)
    const before = machine.state()
    await expect(agent.push(golden('e-lb'))).rejects.toThrow(/nginx-light/)
    expect(machine.state()).toEqual(before)
    await expect(agent.push(golden('p-dataplane'))).resolves.toBeDefined()
  })

  it('a backup does not serve, but its text is checked: it may be master in a second', () => {
    const model = modelOf({ ...golden('e-lb'), ha_resource: true })
    const backup = desiredState(model, 'backup', settings, 'salt')
    expect(backup.services.get('nginx')).toBeNull()
    expect(backup.checks.get('nginx')).toContain('listen 127.0.0.1:80;')
    expect(desiredState(model, 'master', settings, 'salt').services.get('nginx')).not.toBeNull()
  })

  it('pitfall D62: when nginx does not start everything is taken back', async () => {
    const { agent, machine } = fakeAppliance()
    // What a kernel says when nobody asked for anything.
    for (const family of ['ipv4', 'ipv6']) machine.sysctls.set(`net/${family}/ip_nonlocal_bind`, '0')
    await agent.start()
    await agent.push(golden('p-dataplane'))
    const before = machine.state()
    const start = machine.start.bind(machine)
    machine.start = (spec) => (spec.name === 'nginx' ? Promise.reject(new Error('in use')) : start(spec))
    await expect(agent.push(golden('e-lb'))).rejects.toMatchObject({ step: 'nginx', rolledBack: true })
    expect(machine.state()).toEqual(before)
  })
})
