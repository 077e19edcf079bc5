import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createHttpClient, type OrchestratorClient } from '../../src/client/index.ts'
import type { OpenStack } from '../../src/openstack/index.ts'
import { systemClock } from '../../src/shared/index.ts'
import { cloudAdmin, type NeutronRest } from '../support/cloud-admin.ts'
import { childrenOf, field, lives, type Program, runProgram, startProgram, until } from '../support/program.ts'

let program: Program
let client: OrchestratorClient
let openstack: OpenStack
let rest: NeutronRest
let api: string
let home: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'astara-e2e-'))
  program = startProgram(
    ['run', '--embedded', '--embedded-routers', '4', '--embedded-tenants', '2', '--embedded-boot-time', '300'],
    {
      HOME: home,
      OS_DEFAULT__API_PORT: '0',
      OS_DEFAULT__HEALTH_CHECK_PERIOD: '2',
      OS_DEFAULT__ALIVE_TIMEOUT: '1',
      OS_DEFAULT__NUM_WORKER_PROCESSES: '2',
    },
  )
  await program.line(/Ctrl-C here stops everything/)
  api = field(program.output(), 'HTTP API')
  client = createHttpClient({ url: api, timeoutMs: 10_000, clock: systemClock, userAgent: 'test' })
  const admin = cloudAdmin(field(program.output(), 'clouds.yaml'))
  openstack = admin.openstack
  rest = await admin.neutronRest()
}, 90_000)

afterAll(async () => {
  await openstack?.close()
  program?.child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

const stateOf = async (id: string): Promise<string | null> => {
  const { resources } = await client.list({})
  return resources.find((resource) => resource.id === id)?.instance_state ?? null
}

describe('astara run --embedded', () => {
  it('makes the seeded routers real and says where everything is, in plain lines without a terminal', async () => {
    const { resources } = await client.list({})
    expect(resources.map((resource) => resource.instance_state)).toEqual(Array(4).fill('configured'))
    expect(program.output()).not.toContain('\u001b')
    expect((await fetch(`${api}/readyz`)).status).toBe(200)
    const servers = await openstack.nova.listServers({ allTenants: true })
    expect(servers.filter((server) => server.name.startsWith('ak-router-'))).toHaveLength(4)
  })

  it('a router made through the API becomes real, is rebuilt when its instance vanishes, and goes with everything that was its own', async () => {
    const { router } = await rest('POST', 'routers', { router: { name: 'r9' } })
    const { network } = await rest('POST', 'networks', { network: { name: 'n9' } })
    const id = router?.id ?? ''
    const { subnet } = await rest('POST', 'subnets', {
      subnet: { network_id: network?.id, ip_version: 4, cidr: '10.99.0.0/24' },
    })
    await rest('PUT', `routers/${id}/add_router_interface`, { subnet_id: subnet?.id })
    await until(
      () => stateOf(id),
      (state) => state === 'configured',
      20_000,
    )
    expect((await openstack.neutron.getRouter(id)).status).toBe('ACTIVE')
    const listed = runProgram(['ctl', 'router', 'list', '--url', api])
    expect(listed.stdout).toMatch(new RegExp(`${id}\\s+r9\\s+configured`))

    const serversOf = async (): Promise<readonly string[]> =>
      (await openstack.nova.listServers({ allTenants: true })).filter((s) => s.name.includes(id)).map((s) => s.id)
    const [first] = await serversOf()
    await openstack.nova.deleteServer(first ?? '')
    const after = await until(
      async () => ({ servers: await serversOf(), state: await stateOf(id) }),
      ({ servers, state }) => state === 'configured' && servers.length === 1 && servers[0] !== first,
      30_000,
    )
    expect(after.servers).toHaveLength(1)

    await rest('PUT', `routers/${id}/remove_router_interface`, { subnet_id: subnet?.id })
    await rest('DELETE', `routers/${id}`)
    await until(serversOf, (servers) => servers.length === 0, 20_000)
    await until(
      () => openstack.neutron.listPorts({}),
      (ports) => !ports.some((port) => port.name.endsWith(id)),
      20_000,
    )
    await until(
      () => stateOf(id),
      (state) => state === null,
    )
  })

  it('a rebuild through the original’s PUT path replaces the instance', async () => {
    const { resources } = await client.list({})
    const [resource] = resources
    const before = resource?.instances[0]?.id
    const answer = await fetch(`${api}/router/rebuild/${resource?.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(200)
    await until(
      async () => (await client.list({})).resources.find((r) => r.id === resource?.id),
      (now) => now?.instance_state === 'configured' && now.instances[0]?.id !== before,
      30_000,
    )
  })

  it('leaves on SIGINT with exit status 0 and nothing left running', async () => {
    const workers = childrenOf(program.child.pid ?? 0)
    expect(workers.length).toBeGreaterThanOrEqual(2)
    const clouds = field(program.output(), 'clouds.yaml')
    program.child.kill('SIGINT')
    expect(await program.ended).toBe(0)
    await until(
      () => workers.filter(lives),
      (left) => left.length === 0,
      5_000,
    )
    expect(() => readFileSync(clouds)).toThrow()
  })
})
