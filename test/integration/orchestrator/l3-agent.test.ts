import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/index.ts'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createRabbitTransport, type Transport } from '../../../src/messaging/index.ts'
import { type Daemon, forkedWorkers, startDaemon } from '../../../src/orchestrator/index.ts'
import { createLogger } from '../../../src/shared/index.ts'
import { login, type Session } from '../../embedded/support.ts'
import { until } from '../../support/program.ts'
import { createBroker, type PrivateBroker } from '../../support/rabbitmq.ts'

/** An orchestrator on a host of this name, with all that it logs. */
interface Host {
  readonly name: string
  readonly daemon: Daemon
  readonly log: string[]
  stop(): Promise<void>
}

let broker: PrivateBroker
let cloudBus: Transport
let cloud: EmbeddedCloud
let admin: Session
let a: Host
let b: Host
const hosts: Host[] = []

async function startHost(name: string): Promise<Host> {
  const { config } = await loadConfig({
    files: [],
    env: {},
    overrides: {
      ...cloud.configOverrides,
      DEFAULT: {
        ...cloud.configOverrides.DEFAULT,
        host: name,
        api_port: 0,
        num_worker_processes: 1,
        metadata_proxy: false,
        // Nobody shall be found dead by being asked whether they live.
        health_check_period: 3_600,
      },
      AGENT: { report_interval: 1 },
      database: { connection: 'sqlite://' },
    },
  })
  const log: string[] = []
  const output = { write: (text: string) => void log.push(text) }
  const transport = createRabbitTransport({ url: broker.url })
  const daemon = await startDaemon({
    config,
    transport,
    workers: forkedWorkers({ output }),
    logger: createLogger({ level: 'debug', pretty: false, stream: output }),
    version: 'test',
  })
  const host = {
    name,
    daemon,
    log,
    async stop() {
      await daemon.stop()
      await transport.close()
    },
  }
  hosts.push(host)
  return host
}

interface AgentRow {
  readonly id: string
  readonly host: string
  readonly alive: boolean
  readonly binary: string
  readonly configurations: Readonly<Record<string, unknown>>
}

async function agentOf(host: string): Promise<AgentRow> {
  const { body } = await admin.neutron('GET', '/v2.0/agents?agent_type=L3%20agent')
  const found: AgentRow | undefined = body.agents.find((agent: AgentRow) => agent.host === host)
  if (!found) throw new Error(`no agent on ${host}`)
  return found
}

const configured = ({ daemon }: Host): string[] =>
  [...daemon.table.values()].filter((one) => one.instance_state === 'configured').map(({ id }) => id)
const held = ({ daemon }: Host): string[] => [...daemon.table.values()].map(({ id }) => id).sort()
const serversOf = (routerId: string): string[] =>
  cloud.nova
    .servers()
    .filter(({ name }) => name.includes(routerId))
    .map(({ id }) => id)

async function newRouter(name: string): Promise<string> {
  const router = { name, external_gateway_info: { network_id: cloud.externalNetworkId } }
  return (await admin.neutron('POST', '/v2.0/routers', { router })).body.router.id
}

beforeAll(async () => {
  broker = await createBroker()
  await broker.start()
  cloudBus = createRabbitTransport({ url: broker.url })
  await cloudBus.connect()
  cloud = await startEmbeddedCloud({
    transport: cloudBus,
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    routers: 3,
    tenants: 2,
    bootTimeMs: 200,
    autoSchedule: false,
    routerStatusExtension: false,
  })
  admin = await login(cloud, 'admin', 'admin')
  a = await startHost('host-a')
  await until(
    () => configured(a),
    (ids) => ids.length === 3,
  )
})

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.stop()))
  await cloud?.stop()
  await cloudBus?.close()
  await broker?.dispose()
})

describe('astara as the L3 agent of a Neutron that gives routers to agents only', () => {
  it('is alive in the list of agents, with true counts', async () => {
    const agent = await until(
      () => agentOf('host-a'),
      ({ configurations }) => configurations.routers === 3 && Number(configurations.interfaces) > 0,
      15_000,
    )
    const routers = (await admin.neutron('GET', '/v2.0/routers')).body.routers
    const ports = (await admin.neutron('GET', '/v2.0/ports')).body.ports
    const owned = (owner: string): number =>
      ports.filter((port: { device_owner: string }) => port.device_owner === owner).length
    const { floatingips } = (await admin.neutron('GET', '/v2.0/floatingips')).body
    expect(agent).toMatchObject({
      alive: true,
      binary: 'astara-l3-agent',
      configurations: {
        agent_mode: 'legacy',
        routers: routers.length,
        ex_gw_ports: owned('network:router_gateway'),
        interfaces: owned('network:router_interface'),
        floating_ips: floatingips.filter((one: { port_id: string | null }) => one.port_id !== null).length,
      },
    })
  })

  it('asks for the status extension that is not there once, not for every router', () => {
    const asked = cloud.journal.entries().filter(({ method, path }) => method === 'PUT' && path === '(unknown)')
    expect(asked.length).toBe(1)
  })

  it('leaves everything in peace when nothing happens', async () => {
    /** What Neutron and Nova were asked over the next so many state reports. */
    const askedDuring = async (reports: number) => {
      const before = cloud.journal.entries().length
      const since = () => cloud.journal.entries().slice(before)
      await until(since, (all) => all.filter(({ method }) => method === 'report_state').length >= reports)
      return since().filter(({ method }) => method !== 'report_state')
    }
    // What the tests before have begun comes to an end first; echoes of our own doing never would.
    await until(
      () => askedDuring(2),
      (asked) => asked.length === 0,
      30_000,
    )
    expect(await askedDuring(4)).toEqual([])
  })

  it('makes floating IPs ACTIVE once the appliance has them, and DOWN when they are taken off', async () => {
    const status = async (id: string): Promise<string> =>
      (await admin.neutron('GET', `/v2.0/floatingips/${id}`)).body.floatingip.status
    const [router] = cloud.seededRouters
    const ports = (await admin.neutron('GET', '/v2.0/ports')).body.ports
    const inside = ports.find(
      (port: { device_id: string; device_owner: string }) =>
        port.device_id === router?.id && port.device_owner === 'network:router_interface',
    )
    const made = await admin.neutron('POST', '/v2.0/ports', { port: { network_id: inside.network_id } })
    const floatingip = { floating_network_id: cloud.externalNetworkId, port_id: made.body.port.id }
    const { id } = (await admin.neutron('POST', '/v2.0/floatingips', { floatingip })).body.floatingip
    expect(await status(id)).toBe('DOWN')
    await until(
      () => status(id),
      (now) => now === 'ACTIVE',
      15_000,
    )
    await until(
      () => agentOf('host-a'),
      ({ configurations }) => configurations.floating_ips === 1,
      5_000,
    )
    await admin.neutron('PUT', `/v2.0/floatingips/${id}`, { floatingip: { port_id: null } })
    expect(await status(id)).toBe('ACTIVE')
    await until(
      () => status(id),
      (now) => now === 'DOWN',
      15_000,
    )
    await admin.neutron('DELETE', `/v2.0/floatingips/${id}`)
  })

  it('takes on a new router, bare or not', async () => {
    const withGateway = await newRouter('with-gateway')
    const bare = (await admin.neutron('POST', '/v2.0/routers', { router: { name: 'bare' } })).body.router.id
    await until(
      () => configured(a),
      (ids) => ids.includes(withGateway) && ids.includes(bare),
      20_000,
    )
  })

  it('notices within seconds that an instance was deleted behind its back', async () => {
    const id = held(a)[0] ?? ''
    const [lost] = serversOf(id)
    cloud.nova.deleteServer(lost ?? '')
    await until(
      () => [serversOf(id), configured(a)] as const,
      ([servers, ids]) => servers.length === 1 && servers[0] !== lost && ids.includes(id),
      15_000,
    )
  })

  it('hands a router over to another host: one instance, the same one, its new owner goes on with it', async () => {
    b = await startHost('host-b')
    const [from, to] = await until(
      async () => [await agentOf('host-a'), await agentOf('host-b')] as const,
      ([one, other]) => one.alive && other.alive,
    )
    await until(
      () => b.daemon.ready(),
      ({ ready }) => ready,
    )
    expect(held(b)).toEqual([])
    const moving = held(a)[1] ?? ''
    const servers = serversOf(moving)
    expect(servers.length).toBe(1)
    const mark = cloud.journal.entries().length
    await admin.neutron('DELETE', `/v2.0/agents/${from.id}/l3-routers/${moving}`)
    const started = performance.now()
    const added = await admin.neutron('POST', `/v2.0/agents/${to.id}/l3-routers`, { router_id: moving })
    expect(added.status).toBe(201)
    expect(performance.now() - started).toBeLessThan(3_000)
    await until(
      () => [held(a), configured(b)] as const,
      ([left, taken]) => !left.includes(moving) && taken.includes(moving),
      20_000,
    )
    expect(serversOf(moving)).toEqual(servers)
    const since = cloud.journal.entries().slice(mark)
    expect(since.filter(({ service, method }) => service === 'nova' && method !== 'GET')).toEqual([])
    expect(since.filter(({ method, path }) => method === 'DELETE' && path.includes('/ports'))).toEqual([])
    expect(held(b)).toEqual([moving])
  })

  it('does not touch what is another host’s: neither its changes nor its deletion', async () => {
    const [theirs = ''] = held(b)
    await admin.neutron('PUT', `/v2.0/routers/${theirs}`, { router: { name: 'renamed' } })
    await until(
      () => b.daemon.table.get(theirs)?.name,
      (name) => name === 'renamed',
      15_000,
    )
    expect(held(a)).not.toContain(theirs)
  })

  it('keeps its routers when it is disabled, and takes no new ones', async () => {
    const own = held(a)
    const agent = await agentOf('host-a')
    await admin.neutron('PUT', `/v2.0/agents/${agent.id}`, { agent: { admin_state_up: false } })
    const late = await newRouter('late')
    await until(
      () => configured(b),
      (ids) => ids.includes(late),
      20_000,
    )
    expect(held(a)).toEqual(own)
    expect(configured(a).sort()).toEqual(own)
    await admin.neutron('PUT', `/v2.0/agents/${agent.id}`, { agent: { admin_state_up: true } })
  })

  it('comes back by itself when its record was deleted, and lets go of nothing', async () => {
    const own = held(a)
    const before = await agentOf('host-a')
    const servers = own.flatMap(serversOf)
    await admin.neutron('DELETE', `/v2.0/agents/${before.id}`)
    const after = await until(
      () => agentOf('host-a'),
      ({ id }) => id !== before.id,
      10_000,
    )
    await until(
      async () => (await admin.neutron('GET', `/v2.0/agents/${after.id}/l3-routers`)).body.routers.length,
      (count) => count === own.length,
      10_000,
    )
    expect(held(a)).toEqual(own)
    expect(own.flatMap(serversOf)).toEqual(servers)
  })

  it('removes the instance of a router that is deleted, whoever hears of it first', async () => {
    const [theirs = ''] = held(b)
    for (const { id } of (await admin.neutron('GET', `/v2.0/ports?device_id=${theirs}`)).body.ports) {
      await admin.neutron('PUT', `/v2.0/routers/${theirs}/remove_router_interface`, { port_id: id })
    }
    expect((await admin.neutron('DELETE', `/v2.0/routers/${theirs}`)).status).toBe(204)
    await until(
      () => serversOf(theirs),
      (servers) => servers.length === 0,
      20_000,
    )
  })

  it('logs no token, although casts carry the requesters’', () => {
    const text = [...a.log, ...b.log].join('')
    expect(text).toContain('router')
    expect(text).not.toContain(admin.token)
    expect(text).not.toMatch(/gAAAA|auth_token/)
  })
})
