import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { createRabbitTransport, type Transport } from '../../src/messaging/index.ts'
import { createMetrics } from '../../src/orchestrator/api/index.ts'
import { type BusMembership, joinBus } from '../../src/orchestrator/bus-intake.ts'
import { type ResourceEvent, ResourceIndex } from '../../src/orchestrator/events/index.ts'
import { Dispatcher } from '../../src/orchestrator/scheduler/dispatcher.ts'
import { silentLogger, systemClock, systemRandom } from '../../src/shared/index.ts'
import { openRawAmqp, type RawAmqp } from '../support/raw-amqp.ts'

const CAPTURES = fileURLToPath(new URL('../fixtures/captures/', import.meta.url))
const HOST = `replay-${process.pid}`
const EXCHANGE = `neutron-replay-${process.pid}`
/** The router, network and tenant that most of the captures are about. */
const TENANT = '39a42c4d-1137-4dba-a289-d92acba34e4b'
const OTHER = 'aaaaaaaa-0000-4000-8000-000000000001'

interface Published {
  readonly exchange: string
  readonly key: string
  readonly body: string
}

/** The bytes that a real Neutron published during one operation, addressed to this test's exchange and host. */
function captured(folder: string): ReadonlyMap<string, readonly Published[]> {
  const found = new Map<string, readonly Published[]>()
  for (const file of globSync(join(CAPTURES, folder, '*.json')).sort()) {
    const document = JSON.parse(readFileSync(file, 'utf8'))
    const messages: { delivery_info: { routing_key: string }; body_raw: string }[] = Array.isArray(document)
      ? document
      : (document.messages ?? [])
    const traced: { exchange: string; routing_keys: string[]; body_raw: string }[] =
      document['published (firehose)'] ?? []
    const published = [
      ...messages.map((m) => ({ exchange: EXCHANGE, key: m.delivery_info.routing_key, body: m.body_raw })),
      ...traced
        .filter((m) => m.routing_keys.some((key) => key.startsWith('l3_agent.')) || m.exchange === 'l3_agent_fanout')
        .map((m) => ({
          exchange: m.exchange === 'neutron' ? EXCHANGE : m.exchange,
          key: m.routing_keys[0]?.replace('fake-l3-host', HOST) ?? '',
          body: m.body_raw,
        })),
    ]
    if (published.length > 0) found.set(basename(file, '.json'), published)
  }
  return found
}

let transport: Transport
let raw: RawAmqp
let intake: BusMembership
const delivered: ResourceEvent[] = []
/** Routers that Neutron told us to let go. */
const letGo: string[] = []
const parked: string[] = []

beforeAll(async () => {
  const { config } = await loadConfig({
    files: [],
    env: {},
    overrides: { DEFAULT: { host: HOST, neutron_control_exchange: EXCHANGE } },
  })
  transport = createRabbitTransport({ url: inject('amqpUrl') })
  await transport.connect()
  raw = await openRawAmqp(inject('amqpUrl'))
  const index = new ResourceIndex()
  const networks = new Set<string>()
  for (const file of ['03-subnet-create', '06-port-create', '07-port-update', '05-subnet-create-v6-slaac']) {
    const [, end] = captured('notifications').get(file) ?? []
    const payload = JSON.parse(JSON.parse(end?.body ?? '{}')['oslo.message']).payload
    networks.add((payload.subnet ?? payload.port).network_id)
  }
  index.upsert({
    resourceId: OTHER,
    driver: 'router',
    tenantId: TENANT,
    networkIds: [...networks],
    subnetIds: [],
    portIds: [],
  })
  const dispatcher = new Dispatcher({
    workers: [{ deliver: async (event) => void delivered.push(event) }],
    index,
    tenantOf: async () => TENANT,
    clock: systemClock,
    logger: silentLogger,
  })
  const metrics = createMetrics()
  intake = joinBus({
    config,
    transport,
    take: async (event) => {
      if (event.kind === 'resource') await dispatcher.dispatch(event)
      else if (event.kind === 'agent' && event.type === 'router_removed_from_agent') letGo.push(...event.routerIds)
    },
    metrics: { ...metrics, parked: (reason) => void parked.push(reason) },
    logger: silentLogger,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
  })
  await intake.joined
})

afterAll(async () => {
  await intake?.close()
  await transport?.close()
  await raw?.close()
})

/** Publishes the bytes and waits until a marker behind them has come through. */
async function replay(messages: readonly Published[]): Promise<readonly string[]> {
  delivered.length = 0
  letGo.length = 0
  for (const { exchange, key, body } of messages) await raw.publish(exchange, key, Buffer.from(body))
  await expect.poll(() => raw.depth(`astara.notifications.${HOST}`)).toBe(0)
  await transport.call({ exchange: EXCHANGE, topic: 'l3_agent', server: HOST }, 'routers_updated', { routers: [] })
  const events = delivered.flatMap((e) =>
    e.resourceId === null ? [] : [`${e.action} ${e.resourceId === OTHER ? 'other' : 'own'}`],
  )
  return [...events, ...letGo.map(() => 'let go own')]
}

/**
 * What each operation comes to. `own`: the router that the operation is about. `other`: the one router known to stand on the captured
 * networks and to belong to the captured tenant, found because the message names no router.
 */
const NOTIFICATIONS: Readonly<Record<string, string>> = {
  '01-network-create': 'nothing',
  '02-network-update': 'update other',
  '03-subnet-create': 'update other',
  '04-subnet-update': 'update other',
  '05-subnet-create-v6-slaac': 'update other',
  '06-port-create': 'update other',
  '07-port-update': 'update other',
  '08-port-create-vrrp': 'nothing',
  '09-router-create': 'create own',
  '10-router-update-name': 'update own',
  '11-router-gateway-set': 'update own',
  '12-router-interface-add-by-subnet': 'update own',
  '13-port-create-for-interface': 'update other',
  '14-router-interface-add-by-port': 'update own',
  '15-router-routes-set': 'update own',
  '16-router-routes-clear': 'update own',
  '17-floatingip-create': 'update other',
  '18-floatingip-associate': 'update own',
  '19-floatingip-disassociate': 'update other',
  '20-floatingip-delete': 'update other',
  '21-floatingip-create-associated': 'update own',
  '22-router-delete-refused-409': 'nothing',
  '23-floatingip-delete-associated': 'update own',
  '24-router-interface-remove-by-subnet': 'update own',
  '25-router-interface-remove-by-port': 'update own',
  '26-router-gateway-clear': 'update own',
  '27-router-delete': 'delete own',
  '28-router-create-with-gateway': 'create own',
  '29-router-delete-with-gateway': 'delete own',
  '30-port-delete': 'update other',
  '31-port-delete-vrrp': 'nothing',
  '32-subnet-delete': 'update other',
  '33-subnet-delete-v6': 'update other',
  '34-network-delete': 'nothing',
  '35-network-create-bulk': 'nothing',
}

/** The same operations as the L3 plugin tells them to its agent. */
const CASTS: Readonly<Record<string, string>> = {
  '16-router-gateway-set': 'update own',
  '17-router-interface-add': 'update own',
  '20-floatingip-create': 'update own',
  '28-router-update-name': 'update own',
  '29-router-update-admin-down': 'update own',
  '30-router-update-admin-up': 'update own',
  '31-router-routes-set': 'update own',
  '32-router-routes-clear': 'update own',
  '34-floatingip-delete': 'update own',
  '35-agent-remove-router': 'let go own',
  '36-agent-add-router': 'update own',
  '37-agent-admin-down': 'nothing',
  '38-agent-admin-up': 'nothing',
  '39-router-interface-remove': 'update own',
  '40-router-gateway-clear': 'update own',
  '41-router-delete': 'delete own',
}

describe('captures of a real Neutron, replayed through a real RabbitMQ', () => {
  it.each([
    ['notifications', NOTIFICATIONS],
    ['rpc', CASTS],
  ])('%s: the orchestrator acts on each as it must', async (folder, expected) => {
    const happened: Record<string, string> = {}
    for (const [name, messages] of captured(folder)) {
      if (!name.startsWith('boot-')) happened[name] = (await replay(messages)).join(', ') || 'nothing'
    }
    expect(happened).toEqual(expected)
  })

  it('pitfall D39: the ports of our own instances, as Nova binds and frees them, are no news', async () => {
    const boots = [...captured('notifications')].filter(([name]) => name.startsWith('boot-'))
    expect(boots).toHaveLength(4)
    for (const [name, messages] of boots) expect([name, await replay(messages)]).toEqual([name, []])
  })

  it('nothing of it was parked', () => {
    expect(parked).toEqual([])
  })
})
