import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  notificationToEvents,
  type OrchestratorEvent,
  rpcToEvents,
  type Translation,
} from '../../../src/orchestrator/events/index.ts'
import { jsonFixture } from '../../support/vectors.ts'
import { ROUTERS } from './support.ts'

const folder = new URL('../../fixtures/captures/', import.meta.url)

const Inner = z.object({ event_type: z.string(), payload: z.unknown() }).loose()
const Message = z.object({ body: z.object({ 'oslo.message': z.string() }) })
const Capture = z.union([z.array(Message), z.object({ messages: z.array(Message) }).transform((file) => file.messages)])

const contextOf = (message: object): object =>
  Object.fromEntries(
    Object.entries(message).flatMap(([k, v]) => (k.startsWith('_context_') ? [[k.slice('_context_'.length), v]] : [])),
  )

interface Said {
  readonly type: string
  readonly result: Translation
}

/** What ours makes of the notifications of one captured operation. */
function translated(name: string): readonly Said[] {
  return Capture.parse(jsonFixture(`captures/notifications/${name}.json`)).map((message) => {
    const inner = Inner.parse(JSON.parse(message.body['oslo.message']))
    const input = { eventType: inner.event_type, payload: inner.payload, context: contextOf(inner) }
    return { type: inner.event_type, result: notificationToEvents(input, ROUTERS) }
  })
}

const eventsOf = (name: string): readonly OrchestratorEvent[] => translated(name).flatMap(({ result }) => result.events)

const TENANT = '39a42c4d-1137-4dba-a289-d92acba34e4b'
const ROUTER = 'a44eea9c-1ee1-41cd-b077-a8c54bfe2b12'
const NETWORK = 'cdf3709d-f5fc-4d0a-a81a-dbf80b0f592d'
const SUBNET = 'b00a3514-3266-4afc-a751-9b3fad5fd7bb'
const SUBNET6 = '63aefd2b-8d93-4c64-a6c2-fb86ff3ee7fa'
const PORT = '18eff138-7ca7-4a08-9c29-8e219a0c245b'

const router = (action: string, resourceId = ROUTER): object => ({ action, resourceId, tenantId: TENANT, hints: null })
const found = (hints: object): object => ({ action: 'update', resourceId: null, tenantId: TENANT, hints })
const network = found({ networkIds: [NETWORK], subnetIds: [], portIds: [] })
const subnet = (id: string): object => found({ networkIds: [NETWORK], subnetIds: [id], portIds: [] })
const port = (id: string, subnets: readonly string[]): object =>
  found({ networkIds: [NETWORK], subnetIds: subnets, portIds: [id] })
const owner = found({ networkIds: [], subnetIds: [], portIds: [], ownerTenantId: TENANT })

/** Every captured operation, and the one event it must give; null: none. */
const EXPECTED: Readonly<Record<string, object | null>> = {
  '01-network-create': null,
  '02-network-update': network,
  '03-subnet-create': subnet(SUBNET),
  '04-subnet-update': subnet(SUBNET),
  '05-subnet-create-v6-slaac': subnet(SUBNET6),
  '06-port-create': port(PORT, [SUBNET, SUBNET6]),
  '07-port-update': port(PORT, [SUBNET, SUBNET6]),
  '08-port-create-vrrp': null,
  '09-router-create': router('create'),
  '10-router-update-name': router('update'),
  '11-router-gateway-set': router('update'),
  '12-router-interface-add-by-subnet': router('update'),
  '13-port-create-for-interface': port('d6f4a24e-e4f9-488e-86b2-a4d92fb0d24b', [SUBNET6]),
  '14-router-interface-add-by-port': router('update'),
  '15-router-routes-set': router('update'),
  '16-router-routes-clear': router('update'),
  '17-floatingip-create': owner,
  '18-floatingip-associate': router('update'),
  '19-floatingip-disassociate': owner,
  '20-floatingip-delete': owner,
  '21-floatingip-create-associated': router('update'),
  '22-router-delete-refused-409': null,
  '23-floatingip-delete-associated': router('update'),
  '24-router-interface-remove-by-subnet': router('update'),
  '25-router-interface-remove-by-port': router('update'),
  '26-router-gateway-clear': router('update'),
  '27-router-delete': router('delete'),
  '28-router-create-with-gateway': router('create', '9d2e8e36-a40c-46fc-b62e-f200698a5c10'),
  '29-router-delete-with-gateway': router('delete', '9d2e8e36-a40c-46fc-b62e-f200698a5c10'),
  '30-port-delete': port(PORT, [SUBNET, SUBNET6]),
  '31-port-delete-vrrp': {
    action: 'update',
    driver: null,
    resourceId: '11111111-2222-3333-4444-555555555555',
    unpluggedPort: 'a88807dd-4142-479a-b493-5138a0201c33',
  },
  '32-subnet-delete': subnet(SUBNET),
  '33-subnet-delete-v6': subnet(SUBNET6),
  '34-network-delete': null,
  '35-network-create-bulk': null,
  'boot-1-create-server': null,
  'boot-2-attach': null,
  'boot-3-detach': null,
  'boot-4-delete-server': null,
}

describe('pitfall D39: what a Neutron of today says is understood', () => {
  it.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    expect(eventsOf(name)).toMatchObject(expected === null ? [] : [expected])
    for (const { type, result } of translated(name)) {
      expect(result.poison, type).toBeUndefined()
      // An event is what has happened, never what is about to.
      if (type.endsWith('.start')) expect(result.ignored, type).toBe('not_ours')
    }
  })

  it('leaves out no captured notification', () => {
    const files = readdirSync(new URL('notifications/', folder)).filter((name) =>
      /^(?:\d\d|boot-\d)-.*\.json$/.test(name),
    )
    expect(files.map((name) => name.replace('.json', '')).sort()).toEqual(Object.keys(EXPECTED).sort())
  })
})

describe('echo of our own doing', () => {
  // The instance in these has no id that could be one of ours in its ports' names.
  it.each(['08-port-create-vrrp', 'boot-1-create-server', 'boot-2-attach', 'boot-4-delete-server'])('%s', (name) => {
    const ends = translated(name).filter(({ type }) => type.endsWith('.end'))
    expect(ends.length).toBeGreaterThan(0)
    for (const { result } of ends) expect(result.ignored).toBe('echo')
  })
})

describe('what the L3 plugin tells its agent', () => {
  const Received = z
    .object({
      'received by the agent': z.array(
        z.object({ method: z.string().optional(), args: z.unknown().optional(), context: z.unknown() }),
      ),
    })
    .partial()
  const files = readdirSync(new URL('rpc/', folder)).filter((name) => /^\d\d-.*\.json$/.test(name))
  const requests = files.flatMap((file) => {
    const heard = Received.parse(jsonFixture(`captures/rpc/${file}`))['received by the agent'] ?? []
    return heard.flatMap(({ method, args, context }) => (method === undefined ? [] : [{ file, method, args, context }]))
  })

  it('has an event for each request', () => {
    const id = 'd5fdb3d4-8f89-4a6a-81f7-20c1330184da'
    const actions: Readonly<Record<string, object>> = {
      routers_updated: { kind: 'resource', action: 'update', resourceId: id, tenantId: TENANT, tenantFrom: 'context' },
      router_removed_from_agent: { kind: 'agent', routerIds: [id] },
      router_added_to_agent: { kind: 'resource', action: 'update', resourceId: id },
      router_deleted: { kind: 'resource', action: 'delete', resourceId: id, source: 'rpc' },
      agent_updated: { kind: 'agent', type: 'agent_updated' },
    }
    for (const { file, method, args, context } of requests) {
      const { events, poison } = rpcToEvents({ method, args, context })
      expect(poison, file).toBeUndefined()
      expect(events, file).toMatchObject([actions[method]])
    }
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(Object.keys(actions)))
  })

  it('hears whether the agent is administratively up', () => {
    const ups = requests
      .filter(({ method }) => method === 'agent_updated')
      .map((request) => rpcToEvents(request).events[0])
    expect(ups).toMatchObject([{ adminStateUp: false }, { adminStateUp: true }])
  })

  it('takes several routers at once, and routers given as objects', () => {
    const [a, b] = ['11111111-1111-4111-8111-111111111111', '22222222222242228222222222222222']
    const { events } = rpcToEvents({ method: 'routers_updated', args: { routers: [a, { id: b }, a] }, context: {} })
    expect(events).toMatchObject([{ resourceId: a }, { resourceId: '22222222-2222-4222-8222-222222222222' }])
    expect(rpcToEvents({ method: 'routers_updated', args: { routers: [] }, context: {} }).ignored).toBe('not_ours')
  })

  it('passes over what is not meant for a router', () => {
    expect(rpcToEvents({ method: 'add_arp_entry', args: {}, context: {} })).toEqual({ events: [], ignored: 'not_ours' })
  })
})
