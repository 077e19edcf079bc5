import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Resource } from '../../../src/contract/index.ts'
import type { NeutronPort, OpenStack } from '../../../src/openstack/index.ts'
import { cloudAdmin } from '../../support/cloud-admin.ts'
import { childrenOf, field, lives, type Program, startProgram, until } from '../../support/program.ts'
import { createBroker, type PrivateBroker } from '../../support/rabbitmq.ts'

const ROUTERS = 6

let home: string
let broker: PrivateBroker
let cloud: Program
let openstack: OpenStack
let keystone: string
const started: Program[] = []

function startOrchestrator(): Program {
  const program = startProgram(['run', '--config-file', join(home, 'orchestrator.ini')], {
    OS_DEFAULT__API_PORT: '0',
    OS_DEFAULT__NUM_WORKER_PROCESSES: '1',
    OS_DEFAULT__HEALTH_CHECK_PERIOD: '2',
    OS_DEFAULT__RETRY_BACKOFF_BASE: '0.2',
    OS_DATABASE__CONNECTION: `sqlite:///${join(home, 'astara.sqlite')}`,
  })
  started.push(program)
  return program
}

async function configured(program: Program): Promise<number> {
  const api = /url=(\S+)/.exec(field(program.output().replaceAll(/^\S+ INFO {2}/gm, ''), 'orchestrator started'))?.[1]
  const answer = await fetch(`${api}/v1/resources?instance_state=configured&limit=500`)
  return ((await answer.json()) as { resources: Resource[] }).resources.length
}

/** Each of these fails this often, first come first hit. */
async function failOnce(calls: readonly (readonly [service: string, method: string, path: string])[]): Promise<void> {
  const apis = calls.flatMap(([service, method, path]) =>
    (['status', 'drop'] as const).map((mode) => ({ service, method, path, mode, status: 500, times: 1 })),
  )
  const answer = await fetch(`${keystone}/_embedded/faults`, {
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
  home = mkdtempSync(join(tmpdir(), 'astara-ports-'))
  broker = await createBroker()
  await broker.start()
  cloud = startProgram([
    ...['embedded', '--port', '0', '--transport-url', broker.url, '--routers', String(ROUTERS), '--tenants', '3'],
    ...['--no-segments', '--boot-time', '1500', '--clouds-yaml', join(home, 'clouds.yaml')],
    ...['--orchestrator-ini', join(home, 'orchestrator.ini')],
  ])
  await cloud.line(/orchestrator\.ini/)
  keystone = field(cloud.output(), 'Keystone')
  openstack = cloudAdmin(join(home, 'clouds.yaml')).openstack
})

afterAll(async () => {
  await openstack?.close()
  for (const program of [...started, cloud]) program?.child.kill('SIGKILL')
  await broker?.dispose()
  rmSync(home, { recursive: true, force: true })
})

describe('boots on a Neutron without segments, in which every call fails once unanswered and once with 500', () => {
  it('ends, through a kill -9 in the middle, with each router configured and not a port too many or too few', async () => {
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
    const first = startOrchestrator()
    await first.line(/booting instance/)
    const workers = childrenOf(first.child.pid ?? 0)
    first.child.kill('SIGKILL')
    await first.ended
    await until(
      () => workers.filter(lives),
      (left) => left.length === 0,
      10_000,
    )

    await failOnce(faults)
    const second = startOrchestrator()
    await second.line(/orchestrator started/)
    await until(
      () => configured(second),
      (count) => count === ROUTERS,
      120_000,
    )
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
