import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { jsonFixture } from '../../support/vectors.ts'
import { connect, startCloud } from '../support/fake-cloud.ts'
import { captured } from '../support/replay.ts'

const SERVICES = 'GET /network/v2.0/vpn/vpnservices'
const EXTENSIONS = 'GET /network/v2.0/extensions'

interface Samples {
  readonly neutron: {
    readonly vpnservices: { readonly vpnservices: readonly object[] }
    readonly ipsec_site_connections: { readonly ipsec_site_connections: readonly object[] }
    readonly ikepolicy: { readonly ikepolicy: object }
    readonly ipsecpolicy: { readonly ipsecpolicy: object }
    readonly endpoint_groups: Readonly<Record<string, { readonly endpoint_group: object }>>
  }
}

/** What a real Neutron without VPNaaS answers. */
function absentAnswer() {
  const exchange = captured('neutron-absent-extensions').find(({ request }) => request.url.includes('/vpn/'))
  if (!exchange) throw new Error('not captured')
  return { status: exchange.response.status, body: exchange.response.body }
}

describe('the VPN client', () => {
  it('reads every document as Neutron gives it', async () => {
    const { neutron } = jsonFixture('vectors/config_samples.json') as Samples
    const groups = Object.values(neutron.endpoint_groups).map((each) => each.endpoint_group)
    const bodies = {
      vpnservices: neutron.vpnservices,
      'ipsec-site-connections': neutron.ipsec_site_connections,
      ikepolicies: { ikepolicies: [neutron.ikepolicy.ikepolicy] },
      ipsecpolicies: { ipsecpolicies: [neutron.ipsecpolicy.ipsecpolicy] },
      'endpoint-groups': { endpoint_groups: groups },
    }
    const cloud = await startCloud()
    for (const [name, body] of Object.entries(bodies)) {
      cloud.on(`GET /network/v2.0/vpn/${name}`, () => ({ status: 200, body }))
    }
    const { vpn } = connect(cloud)
    expect(await vpn.listServices({ router_id: ['r1', 'r2'] })).toEqual(neutron.vpnservices.vpnservices)
    expect(cloud.requests.at(-1)?.query.getAll('router_id')).toEqual(['r1', 'r2'])
    expect(await vpn.listConnections()).toEqual(neutron.ipsec_site_connections.ipsec_site_connections)
    expect(await vpn.listIkePolicies()).toEqual([neutron.ikepolicy.ikepolicy])
    expect(await vpn.listIpsecPolicies()).toEqual([neutron.ipsecpolicy.ipsecpolicy])
    expect(await vpn.listEndpointGroups()).toEqual(groups)
  })

  it('absent: every list is empty, and nobody asks for ten minutes', async () => {
    const cloud = await startCloud()
    cloud.on(SERVICES, absentAnswer)
    cloud.on(EXTENSIONS, () => ({ status: 200, body: { extensions: [{ alias: 'router' }] } }))
    const clock = new ManualClock()
    const { vpn } = connect(cloud, { clock })
    expect(await vpn.listServices({ router_id: ['r'] })).toEqual([])
    expect(await vpn.listServices()).toEqual([])
    expect(await vpn.listConnections()).toEqual([])
    expect([cloud.count(SERVICES), cloud.count(EXTENSIONS)]).toEqual([1, 1])
    clock.jump(601_000)
    cloud.on(SERVICES, () => ({ status: 200, body: { vpnservices: [{ id: 'v', router_id: 'r' }] } }))
    expect(await vpn.listServices()).toEqual([expect.objectContaining({ id: 'v', router_id: 'r' })])
  })

  it('a 404 where Neutron says it has VPNs is a failure, not "no VPN"', async () => {
    const cloud = await startCloud()
    cloud.on(SERVICES, () => ({ status: 404 }))
    cloud.on(EXTENSIONS, () => ({ status: 200, body: { extensions: [{ alias: 'vpnaas' }] } }))
    const { vpn } = connect(cloud)
    await expect(vpn.listServices()).rejects.toMatchObject({ status: 404 })
    cloud.on(SERVICES, () => ({ status: 200, body: { vpnservices: [] } }))
    expect(await vpn.listServices()).toEqual([])
    expect(cloud.count(SERVICES)).toBe(2)
  })

  it('says of a document it cannot read where it is wrong, and never the psk', async () => {
    const cloud = await startCloud()
    const connection = { id: 'c', vpnservice_id: 'v', psk: 'canary-psk', peer_address: 7 }
    cloud.on('GET /network/v2.0/vpn/ipsec-site-connections', () => ({
      status: 200,
      body: { ipsec_site_connections: [connection] },
    }))
    const error: unknown = await connect(cloud)
      .vpn.listConnections()
      .catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(/ipsec_site_connections\[0\]\.peer_address/)
    expect(JSON.stringify(error) + String(error)).not.toContain('canary')
  })
})
