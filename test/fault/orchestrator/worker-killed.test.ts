import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenStack } from '../../../src/openstack/index.ts'
import { cloudAdmin } from '../../support/cloud-admin.ts'
import { childrenOf, field, type Program, startProgram, until } from '../../support/program.ts'

const ROUTERS = 50

let program: Program
let openstack: OpenStack

beforeAll(() => {
  program = startProgram(
    [
      'run',
      '--embedded',
      '--embedded-routers',
      String(ROUTERS),
      '--embedded-tenants',
      '20',
      '--embedded-boot-time',
      '3000',
    ],
    { OS_DEFAULT__API_PORT: '0', OS_DEFAULT__NUM_WORKER_PROCESSES: '2' },
  )
})

afterAll(async () => {
  program?.child.kill('SIGKILL')
  await openstack?.close()
})

describe('kill -9 of workers while 50 routers boot (facts R2)', () => {
  it('all 50 end configured, with exactly one instance each', async () => {
    await program.line(/booting instance/)
    const killed = new Set<number>()
    const pid = program.child.pid ?? 0
    // Once while Nova is being asked, once more while the VMs boot.
    for (const worker of childrenOf(pid)) {
      process.kill(worker, 'SIGKILL')
      killed.add(worker)
    }
    await until(
      () => childrenOf(pid).filter((child) => !killed.has(child)).length,
      (alive) => alive >= 2,
      20_000,
    )
    const [next] = childrenOf(pid).filter((child) => !killed.has(child))
    if (next !== undefined) process.kill(next, 'SIGKILL')

    await program.line(/Ctrl-C here stops everything/, 90_000)
    openstack = cloudAdmin(field(program.output(), 'clouds.yaml')).openstack
    const servers = (await openstack.nova.listServers({ allTenants: true })).filter((s) =>
      s.name.startsWith('ak-router-'),
    )
    const routers = new Set(servers.map((server) => server.name.replace(/_\d+$/, '')))
    expect(routers.size).toBe(ROUTERS)
    expect(servers).toHaveLength(ROUTERS)
    expect(servers.every((server) => server.status === 'ACTIVE')).toBe(true)
    const answer = (await (await fetch(`${field(program.output(), 'HTTP API')}/v1/workers`)).json()) as {
      workers: { restarts: number }[]
    }
    expect(answer.workers.reduce((sum, worker) => sum + worker.restarts, 0)).toBe(3)
    const ports = (await openstack.neutron.listPorts({})).filter((port) => port.name.startsWith('ASTARA:MGT:'))
    expect(ports).toHaveLength(ROUTERS)
  })
})
