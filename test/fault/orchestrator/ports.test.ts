import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NeutronPort } from '../../../src/openstack/index.ts'
import { allConfigured, type CloudApart, killWhileBooting, startCloudApart } from '../../support/cloud-apart.ts'
import { until } from '../../support/program.ts'

const ROUTERS = 6
const SETTINGS = {
  OS_DEFAULT__NUM_WORKER_PROCESSES: '1',
  OS_DEFAULT__HEALTH_CHECK_PERIOD: '2',
  OS_DEFAULT__RETRY_BACKOFF_BASE: '0.2',
}

let apart: CloudApart

/** Each of these fails this often, first come first hit. */
async function failOnce(calls: readonly (readonly [service: string, method: string, path: string])[]): Promise<void> {
  const apis = calls.flatMap(([service, method, path]) =>
    (['status', 'drop'] as const).map((mode) => ({ service, method, path, mode, status: 500, times: 1 })),
  )
  const answer = await fetch(`${apart.keystone}/_embedded/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apis }),
  })
  expect(answer.status).toBe(200)
}

const isOurs = ({ name }: NeutronPort): boolean => name.startsWith('ASTARA:')
const essence = ({ id, name, device_id, device_owner, fixed_ips }: NeutronPort) => ({
  id,
  name,
  device_id,
  device_owner,
  fixed_ips,
})

beforeAll(async () => {
  const args = ['--routers', String(ROUTERS), '--tenants', '3', '--no-segments', '--boot-time', '1500']
  apart = await startCloudApart(args)
})

afterAll(() => apart?.dispose())

describe('boots on a Neutron without segments, in which every call fails once unanswered and once with 500', () => {
  it('ends, through a kill -9 in the middle, with each router configured and not a port too many or too few', async () => {
    const { openstack } = apart
    const before = (await openstack.neutron.listPorts()).filter((port) => !isOurs(port)).map(essence)
    const faults = [
      ['neutron', 'POST', '/v2.0/ports'],
      ['neutron', 'PUT', '/v2.0/ports/{id}'],
      ['neutron', 'GET', '/v2.0/ports'],
      ['neutron', 'GET', '/v2.0/subnets'],
      ['nova', 'POST', '/v2.1/servers'],
      ['nova', 'GET', '/v2.1/servers/detail'],
    ] as const
    await failOnce(faults)
    await killWhileBooting(apart.startOrchestrator(SETTINGS))

    await failOnce(faults)
    await allConfigured(apart.startOrchestrator(SETTINGS), ROUTERS, 120_000)
    const servers = await openstack.nova.listServers({ allTenants: true })
    expect(servers).toHaveLength(ROUTERS)
    const ids = new Set(servers.map(({ id }) => id))
    // Management, external and internal network of each.
    const settled = await until(
      async () => (await openstack.neutron.listPorts()).filter(isOurs),
      (ports) =>
        ports.length === 3 * ROUTERS &&
        ports.every(({ name, fixed_ips: ips }) => !name.includes(':VRRP:') || ips.length === 0),
      60_000,
    )
    expect(settled.every((port) => ids.has(port.device_id))).toBe(true)
    const after = (await openstack.neutron.listPorts()).filter((port) => !isOurs(port)).map(essence)
    const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
    expect(after.toSorted(byId)).toEqual(before.toSorted(byId))
  })
})
