import { describe, expect, it } from 'vitest'
import { ConfigurationRefused } from '../../../src/appliance/body/index.ts'
import { type Body, golden, modelOf } from '../support/agent.ts'

function problems(body: Body): string[] {
  try {
    modelOf(body)
  } catch (error) {
    if (error instanceof ConfigurationRefused) return error.problems.map(({ path }) => path)
    throw error
  }
  return []
}

/** The balancer of a bent golden case. */
function bent(bend: (balancer: Body) => void, name = 'e-lb'): Body {
  const body = golden(name)
  bend(body.services.loadbalancer)
  return body
}

const ports = (body: Body): number[] => modelOf(body).loadBalancer?.listeners.map(({ port }) => port) ?? []

describe('the load balancer of a configuration', () => {
  it('has the golden listeners; those without a member serve nothing', () => {
    expect(ports(golden('e-lb'))).toEqual([80, 8080])
    expect(ports(golden('e2-lb-https-tcp'))).toEqual([443, 3306])
    expect(ports(golden('e3-lb-nolisteners'))).toEqual([])
    expect(modelOf(golden('a-single')).loadBalancer).toBeNull()
  })

  it('appliance defect 28: what is switched off does not serve, at every level', () => {
    expect(ports(bent((lb) => Object.assign(lb, { admin_state_up: false })))).toEqual([])
    expect(ports(bent((lb) => Object.assign(lb.listeners[0], { admin_state_up: false })))).toEqual([8080])
    expect(ports(bent((lb) => Object.assign(lb.listeners[0].default_pool, { admin_state_up: false })))).toEqual([8080])
    const one = bent((lb) => Object.assign(lb.listeners[0].default_pool.members[0], { admin_state_up: false }))
    expect(modelOf(one).loadBalancer?.listeners[0]?.members.map(({ address }) => address.text)).toEqual([
      '192.168.0.195',
    ])
    expect(ports(bent((lb) => Object.assign(lb.listeners[1].default_pool.members[0], { weight: 0 })))).toEqual([80])
  })

  it.each([
    ['the management network', 'fdca:3ba5:a17a:acda::1'],
    ['the appliance itself', '192.168.0.137'],
    ['loopback', '127.0.0.1'],
    ['loopback of IPv6', '::1'],
    ['link-local', '169.254.169.254'],
    ['link-local of IPv6', 'fe80::1'],
    ['everybody', '224.0.0.1'],
  ])('a member cannot lead to %s', (_what, address) => {
    expect(problems(bent((lb) => Object.assign(lb.listeners[0].default_pool.members[1], { address })))).toEqual([
      'services.loadbalancer.listeners[0].default_pool.members[1].address',
    ])
  })

  it('a switched-off member is checked as well: switching it on is no new configuration', () => {
    expect(
      problems(
        bent((lb) =>
          Object.assign(lb.listeners[0].default_pool.members[1], { address: '127.0.0.1', admin_state_up: false }),
        ),
      ),
    ).toHaveLength(1)
  })

  it('the virtual address is one of a loadbalancer network, never the management address', () => {
    for (const vip_address of ['192.168.0.138', 'fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0']) {
      expect(problems(bent((lb) => Object.assign(lb, { vip_address })))).toEqual(['services.loadbalancer.vip_address'])
    }
  })

  it('ports and listeners are there once, and HTTP needs a pool that speaks it', () => {
    const twice = bent((lb) => lb.listeners.push(structuredClone(lb.listeners[0])))
    expect(problems(twice)).toEqual([
      'services.loadbalancer.listeners[2].id',
      'services.loadbalancer.listeners[2].protocol_port',
    ])
    expect(problems(bent((lb) => Object.assign(lb.listeners[0].default_pool, { protocol: 'TCP' })))).toEqual([
      'services.loadbalancer.listeners[0].default_pool.protocol',
    ])
  })

  it('what is done in another way is told', () => {
    const body = bent((lb) => {
      lb.listeners[0].default_pool.session_persistence = { type: 'APP_COOKIE', cookie_name: 'x' }
      lb.listeners[1].default_pool.healthmonitor = { type: 'HTTP', delay: 7, timeout: 2, max_retries: 4 }
    })
    const { warnings, loadBalancer } = modelOf(body)
    expect(warnings).toEqual([
      expect.stringMatching(/^pool 22222222-0000-4000-8000-000000000001: .*source address/),
      expect.stringMatching(/^pool 22222222-0000-4000-8000-000000000002: .*not probed/),
    ])
    expect(loadBalancer?.listeners.map(({ balancing }) => balancing)).toEqual(['source', 'least-connections'])
    expect(loadBalancer?.listeners[1]?.patience).toEqual({ failures: 4, seconds: 7, connectSeconds: 2 })
  })
})
