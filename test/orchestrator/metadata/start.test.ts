import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConfigOverrides, loadConfig } from '../../../src/config/index.ts'
import type { Resource } from '../../../src/contract/index.ts'
import type { NeutronPort } from '../../../src/openstack/index.ts'
import { type RunningMetadata, startMetadata } from '../../../src/orchestrator/metadata/index.ts'
import { silentLogger, systemClock } from '../../../src/shared/index.ts'
import { ask } from './ask.ts'
import { type FakeNova, fakeNova } from './nova.ts'

const INSTANCE = '11111111-aaaa-4000-8000-000000000001'
const APPLIANCE = '127.9.0.1'

let nova: FakeNova
let running: RunningMetadata | null = null
beforeEach(async () => {
  nova = await fakeNova()
})
afterEach(async () => {
  await running?.close()
  running = null
  await nova.close()
})

async function start(options: ConfigOverrides['DEFAULT'], instanceOn = 'internal'): Promise<RunningMetadata | null> {
  const { config } = await loadConfig({
    files: [],
    env: {},
    overrides: {
      DEFAULT: { nova_metadata_ip: '127.0.0.1', nova_metadata_port: nova.port, astara_metadata_port: 0, ...options },
    },
  })
  running = await startMetadata({
    config,
    table: {
      values: () => [{ id: 'r1', instances: [{ management_address: APPLIANCE }] } as unknown as Resource],
      subscribe: () => () => {},
    },
    attachments: (id) =>
      id === 'r1' ? { networkIds: ['internal', 'external'], externalNetworkIds: ['external'] } : undefined,
    neutron: {
      listPorts: async () => [
        { device_id: INSTANCE, network_id: instanceOn, tenant_id: 't', fixed_ips: [] } as unknown as NeutronPort,
      ],
    },
    pushedAddress: 'fdca:3ba5:a17a:acda::1',
    isReady: () => true,
    clock: systemClock,
    logger: silentLogger,
  })
  return running
}

const headers = { 'X-Instance-ID': INSTANCE }

describe('metadata as the options say', () => {
  it('is signed with the secret and asked of the Nova that they name, on the API’s address where the pushed one is not ours', async () => {
    const url = (await start({ neutron_metadata_proxy_shared_secret: 'k' }))?.url ?? ''
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await ask(url, { from: APPLIANCE, headers })).status).toBe(200)
    expect(nova.asked[0]?.headers['x-instance-id-signature']).toBe(
      createHmac('sha256', 'k').update(INSTANCE).digest('hex'),
    )
  })

  it('a machine on the external network is not behind the router', async () => {
    const url = (await start({ neutron_metadata_proxy_shared_secret: 'k' }, 'external'))?.url ?? ''
    expect((await ask(url, { from: APPLIANCE, headers })).status).toBe(403)
  })

  it('is off without a secret, or when switched off', async () => {
    expect(await start({})).toBeNull()
    expect(await start({ neutron_metadata_proxy_shared_secret: 'k', metadata_proxy: false })).toBeNull()
  })

  it('facts S7: an empty secret is refused', async () => {
    await expect(start({ neutron_metadata_proxy_shared_secret: '' })).rejects.toMatchObject({ code: 'bad_config' })
  })

  it('stays within the rate that they allow', async () => {
    const url = (await start({ neutron_metadata_proxy_shared_secret: 'k', metadata_rate_limit: 1 }))?.url ?? ''
    const statuses = []
    for (let i = 0; i < 8; i += 1) statuses.push((await ask(url, { from: APPLIANCE, headers })).status)
    expect(statuses.slice(0, 4)).toEqual([200, 200, 200, 200])
    expect(statuses).toContain(429)
  })
})
