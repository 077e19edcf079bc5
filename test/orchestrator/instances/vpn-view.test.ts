import { describe, expect, test } from 'vitest'
import type { ApplianceConfig, VpnConfig } from '../../../src/contract/index.ts'
import type { NeutronIpsecConnection } from '../../../src/openstack/index.ts'
import { buildVpn } from '../../../src/orchestrator/drivers/router/vpn.ts'
import { createVpnView } from '../../../src/orchestrator/instances/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { jsonFixture } from '../../support/vectors.ts'
import { Bench } from './support/bench.ts'
import { FakeCloud } from './support/fake-cloud.ts'

interface Samples {
  readonly neutron: {
    readonly vpnservices: { readonly vpnservices: readonly object[] }
    readonly ipsec_site_connections: { readonly ipsec_site_connections: readonly object[] }
    readonly ikepolicy: { readonly ikepolicy: object }
    readonly ipsecpolicy: { readonly ipsecpolicy: object }
    readonly endpoint_groups: Readonly<Record<string, { readonly endpoint_group: object }>>
  }
  readonly samples: readonly { readonly name: string; readonly output: { readonly vpn?: VpnConfig } }[]
}

const { neutron, samples } = jsonFixture('vectors/config_samples.json') as Samples
const ROUTER = '66636dbe-86f3-48e3-843f-13b05f93dd84'

/** The sample's documents for each of `routers`. */
function fill(cloud: FakeCloud, routers: readonly string[]): void {
  const { vpn } = cloud
  const push = (list: object[], item: object, changes: object = {}): void => {
    list.push({ ...structuredClone(item), ...changes })
  }
  const [service] = neutron.vpnservices.vpnservices
  const [connection] = neutron.ipsec_site_connections.ipsec_site_connections
  if (!service || !connection) throw new Error('no sample')
  for (const [n, routerId] of routers.entries()) {
    push(vpn.services, service, { id: n === 0 ? 'vpn1' : `vpn${n + 1}`, router_id: routerId })
    push(vpn.connections, connection, n === 0 ? {} : { id: `c${n + 1}`, vpnservice_id: `vpn${n + 1}` })
  }
  push(vpn.ikePolicies, neutron.ikepolicy.ikepolicy)
  push(vpn.ipsecPolicies, neutron.ipsecpolicy.ipsecpolicy)
  for (const { endpoint_group: group } of Object.values(neutron.endpoint_groups)) push(vpn.endpointGroups, group)
}

function setUp(routers: readonly string[] = [ROUTER]) {
  const clock = new ManualClock()
  const cloud = new FakeCloud(clock)
  fill(cloud, routers)
  const view = createVpnView({ vpn: cloud.openstack.vpn, clock })
  const ask = async (...ids: string[]) => {
    const asked = Promise.allSettled(ids.map((id) => view.documentsOf(id)))
    await clock.advance(10)
    return asked
  }
  const documents = async (id: string) => {
    const [result] = await ask(id)
    if (result?.status !== 'fulfilled') throw result?.reason
    return result.value
  }
  return { cloud, ask, documents }
}

/** JSON with sorted keys, to compare texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

describe('VPN documents', () => {
  test('the sample comes out byte for byte', async () => {
    const sample = samples.find(({ name }) => name === 'vpn')
    const { documents } = setUp()
    expect(canonical(buildVpn(await documents(ROUTER)))).toBe(canonical(sample?.output.vpn))
  })

  test('of 200 routers cost five lists; where nobody has a VPN, one', async () => {
    const routers = Array.from({ length: 200 }, (_, i) => `r${i}`)
    const { cloud, ask } = setUp(routers)
    const results = await ask(...routers)
    expect(results.map((result) => result.status === 'fulfilled' && result.value.connections[0]?.id)).toEqual(
      routers.map((_, i) => `c${i + 1}`),
    )
    expect(cloud.journal).toHaveLength(5)
    cloud.journal.splice(0)
    const [none] = await ask('nobody')
    expect(none).toMatchObject({ status: 'fulfilled', value: { services: [] } })
    expect(cloud.journal.map(({ op }) => op)).toEqual(['listServices'])
  })

  test('a list that lacks what a connection names is an error of the routers concerned, not fewer tunnels', async () => {
    const { cloud, ask } = setUp(['r1', 'r2'])
    const [, second] = cloud.vpn.connections
    if (second) Object.assign(second, { ikepolicy_id: 'another' })
    const [one, two] = await ask('r1', 'r2')
    expect(one?.status).toBe('fulfilled')
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    cloud.emptied.add('listEndpointGroups')
    expect((await ask('r1')).map(({ status }) => status)).toEqual(['rejected'])
  })

  test('a connection made the old way has the subnet and the CIDRs as its ends', async () => {
    const { cloud, documents } = setUp()
    const [connection] = cloud.vpn.connections
    if (connection) Object.assign(connection, { local_ep_group_id: null, peer_ep_group_id: null })
    const [made] = buildVpn(await documents(ROUTER)).ipsec?.[0]?.ipsec_connections ?? []
    expect(made?.local_ep_group).toMatchObject({ type: 'subnet', endpoints: ['int-s4'] })
    expect(made?.peer_ep_group).toMatchObject({ type: 'cidr', endpoints: ['10.50.0.0/16'] })
  })

  test.each<[string, Partial<NeutronIpsecConnection>, RegExp]>([
    ['hidden psk', { psk: '' }, /psk/],
    ['unknown initiator', { initiator: 'canary' }, /initiator/],
    ['malformed CIDR', { peer_cidrs: ['canary'] }, /peer_cidrs\.0/],
  ])('a connection with a %s is left out and said why, without its secrets', async (_, change, why) => {
    const { cloud, documents } = setUp()
    const [connection] = cloud.vpn.connections
    if (connection) Object.assign(connection, { psk: 'canary-psk', ...change })
    const told: string[] = []
    const vpn = buildVpn(await documents(ROUTER), (what) => told.push(JSON.stringify(what)))
    expect(vpn.ipsec?.[0]?.ipsec_connections).toEqual([])
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(why)
    expect(told[0]).not.toContain('canary')
  })

  test('are pushed to the appliance of a router that has them', async () => {
    const bench = new Bench({ vpn: true })
    const id = bench.cloud.addRouter()
    fill(bench.cloud, [id])
    await bench.bringUp(bench.manager(id))
    const config: ApplianceConfig | undefined = bench.appliances.pushes[0]?.config
    expect(config?.vpn?.ipsec).toMatchObject([{ router_id: id, ipsec_connections: [{ psk: 'secret' }] }])
  })
})
