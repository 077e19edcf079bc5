import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RemoteError, type RpcRequest } from '../../src/messaging/index.ts'
import { type Clock, systemClock } from '../../src/shared/index.ts'
import { readCapture, shapeDifference } from './replay.ts'
import { playAgent, startTestCloud, type TestCloud, until } from './support.ts'

interface RpcRecord {
  readonly call: { readonly args: Record<string, unknown>; readonly version: string }
  readonly result: unknown
}

const recorded = (name: string): RpcRecord => readCapture(`rpc/${name}.json`) as RpcRecord

/** Real time that can be moved forward. */
function movableClock(): Clock & { forward(ms: number): void } {
  let ahead = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    forward: (ms) => {
      ahead += ms
    },
  }
}

let test: TestCloud
let clock: ReturnType<typeof movableClock>
const HOST = 'l3-host'

const ADMIN = { is_admin: true }
const call = (
  topic: string,
  method: string,
  args: Record<string, unknown>,
  context: Record<string, unknown> = ADMIN,
  version = '1.0',
) => test.bus.call({ exchange: 'neutron', topic, version }, method, args, { context, timeoutMs: 2_000 })
const l3 = (method: string, args: Record<string, unknown>, context?: Record<string, unknown>, version?: string) =>
  call('q-l3-plugin', method, args, context, version)

function report(host = HOST, start = true): Promise<unknown> {
  const { args } = recorded('01-report_state-start').call
  const state = (args.agent_state as { agent_state: Record<string, unknown> }).agent_state
  return call('q-reports-plugin', 'report_state', {
    agent_state: { agent_state: { ...state, host, ...(start ? {} : { start_flag: false }) } },
    time: args.time,
  })
}

async function bareRouter(name: string): Promise<string> {
  return (await test.admin.neutron('POST', '/v2.0/routers', { router: { name } })).body.router.id
}

async function gatewayRouter(name: string): Promise<string> {
  const router = { name, external_gateway_info: { network_id: test.cloud.externalNetworkId } }
  return (await test.admin.neutron('POST', '/v2.0/routers', { router })).body.router.id
}

/** A router with gateway, interface, port and floating IP, as the recorded one. */
async function fullRouter(): Promise<{ routerId: string; fipId: string; subnetId: string }> {
  const network = await test.admin.neutron('POST', '/v2.0/networks', { network: { name: 'rpc' } })
  const networkId: string = network.body.network.id
  const subnet = await test.admin.neutron('POST', '/v2.0/subnets', {
    subnet: { network_id: networkId, ip_version: 4, cidr: '10.8.0.0/24' },
  })
  const subnetId: string = subnet.body.subnet.id
  const routerId = await bareRouter('rpc')
  await test.admin.neutron('PUT', `/v2.0/routers/${routerId}`, {
    router: { external_gateway_info: { network_id: test.cloud.externalNetworkId } },
  })
  await test.admin.neutron('PUT', `/v2.0/routers/${routerId}/add_router_interface`, { subnet_id: subnetId })
  const port = await test.admin.neutron('POST', '/v2.0/ports', { port: { network_id: networkId } })
  const fip = await test.admin.neutron('POST', '/v2.0/floatingips', {
    floatingip: { floating_network_id: test.cloud.externalNetworkId, port_id: port.body.port.id },
  })
  return { routerId, fipId: fip.body.floatingip.id, subnetId }
}

async function failure(work: Promise<unknown>): Promise<RemoteError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof RemoteError)) throw new Error(`not a RemoteError: ${error}`)
  return error
}

const methods = (agent: readonly RpcRequest[]): readonly [string, unknown][] =>
  agent.map(({ method, args }) => [method, args])

async function told(agent: RpcRequest[], count: number): Promise<readonly [string, unknown][]> {
  await test.cloud.flushed()
  await until(
    () => agent.length,
    (length) => length >= count,
  )
  return methods(agent.splice(0))
}

beforeEach(async () => {
  clock = movableClock()
  test = await startTestCloud({ autoSchedule: false, routers: 0, clock })
})
afterEach(() => test.stop())

describe('the recorded calls are answered alike', () => {
  it('report_state: new, alive, and revived after 75 s of silence', async () => {
    expect(await report()).toBe(recorded('01-report_state-start').result)
    expect(await report(HOST, false)).toBe(recorded('02-report_state-again').result)
    clock.forward(80_000)
    expect(await report()).toBe('revived')
  })

  it('sync_routers: everything an agent needs, key by key', async () => {
    await report()
    const { routerId } = await fullRouter()
    const answer = await l3('sync_routers', { host: HOST, router_ids: [routerId] })
    expect(shapeDifference(recorded('22-sync_routers-one').result, answer)).toEqual([])
    expect(answer).toMatchObject([
      { gw_port: { 'binding:host_id': HOST, 'binding:vif_type': 'binding_failed' }, gw_port_host: HOST },
    ])
    expect(await l3('sync_routers', { host: HOST, router_ids: null }, {})).toHaveLength(1)
  })

  it('sync_routers: an unknown id gives nothing, an unknown host AgentNotFoundByTypeHost', async () => {
    await report()
    expect(await l3('sync_routers', { host: HOST, router_ids: ['11111111-2222-4333-8444-555555555555'] })).toEqual([])
    const error = await failure(l3('sync_routers', { host: 'nowhere', router_ids: null }))
    expect([error.className, error.module]).toEqual(['AgentNotFoundByTypeHost', 'neutron_lib.exceptions.agent'])
    expect(error.message).toBe('Agent with agent_type=L3 agent and host=nowhere could not be found.')
    expect((await failure(l3('sync_routers', {}))).message).toContain('host=None')
  })

  it('unknown method, unsupported version, bad argument', async () => {
    expect((await failure(l3('no_such_method', {}))).className).toBe('NoSuchMethod')
    expect((await failure(l3('sync_routers', { host: HOST }, ADMIN, '9.0'))).className).toBe('UnsupportedVersion')
    expect(
      (await failure(l3('update_floatingip_statuses', { router_id: 1, fip_statuses: [1] }, ADMIN, '1.1'))).className,
    ).toBe('AttributeError')
  })

  it('update_floatingip_statuses sets the status that REST shows', async () => {
    await report()
    const { routerId, fipId } = await fullRouter()
    expect(
      await l3(
        'update_floatingip_statuses',
        { router_id: routerId, fip_statuses: { [fipId]: 'ACTIVE' } },
        ADMIN,
        '1.1',
      ),
    ).toBeNull()
    const shown = await test.admin.neutron('GET', `/v2.0/floatingips/${fipId}`)
    expect(shown.body.floatingip.status).toBe('ACTIVE')
  })

  it('get_service_plugin_list is a list of names', async () => {
    expect(await l3('get_service_plugin_list', {})).toEqual(expect.arrayContaining(['CORE', 'L3_ROUTER_NAT']))
  })

  it('agents are listed and shown alike', async () => {
    await report()
    const { routerId } = await fullRouter()
    const list = await test.admin.neutron('GET', `/v2.0/agents?host=${HOST}`)
    const theirs = readCapture('rpc/12-agents-list.json') as { rest: { response: { body: unknown } }[] }
    expect(shapeDifference(theirs.rest[0]?.response.body, list.body)).toEqual([])
    const onRouter = await test.admin.neutron('GET', `/v2.0/routers/${routerId}/l3-agents`)
    const theirRouter = readCapture('rpc/18-router-agents.json') as typeof theirs
    expect(shapeDifference(theirRouter.rest[0]?.response.body, onRouter.body)).toEqual([])
  })
})

describe('the agent is told what a real one is told', () => {
  it('routers_updated on every change of a connected router, router_deleted to all', async () => {
    const agent = await playAgent(test.bus, HOST)
    await report()
    const { routerId, fipId, subnetId } = await fullRouter()
    const updated: [string, unknown] = ['routers_updated', { routers: [routerId] }]
    expect(await told(agent, 3)).toEqual([updated, updated, updated]) // gateway, interface, floating IP
    const put = (router: unknown) => test.admin.neutron('PUT', `/v2.0/routers/${routerId}`, { router })
    await put({ name: 'rpc2' })
    await put({ admin_state_up: false })
    await put({ routes: [{ destination: '10.77.0.0/16', nexthop: '10.8.0.77' }] })
    await put({ routes: [] })
    expect(await told(agent, 4)).toEqual([updated, updated, updated, updated])
    await test.admin.neutron('PUT', `/v2.0/subnets/${subnetId}`, { subnet: { dns_nameservers: ['9.9.9.9'] } })
    await test.admin.neutron('DELETE', `/v2.0/floatingips/${fipId}`)
    expect(await told(agent, 1)).toEqual([updated]) // nothing for the subnet
    await test.admin.neutron('PUT', `/v2.0/routers/${routerId}/remove_router_interface`, { subnet_id: subnetId })
    await put({ external_gateway_info: {} })
    await test.admin.neutron('DELETE', `/v2.0/routers/${routerId}`)
    expect(await told(agent, 3)).toEqual([updated, updated, ['router_deleted', { router_id: routerId }]])
  })

  it('casts carry the requester and the live token, as real ones do', async () => {
    const agent = await playAgent(test.bus, HOST)
    await report()
    await gatewayRouter('a')
    await until(
      () => agent.length,
      (length) => length === 1,
    )
    expect(agent[0]?.context).toMatchObject({
      auth_token: test.admin.token,
      user_name: 'admin',
      tenant_name: 'admin',
      user_domain: 'default',
    })
    const keys = Object.keys(
      (readCapture('rpc/16-router-gateway-set.json') as { 'received by the agent': { context: object }[] })[
        'received by the agent'
      ][1]?.context ?? {},
    )
    // `client_timeout` is added by the receiving oslo.messaging.
    expect(Object.keys(agent[0]?.context ?? {}).sort()).toEqual(keys.filter((key) => key !== 'client_timeout').sort())
  })

  it('moving a router by hand: a cast away, a call towards', async () => {
    const agent = await playAgent(test.bus, HOST)
    await report()
    const routerId = await bareRouter('c')
    const [row] = (await test.admin.neutron('GET', `/v2.0/agents?host=${HOST}`)).body.agents
    const added = await test.admin.neutron('POST', `/v2.0/agents/${row.id}/l3-routers`, { router_id: routerId })
    expect([added.status, added.body]).toEqual([201, null])
    expect(agent.at(-1)?.expectsReply).toBe(true)
    expect(await told(agent, 1)).toEqual([['router_added_to_agent', { payload: [routerId] }]])
    expect((await test.admin.neutron('DELETE', `/v2.0/agents/${row.id}/l3-routers/${routerId}`)).status).toBe(204)
    await test.admin.neutron('PUT', `/v2.0/agents/${row.id}`, { agent: { admin_state_up: false } })
    expect(await told(agent, 2)).toEqual([
      ['router_removed_from_agent', { payload: { router_id: routerId } }],
      ['agent_updated', { payload: { admin_state_up: false } }],
    ])
  })
})

/** The transcript of the recorded cloud's scheduling (l3_scheduling.txt), step by step. */
describe('scheduling', () => {
  it('a router gets its agent with its first gateway, a bare one only by get_router_ids', async () => {
    await report()
    const a = await gatewayRouter('a')
    const sync = (routerIds: string[] | null) =>
      l3('sync_routers', { host: HOST, router_ids: routerIds }) as Promise<{ id: string }[]>
    expect(await sync([a])).toHaveLength(1)
    const b = await bareRouter('b')
    expect(await sync([b])).toEqual([])
    expect(await sync(null)).toHaveLength(1)
    const refused = await failure(l3('get_router_ids', { host: HOST }, {}))
    expect([refused.className, refused.message]).toEqual(['RouterNotFound', `Router ${b} could not be found`])
    expect(await l3('get_router_ids', { host: HOST })).toEqual([a, b].sort())
    expect(await sync([b])).toHaveLength(1)
    expect(await sync(null)).toHaveLength(2)
  })

  it('a disabled agent is told that it has nothing, and given nothing; who is no agent has nothing either', async () => {
    await report()
    const a = await gatewayRouter('a')
    const [row] = (await test.admin.neutron('GET', `/v2.0/agents?host=${HOST}&limit=10`)).body.agents
    await test.admin.neutron('PUT', `/v2.0/agents/${row.id}`, { agent: { admin_state_up: false } })
    const late = await gatewayRouter('late')
    expect(await l3('get_router_ids', { host: HOST })).toEqual([])
    expect(await l3('sync_routers', { host: HOST, router_ids: null })).toEqual([])
    const given = await test.admin.neutron('POST', `/v2.0/agents/${row.id}/l3-routers`, { router_id: late })
    expect([given.status, given.body.NeutronError.type]).toEqual([409, 'InvalidL3Agent'])
    // What it had is still its own.
    const { routers } = (await test.admin.neutron('GET', `/v2.0/agents/${row.id}/l3-routers`)).body
    expect(routers.map(({ id }: { id: string }) => id)).toEqual([a])
    expect(await l3('get_router_ids', { host: 'nobody' })).toEqual([])
  })

  it('a floating IP keeps its status until an agent says otherwise, or says nothing of one that was taken off', async () => {
    await report()
    const { routerId, fipId } = await fullRouter()
    const status = async (): Promise<string> =>
      (await test.admin.neutron('GET', `/v2.0/floatingips/${fipId}`)).body.floatingip.status
    const say = (statuses: object): Promise<unknown> =>
      l3('update_floatingip_statuses', { router_id: routerId, fip_statuses: statuses }, ADMIN, '1.1')
    await say({ [fipId]: 'ACTIVE' })
    await test.admin.neutron('PUT', `/v2.0/floatingips/${fipId}`, { floatingip: { port_id: null } })
    expect(await status()).toBe('ACTIVE')
    await say({})
    expect(await status()).toBe('DOWN')
  })

  it('a dead agent is told nothing and answered nothing, until it is revived and asks for ids', async () => {
    const agent = await playAgent(test.bus, HOST)
    await report()
    clock.forward(80_000)
    const d = await gatewayRouter('d')
    await test.cloud.flushed()
    expect(await l3('sync_routers', { host: HOST, router_ids: null })).toEqual([])
    expect(agent).toEqual([])
    expect(await report()).toBe('revived')
    expect(await l3('sync_routers', { host: HOST, router_ids: [d] })).toEqual([])
    expect(await l3('get_router_ids', { host: HOST })).toEqual([d])
    expect(await l3('sync_routers', { host: HOST, router_ids: [d] })).toHaveLength(1)
    await test.admin.neutron('DELETE', `/v2.0/routers/${d}`)
    expect(await told(agent, 1)).toEqual([['router_deleted', { router_id: d }]])
  })

  it('a deleted agent is unknown', async () => {
    await report()
    const [row] = (await test.admin.neutron('GET', `/v2.0/agents?host=${HOST}`)).body.agents
    expect((await test.admin.neutron('DELETE', `/v2.0/agents/${row.id}`)).status).toBe(204)
    expect((await failure(l3('sync_routers', { host: HOST, router_ids: null }))).className).toBe(
      'AgentNotFoundByTypeHost',
    )
  })
})

describe('autoSchedule', () => {
  it('gives every router to whoever asks, agent or not', async () => {
    await test.stop()
    test = await startTestCloud({ routers: 4, tenants: 2 })
    const all = (await l3('sync_routers', { host: 'anybody', router_ids: null }, {})) as { id: string }[]
    expect(all.map((one) => one.id)).toEqual(test.cloud.seededRouters.map((one) => one.id).sort())
    const bare = await bareRouter('bare')
    expect(await l3('sync_routers', { host: 'anybody', router_ids: [bare] })).toHaveLength(1)
    expect(test.cloud.journal.count({ service: 'neutron-rpc', method: 'sync_routers' })).toBe(2)
  })
})
