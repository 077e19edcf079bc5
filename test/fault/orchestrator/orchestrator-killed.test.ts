import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloudAdmin } from '../../support/cloud-admin.ts'
import { allConfigured, type CloudApart, killWhileBooting, startCloudApart } from '../../support/cloud-apart.ts'
import { type Program, until } from '../../support/program.ts'

const ROUTERS = 50
const SETTINGS = { OS_DEFAULT__NUM_WORKER_PROCESSES: '2' }

let apart: CloudApart
let running: Program

beforeAll(async () => {
  apart = await startCloudApart(['--routers', String(ROUTERS), '--tenants', '20', '--boot-time', '2500'])
})

afterAll(() => apart?.dispose())

describe('kill -9 of the orchestrator while 50 routers boot, with a cloud and a broker of their own (facts R2)', () => {
  it('started again it ends with all 50 configured and exactly one instance each', async () => {
    const { openstack } = apart
    await killWhileBooting(apart.startOrchestrator(SETTINGS))
    running = apart.startOrchestrator(SETTINGS)
    await allConfigured(running, ROUTERS, 90_000)
    const servers = (await openstack.nova.listServers({ allTenants: true })).filter((s) =>
      s.name.startsWith('ak-router-'),
    )
    expect(servers).toHaveLength(ROUTERS)
    expect(new Set(servers.map((server) => server.name.replace(/_\d+$/, ''))).size).toBe(ROUTERS)
    const ports = (await openstack.neutron.listPorts({})).filter((port) => port.name.startsWith('ASTARA:MGT:'))
    expect(ports).toHaveLength(ROUTERS)
  })

  it('what a tenant deletes while nobody runs is cleaned up at the next start', async () => {
    const { openstack } = apart
    running.child.kill('SIGKILL')
    await running.ended
    const rest = await cloudAdmin(apart.cloudsYaml).neutronRest()
    const routers = await openstack.neutron.listRouters({})
    const victim = routers[0]
    if (!victim) throw new Error('no router')
    const ports = await openstack.neutron.listPorts({ device_id: victim.id, device_owner: 'network:router_interface' })
    for (const port of ports) await rest('PUT', `routers/${victim.id}/remove_router_interface`, { port_id: port.id })
    await rest('DELETE', `routers/${victim.id}`)

    const third = apart.startOrchestrator(SETTINGS)
    await third.line(/orchestrator started/)
    await until(
      async () => (await openstack.nova.listServers({ allTenants: true })).filter((s) => s.name.includes(victim.id)),
      (left) => left.length === 0,
      60_000,
    )
    await allConfigured(third, ROUTERS - 1, 60_000)
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })
})
