import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Resource } from '../../../src/contract/index.ts'
import type { OpenStack } from '../../../src/openstack/index.ts'
import { cloudAdmin } from '../../support/cloud-admin.ts'
import { childrenOf, field, lives, type Program, startProgram, until } from '../../support/program.ts'
import { createBroker, type PrivateBroker } from '../../support/rabbitmq.ts'

const ROUTERS = 50

let home: string
let broker: PrivateBroker
let cloud: Program
let openstack: OpenStack
const started: Program[] = []

function startOrchestrator(): Program {
  const program = startProgram(['run', '--config-file', join(home, 'orchestrator.ini')], {
    OS_DEFAULT__API_PORT: '0',
    OS_DEFAULT__NUM_WORKER_PROCESSES: '2',
    OS_DATABASE__CONNECTION: `sqlite:///${join(home, 'astara.sqlite')}`,
  })
  started.push(program)
  return program
}

const apiOf = (program: Program): string =>
  /url=(\S+)/.exec(field(program.output().replaceAll(/^\S+ INFO {2}/gm, ''), 'orchestrator started'))?.[1] ?? ''

async function configured(program: Program): Promise<number> {
  const answer = await fetch(`${apiOf(program)}/v1/resources?instance_state=configured&limit=500`)
  return ((await answer.json()) as { resources: Resource[] }).resources.length
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'astara-fault-'))
  broker = await createBroker()
  await broker.start()
  cloud = startProgram([
    ...['embedded', '--port', '0', '--transport-url', broker.url, '--routers', String(ROUTERS), '--tenants', '20'],
    ...[
      '--boot-time',
      '2500',
      '--clouds-yaml',
      join(home, 'clouds.yaml'),
      '--orchestrator-ini',
      join(home, 'orchestrator.ini'),
    ],
  ])
  await cloud.line(/orchestrator\.ini/)
  openstack = cloudAdmin(join(home, 'clouds.yaml')).openstack
})

afterAll(async () => {
  await openstack?.close()
  for (const program of [...started, cloud]) program?.child.kill('SIGKILL')
  await broker?.dispose()
  rmSync(home, { recursive: true, force: true })
})

describe('kill -9 of the orchestrator while 50 routers boot, with a cloud and a broker of their own (facts R2)', () => {
  it('started again it ends with all 50 configured and exactly one instance each', async () => {
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

    const second = startOrchestrator()
    await second.line(/orchestrator started/)
    await until(
      () => configured(second),
      (count) => count === ROUTERS,
      90_000,
    )
    const servers = (await openstack.nova.listServers({ allTenants: true })).filter((s) =>
      s.name.startsWith('ak-router-'),
    )
    expect(servers).toHaveLength(ROUTERS)
    expect(new Set(servers.map((server) => server.name.replace(/_\d+$/, ''))).size).toBe(ROUTERS)
    const ports = (await openstack.neutron.listPorts({})).filter((port) => port.name.startsWith('ASTARA:MGT:'))
    expect(ports).toHaveLength(ROUTERS)
  })

  it('what a tenant deletes while nobody runs is cleaned up at the next start', async () => {
    const running = started.at(-1)
    running?.child.kill('SIGKILL')
    await running?.ended
    const rest = await cloudAdmin(join(home, 'clouds.yaml')).neutronRest()
    const routers = await openstack.neutron.listRouters({})
    const victim = routers[0]
    if (!victim) throw new Error('no router')
    const ports = await openstack.neutron.listPorts({ device_id: victim.id, device_owner: 'network:router_interface' })
    for (const port of ports) await rest('PUT', `routers/${victim.id}/remove_router_interface`, { port_id: port.id })
    await rest('DELETE', `routers/${victim.id}`)

    const third = startOrchestrator()
    await third.line(/orchestrator started/)
    await until(
      async () => (await openstack.nova.listServers({ allTenants: true })).filter((s) => s.name.includes(victim.id)),
      (left) => left.length === 0,
      60_000,
    )
    await until(
      () => configured(third),
      (count) => count === ROUTERS - 1,
      60_000,
    )
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })
})
