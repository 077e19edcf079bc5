import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { request, startTestCloud, type TestCloud, until } from './support.ts'

let test: TestCloud

beforeAll(async () => {
  test = await startTestCloud({ routers: 2, tenants: 1 })
})
afterAll(() => test.stop())

interface Booted {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly managementMac: string
  readonly path: string
}

/** What the orchestrator does: a management port without addresses of its own choice, then a server on it. */
async function create(name: string): Promise<Booted> {
  const port = await test.service.neutron('POST', '/v2.0/ports', {
    port: {
      network_id: test.cloud.managementNetworkId,
      name: `ASTARA:MGT:${name}`,
      fixed_ips: [],
      security_groups: [],
      port_security_enabled: false,
    },
  })
  const server = await test.service.nova('POST', '/v2.1/servers', {
    server: { name, imageRef: test.cloud.imageId, flavorRef: '511', networks: [{ port: port.body.port.id }] },
  })
  expect(server.status).toBe(202)
  const [ip] = port.body.port.fixed_ips
  return {
    id: server.body.server.id,
    name,
    url: `http://${ip.ip_address}:5000`,
    managementMac: port.body.port.mac_address,
    path: `/v2.1/servers/${server.body.server.id}`,
  }
}

const alive = (booted: Booted): Promise<number | null> =>
  request('GET', `${booted.url}/v1/status/`).then(
    (answer) => answer.status,
    () => null,
  )
const comesUp = (booted: Booted): Promise<number | null> =>
  until(
    () => alive(booted),
    (status) => status === 200,
  )
const serverStatus = async (booted: Booted): Promise<unknown> => {
  const answer = await test.service.nova('GET', booted.path)
  return answer.status === 404 ? 404 : answer.body.server.status
}

const config = (ifname = 'ge0') => ({
  tenant_id: 'tenant',
  hostname: 'ak-tenant',
  asn: 64512,
  neighbor_asn: 64512,
  default_v4_gateway: '',
  floating_ips: [],
  labels: {},
  ha_resource: false,
  vpn: {},
  networks: [
    {
      network_id: test.cloud.managementNetworkId,
      network_type: 'management',
      interface: { ifname, addresses: ['127.64.0.2/16'] },
      v4_conf_service: 'static',
      v6_conf_service: 'static',
      subnets: [],
      allocations: [],
    },
  ],
})

describe('a simulated appliance', () => {
  it('gets a loopback address although its port asked for none, and answers on it after the boot', async () => {
    test.cloud.faults.set('appliance-0', { bootTimeMs: 500 })
    const booted = await create('appliance-0')
    expect(booted.url).toMatch(/^http:\/\/127\.\d+\.0\.\d+:5000$/)
    expect(await alive(booted)).toBeNull()
    await comesUp(booted)
    expect(await serverStatus(booted)).toBe('ACTIVE')
    expect((await request('GET', `${booted.url}/v1/status/`)).body).toEqual({ v4: true, v6: true })
    expect((await request('GET', `${booted.url}/v1/firewall/rules`)).status).toBe(200)
    const { interfaces } = (await request('GET', `${booted.url}/v1/system/interfaces`)).body
    expect(interfaces).toMatchObject([{ ifname: 'ge0', lladdr: booted.managementMac, state: 'up' }])
    expect((await request('GET', `${booted.url}/v1/nonsense`)).status).toBe(404)
  })

  it('shows a hot-plugged interface, and loses it again', async () => {
    const booted = await create('appliance-1')
    await comesUp(booted)
    test.cloud.faults.set(booted.name, { hotplugMs: 20 })
    const port = await test.service.neutron('POST', '/v2.0/ports', {
      port: {
        network_id: test.cloud.externalNetworkId,
        fixed_ips: [],
        security_groups: [],
        port_security_enabled: false,
      },
    })
    const macs = async (): Promise<string[]> =>
      (await request('GET', `${booted.url}/v1/system/interfaces`)).body.interfaces.map(
        (one: { lladdr: string }) => one.lladdr,
      )
    const both = [booted.managementMac, port.body.port.mac_address]
    await test.service.nova('POST', `${booted.path}/os-interface`, {
      interfaceAttachment: { port_id: port.body.port.id },
    })
    expect(await until(macs, (list) => list.length === 2)).toEqual(both)
    await test.service.nova('DELETE', `${booted.path}/os-interface/${port.body.port.id}`)
    expect(await until(macs, (list) => list.length === 1)).toEqual([booted.managementMac])
  })

  it('keeps an accepted configuration, and refuses bad ones in different ways', async () => {
    const booted = await create('appliance-2')
    await comesUp(booted)
    const put = (body: unknown, headers?: Record<string, string>) =>
      request('PUT', `${booted.url}/v1/system/config`, body, headers)
    const accepted = await put(config())
    expect(accepted.status).toBe(200)
    expect(accepted.body.configuration.networks[0].network_id).toBe(test.cloud.managementNetworkId)
    expect((await request('GET', `${booted.url}/v1/system/config`)).body.configuration.system.tenant_id).toBe('tenant')
    expect((await put({ ...config(), tenant_id: '' })).status).toBe(422)
    expect((await put(config('ge7'))).status).toBe(500)
    expect((await put(config(), { 'Content-Type': 'text/plain' })).status).toBe(415)
    expect(test.cloud.nova.appliance(booted.id)).toMatchObject({ pushes: 1, config: { tenant_id: 'tenant' } })
  })

  it('lets its address go with its server, and Nova forgets it by and by', async () => {
    const booted = await create('appliance-3')
    await comesUp(booted)
    expect((await test.service.nova('DELETE', booted.path)).status).toBe(204)
    const seen = new Set<unknown>()
    await until(
      async () => {
        const status = await serverStatus(booted)
        seen.add(status)
        return status
      },
      (status) => status === 404,
    )
    expect([...seen]).toEqual(['ACTIVE', 'DELETED', 404])
    expect(await alive(booted)).toBeNull()
    const ports = await test.service.neutron('GET', `/v2.0/ports?name=ASTARA:MGT:${booted.name}`)
    expect(ports.body.ports).toMatchObject([{ device_id: '', device_owner: '', 'binding:vif_type': 'unbound' }])
  })

  it('deleted while it boots, never comes up', async () => {
    test.cloud.faults.set('appliance-4', { bootTimeMs: 300 })
    const booted = await create('appliance-4')
    await test.service.nova('DELETE', booted.path)
    await until(
      () => serverStatus(booted),
      (status) => status === 404,
    )
    expect(await alive(booted)).toBeNull()
    expect(test.cloud.nova.appliance(booted.id)).toBeNull()
  })
})

describe('faults', () => {
  it('never boots: ACTIVE in Nova, nothing listens', async () => {
    test.cloud.faults.set('fault-0', { boot: 'never' })
    const booted = await create('fault-0')
    await until(
      () => serverStatus(booted),
      (status) => status === 'ACTIVE',
    )
    expect(await alive(booted)).toBeNull()
  })

  it('ends in ERROR with a fault that says why', async () => {
    test.cloud.faults.set('fault-1', { boot: 'error' })
    const booted = await create('fault-1')
    await until(
      () => serverStatus(booted),
      (status) => status === 'ERROR',
    )
    expect((await test.service.nova('GET', booted.path)).body.server.fault.message).toContain('No valid host')
  })

  it('dies and comes back, hangs, is slow; configuration is rejected or fails', async () => {
    const booted = await create('fault-2')
    await comesUp(booted)
    const { faults } = test.cloud
    faults.set(booted.name, { alive: 'refuse' })
    await until(
      () => alive(booted),
      (status) => status === null,
    )
    faults.set(booted.name, { alive: 'ok' })
    await comesUp(booted)

    faults.set(booted.name, { alive: 'hang' })
    const hung = await fetch(`${booted.url}/v1/status/`, { signal: AbortSignal.timeout(150) }).catch(
      (error: Error) => error.name,
    )
    expect(hung).toBe('TimeoutError')
    faults.set(booted.name, { alive: 'ok', delayMs: 120 })
    const started = performance.now()
    expect(await alive(booted)).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(110)

    faults.set(booted.name, { delayMs: 0, config: 'reject' })
    const put = () => request('PUT', `${booted.url}/v1/system/config`, config())
    expect((await put()).status).toBe(422)
    faults.set(booted.name, { config: 'fail' })
    expect((await put()).status).toBe(500)
    faults.clear(booted.name)
    expect((await put()).status).toBe(200)
  })

  it('are set, shown and ended over HTTP', async () => {
    const url = `${test.cloud.keystoneUrl}/_embedded/faults`
    const set = await request('PUT', url, {
      all: { bootTimeMs: 10 },
      instances: { abc: { alive: 'hang' } },
      apis: [{ service: 'nova', mode: 'status', status: 503, times: 1 }],
    })
    expect(set.body).toEqual({
      all: { bootTimeMs: 10 },
      instances: {
        'fault-0': { boot: 'never' },
        'fault-1': { boot: 'error' },
        abc: { alive: 'hang' },
        'appliance-0': { bootTimeMs: 500 },
        'appliance-1': { hotplugMs: 20 },
        'appliance-4': { bootTimeMs: 300 },
      },
      apis: [{ service: 'nova', mode: 'status', status: 503, times: 1 }],
    })
    const refused = await test.service.nova('GET', '/v2.1/servers')
    expect([refused.status, Object.keys(refused.body)]).toEqual([503, ['serviceUnavailable']])
    expect((await test.service.nova('GET', '/v2.1/servers')).status).toBe(200)
    expect((await request('PUT', url, { all: { alive: 'perhaps' } })).status).toBe(400)
    expect((await request('PUT', url, { all: {} }, { 'Content-Type': 'text/plain' })).status).toBe(415)
    expect((await request('DELETE', url)).status).toBe(204)
    expect((await request('GET', url)).body).toEqual({ all: {}, instances: {}, apis: [] })
  })

  it('of the APIs: a hanging and a dropped request', async () => {
    test.cloud.faults.api({ service: 'neutron', method: 'GET', path: '/v2.0/ports', mode: 'drop', times: 1 })
    await expect(test.service.neutron('GET', '/v2.0/ports')).rejects.toThrow()
    test.cloud.faults.api({ service: 'neutron', path: '/v2.0/routers', mode: 'hang', times: 1 })
    const hung = fetch(`${test.cloud.endpoints.neutron}/v2.0/routers`, { signal: AbortSignal.timeout(100) })
    await expect(hung).rejects.toThrow(/timeout/)
    expect((await test.service.neutron('GET', '/v2.0/routers')).status).toBe(200)
  })

  it('revoked tokens are refused from then on', async () => {
    const other = await startTestCloud({ routers: 0 })
    expect((await other.admin.neutron('GET', '/v2.0/networks')).status).toBe(200)
    other.cloud.revokeTokens()
    expect((await other.admin.neutron('GET', '/v2.0/networks')).status).toBe(401)
    await other.stop()
  })
})

describe('two clouds on one machine', () => {
  it('never share addresses, and leave nothing behind', async () => {
    const one = await startTestCloud({ routers: 0 })
    const two = await startTestCloud({ routers: 0 })
    const prefix = (cloud: TestCloud): unknown => cloud.cloud.configOverrides.DEFAULT?.management_prefix
    expect(prefix(one)).not.toBe(prefix(two))
    await one.stop()
    await two.stop()
    await expect(fetch(one.cloud.keystoneUrl)).rejects.toThrow()
  })
})
