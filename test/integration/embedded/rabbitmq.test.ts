import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedCloud, startEmbeddedCloud } from '../../../src/embedded/index.ts'
import { createRabbitTransport, type Transport } from '../../../src/messaging/index.ts'
import { login, playAgent, until, watchNotifications } from '../../embedded/support.ts'
import { createBroker, type PrivateBroker } from '../../support/rabbitmq.ts'

/** A broker of its own: the cloud answers on Neutron's own topics, which other tests use too. */
let broker: PrivateBroker
let transport: Transport
let bus: Transport
let cloud: EmbeddedCloud

beforeAll(async () => {
  broker = await createBroker()
  await broker.start()
  transport = createRabbitTransport({ url: broker.url })
  bus = createRabbitTransport({ url: broker.url })
  await transport.connect()
  await bus.connect()
  cloud = await startEmbeddedCloud({
    transport,
    ports: { keystone: 0, neutron: 0, nova: 0, glance: 0 },
    routers: 2,
    autoSchedule: false,
  })
})

afterAll(async () => {
  await cloud?.stop()
  await bus?.close()
  await transport?.close()
  await broker?.dispose()
})

it('the embedded cloud speaks over RabbitMQ as in memory: notifications, RPC, casts and fanout', async () => {
  const seen = await watchNotifications(bus)
  const agent = await playAgent(bus, 'rabbit-host')
  const call = (topic: string, method: string, args: Record<string, unknown>) =>
    bus.call({ exchange: 'neutron', topic, version: '1.0' }, method, args, {
      context: { is_admin: true },
      timeoutMs: 5_000,
    })
  const state = {
    agent_type: 'L3 agent',
    host: 'rabbit-host',
    binary: 'astara-agent',
    topic: 'l3_agent',
    configurations: {},
  }
  const time = '2026-01-01T00:00:00.000000'
  expect(await call('q-reports-plugin', 'report_state', { agent_state: { agent_state: state }, time })).toBe('new')
  expect(await call('q-l3-plugin', 'get_router_ids', { host: 'rabbit-host' })).toHaveLength(2)
  const routers = await call('q-l3-plugin', 'sync_routers', { host: 'rabbit-host', router_ids: null })
  expect(routers).toMatchObject([
    { gw_port: {}, _interfaces: [{}] },
    { gw_port: {}, _interfaces: [{}] },
  ])

  const admin = await login(cloud, 'admin', 'admin')
  const router = { name: 'over-rabbit', external_gateway_info: { network_id: cloud.externalNetworkId } }
  const made = await admin.neutron('POST', '/v2.0/routers', { router })
  const { id } = made.body.router
  expect((await admin.neutron('DELETE', `/v2.0/routers/${id}`)).status).toBe(204)
  await cloud.flushed()
  await until(
    () => seen.length,
    (count) => count >= 4,
  )
  expect(seen.map((one) => one.eventType)).toEqual([
    'router.create.start',
    'router.create.end',
    'router.delete.start',
    'router.delete.end',
  ])
  await until(
    () => agent.length,
    (count) => count >= 2,
  )
  expect(agent.map(({ method, args }) => [method, args])).toEqual([
    ['routers_updated', { routers: [id] }],
    ['router_deleted', { router_id: id }],
  ])
})
