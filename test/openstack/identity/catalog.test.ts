import { describe, expect, it } from 'vitest'
import { findEndpoint, readCatalog } from '../../../src/openstack/identity/catalog.ts'
import { versionedBase } from '../../../src/openstack/identity/endpoint.ts'
import { capturedLogin } from '../support/replay.ts'

const both = readCatalog({
  catalog: [
    {
      type: 'network',
      endpoints: [
        { interface: 'public', region_id: 'east', url: 'http://east' },
        { interface: 'public', region_id: 'west', url: 'http://west' },
        { interface: 'internal', region_id: 'east', url: 'http://inside' },
      ],
    },
    {
      type: 'compute',
      endpoints: [{ region: 'east', publicURL: 'http://p', internalURL: 'http://i', adminURL: 'http://a' }],
    },
    { type: 'empty', endpoints: [] },
  ],
})
const find = (type: string, face: 'public' | 'internalURL' | 'adminURL', region?: string) =>
  findEndpoint(both, { types: [type], interface: face, region })

describe('the catalog', () => {
  it('of a real token has what we need', () => {
    const { token } = capturedLogin().response.body as { token: Record<string, unknown> }
    const real = readCatalog(token)
    const urls = ['network', 'compute', 'image', 'identity'].map((type) =>
      findEndpoint(real, { types: [type], interface: 'public', region: 'RegionOne' }),
    )
    expect(urls).toEqual([
      { url: 'http://127.0.0.1:9696' },
      { url: 'http://127.0.0.1:8774/v2.1' },
      { url: 'http://127.0.0.1:9292' },
      { url: 'http://127.0.0.1:35357/v3' },
    ])
  })

  it('is searched by interface and region, in the old spelling too', () => {
    expect(find('network', 'public', 'west')).toEqual({ url: 'http://west' })
    expect(find('network', 'internalURL')).toEqual({ url: 'http://inside' })
    expect(find('compute', 'adminURL', 'east')).toEqual({ url: 'http://a' })
    expect(findEndpoint(both, { types: ['none', 'compute'], interface: 'public', region: undefined })).toEqual({
      url: 'http://p',
    })
  })

  it.each([
    ['image', 'public', undefined, 'the catalog has no service of type "image"; it has "compute", "empty", "network"'],
    [
      'network',
      'adminURL',
      undefined,
      'service "network" has no admin endpoint in the catalog; it has "internal", "public"',
    ],
    [
      'network',
      'public',
      'north',
      'service "network" has no public endpoint in region "north"; it has some in "east", "west"',
    ],
    ['network', 'public', undefined, 'service "network" has public endpoints in "east", "west": name the region'],
  ] as const)('says what is missing and what there is: %s %s in %s', (type, face, region, missing) => {
    expect(find(type, face, region)).toEqual({ missing })
  })
})

describe('versionedBase', () => {
  it.each([
    ['neutron', 'http://c:9696', 'http://c:9696/v2.0'],
    ['neutron', 'http://c:9696/', 'http://c:9696/v2.0'],
    ['neutron', 'https://c/networking/v2.0/', 'https://c/networking/v2.0'],
    ['glance', 'http://c:9292', 'http://c:9292/v2'],
    ['glance', 'http://c/image/v2', 'http://c/image/v2'],
    ['nova', 'http://c:8774/v2.1', 'http://c:8774/v2.1'],
    ['nova', 'http://c:8774/v2.1/%(tenant_id)s', 'http://c:8774/v2.1/p1'],
    ['nova', 'http://c:8774/v2.1/$(project_id)s', 'http://c:8774/v2.1/p1'],
    ['nova', 'http://c:8774/v2/p1', 'http://c:8774/v2/p1'],
    ['nova', 'https://c/compute', 'https://c/compute/v2.1'],
    ['keystone', 'http://c:5000', 'http://c:5000/v3'],
    ['keystone', 'http://c/identity/v2.0', 'http://c/identity/v3'],
    ['keystone', 'http://c/identity/v3/', 'http://c/identity/v3'],
  ] as const)('%s at %s is asked at %s', (service, url, base) => {
    expect(versionedBase(service, url, 'p1')).toBe(base)
  })

  it.each(['c:9696', 'ftp://c', '', 'http://u:p@c'])('refuses %j', (url) => {
    expect(() => versionedBase('neutron', url, null)).toThrow(expect.objectContaining({ code: 'bad_config' }))
  })
})
