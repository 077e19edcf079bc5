import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  commandToEvents,
  notificationToEvents,
  rpcToEvents,
  type Translation,
} from '../../../src/orchestrator/events/index.ts'
import { isUuid } from '../../../src/shared/index.ts'
import { BOTH, ROUTERS, uuid } from './support.ts'

const TYPES = [
  'router.create.end',
  'router.update.end',
  'router.delete.end',
  'router.interface.create',
  'port.update.end',
  'subnet.delete.end',
  'network.update.end',
  'floatingip.update.end',
  'vpnservice.update.end',
  'member.create.end',
  'pool.create.start',
  'astara.command',
  'routerstatus.update.end',
]
const KEYS = [
  'router',
  'routers',
  'port',
  'ports',
  'subnet',
  'network',
  'floatingip',
  'router_interface',
  'router_id',
  'command',
]

const notice = (eventType: string, payload: unknown, context: unknown = {}): Translation =>
  notificationToEvents({ eventType, payload, context }, BOTH)

/** Exactly one of events, ignored, poison; and no id that is not a UUID. */
function expectSound(result: Translation): void {
  const outcomes = [result.events.length > 0, result.ignored !== undefined, result.poison !== undefined]
  expect(outcomes.filter(Boolean), JSON.stringify(result)).toHaveLength(1)
  for (const event of result.events) {
    if (event.kind === 'agent') continue
    for (const id of [event.resourceId, event.tenantId]) {
      expect(id === null || id === '*' || id === 'error' || isUuid(id), String(id)).toBe(true)
    }
    if (event.kind !== 'resource' || event.hints === null) continue
    for (const id of [...event.hints.networkIds, ...event.hints.subnetIds, ...event.hints.portIds]) {
      expect(isUuid(id), id).toBe(true)
    }
  }
}

const text = fc.oneof(fc.uuid(), fc.string(), fc.constantFrom('*', 'error', '', '../..', 'ASTARA:VRRP:x', 'poll'))
const inner = fc.oneof(
  fc.anything(),
  fc.dictionary(
    fc.constantFrom('id', 'tenant_id', 'network_id', 'router_id', 'name', 'fixed_ips', 'port_details'),
    fc.oneof(text, fc.anything()),
  ),
)
const payload = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...KEYS), fc.oneof(inner, text, fc.array(inner))))

describe('pitfall D47: no payload breaks the intake', () => {
  it('answers every notification with events, a reason to pass over it, or a reason to park it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...TYPES), fc.string()), payload, fc.anything(), (type, body, context) => {
        expectSound(notice(type, body, context))
      }),
      { numRuns: 1000 },
    )
  })

  it('answers every request likewise', () => {
    const methods = [
      'router_deleted',
      'routers_updated',
      'router_removed_from_agent',
      'router_added_to_agent',
      'agent_updated',
    ]
    const args = fc.dictionary(
      fc.constantFrom('router_id', 'routers', 'payload'),
      fc.oneof(inner, text, fc.array(inner)),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...methods),
        fc.oneof(args, fc.anything()),
        fc.anything(),
        (method, body, context) => {
          expectSound(rpcToEvents({ method, args: body, context }))
        },
      ),
      { numRuns: 700 },
    )
  })

  it.each([
    ['null', 'router.update.end', null, 'bad_payload'],
    ['a list', 'router.update.end', [], 'bad_payload'],
    ['a list where an object belongs', 'port.update.end', { port: [] }, 'bad_payload'],
    ['an object where a list belongs', 'port.create.end', { ports: {} }, 'bad_payload'],
    ['a list with a null', 'port.create.end', { ports: [null] }, 'bad_payload'],
    ['no id', 'router.create.end', { router: {} }, 'missing_id'],
    ['no router', 'router.update.end', {}, 'missing_id'],
    ['a number as id', 'router.create.end', { router: { id: 7 } }, 'bad_id'],
    ['addresses that are none', 'port.update.end', { port: { id: uuid(1), fixed_ips: 'x' } }, 'bad_payload'],
    ['an owner that is none', 'router.update.end', { router: { id: uuid(1), tenant_id: 'x' } }, 'bad_tenant'],
    ['an unknown command', 'astara.command', { command: 'dance' }, 'unknown_command'],
    ['a command without a name', 'astara.command', {}, 'bad_payload'],
    ['a command without an id', 'astara.command', { command: 'router-update' }, 'missing_id'],
  ])('parks %s', (_name, type, body, reason) => {
    expect(notice(type, body)).toMatchObject({ events: [], poison: reason })
  })

  it('takes null for absent, as Neutron means it', () => {
    const { events } = notice('port.delete.end', { port: null, port_id: uuid(3) })
    expect(events).toMatchObject([{ resourceId: null, hints: { portIds: [uuid(3)] } }])
  })
})

describe('S4: nothing but a UUID is an id', () => {
  const id = uuid(1)
  const bad = [
    `../${id}`,
    `${id}/..`,
    `${id}%2F`,
    `${id}?x=1`,
    `${id}#`,
    `${id}\n`,
    ` ${id}`,
    `${id}\0`,
    '169.254.169.254',
    'urn:uuid:x',
    '__proto__',
    '*',
    'error',
  ]
  it.each(bad)('%j', (text_) => {
    expect(notice('router.update.end', { router: { id: text_ } }).poison).toBe('bad_id')
    expect(notice('router.delete.end', { router_id: text_ }).poison).toBe('bad_id')
    expect(notice('port.update.end', { port: { id, network_id: text_ } }).poison).toBe('bad_id')
    expect(notice('floatingip.update.end', { floatingip: { router_id: text_ } }).poison).toBe('bad_id')
    expect(rpcToEvents({ method: 'router_deleted', args: { router_id: text_ }, context: {} }).poison).toBe('bad_id')
    if (text_ === '*' || text_ === 'error') return
    expect(commandToEvents({ command: 'router-rebuild', router_id: text_ }).poison).toBe('bad_id')
    expect(commandToEvents({ command: 'router-rebuild', router_id: id, router_image_uuid: text_ }).poison).toBe(
      'bad_id',
    )
    expect(commandToEvents({ command: 'tenant-debug', tenant_id: text_ }).poison).toBe('bad_id')
  })

  it('writes every id in one form', () => {
    const { events } = notice('router.update.end', { router: { id: 'D22B149CEE9B4EAC8349C517EDA00B89' } })
    expect(events).toMatchObject([{ resourceId: 'd22b149c-ee9b-4eac-8349-c517eda00b89' }])
  })

  it('reads no inherited key (S11)', () => {
    const crafted: unknown = JSON.parse(
      `{"__proto__": {"router": {"id": "${id}"}}, "constructor": {"router_id": "${id}"}}`,
    )
    expect(notice('router.update.end', crafted).poison).toBe('missing_id')
    expect(notice('router.update.end', Object.create({ router: { id } })).poison).toBe('missing_id')
    expect(commandToEvents({ command: 'constructor' }).poison).toBe('unknown_command')
  })
})

describe('bulk requests', () => {
  it('gives each router its own event', () => {
    const routers = [uuid(1), uuid(2)].map((id) => ({ id, tenant_id: uuid(9) }))
    expect(notice('router.create.end', { routers }).events).toMatchObject([
      { action: 'create', resourceId: uuid(1), tenantId: uuid(9) },
      { action: 'create', resourceId: uuid(2), tenantId: uuid(9) },
    ])
  })

  it('looks once for what was made for one tenant, and leaves out our own ports', () => {
    const port = (n: number, tenant: number, name = ''): object => ({
      id: uuid(n),
      name,
      network_id: uuid(100),
      tenant_id: uuid(tenant),
    })
    const ports = [port(1, 8), port(2, 8), port(3, 9), port(4, 8, 'ASTARA:VRRP:x'), port(5, 8, 'AKANDA:MGT:x')]
    expect(notice('port.create.end', { ports }).events).toMatchObject([
      { tenantId: uuid(8), hints: { portIds: [uuid(1), uuid(2)], networkIds: [uuid(100)] } },
      { tenantId: uuid(9), hints: { portIds: [uuid(3)] } },
    ])
    expect(notice('port.create.end', { ports: [ports[3]] }).ignored).toBe('echo')
    expect(notice('port.create.end', { ports: [] }).ignored).toBe('not_ours')
  })
})

describe('what is not enabled', () => {
  it('is passed over, and says so', () => {
    const vpn = { eventType: 'ikepolicy.update.end', payload: { ikepolicy: { id: uuid(1) } }, context: {} }
    const lb = { eventType: 'loadbalancer.create.end', payload: { loadbalancer: { id: uuid(1) } }, context: {} }
    expect(notificationToEvents(vpn, ROUTERS).ignored).toBe('vpn_disabled')
    expect(notificationToEvents(lb, ROUTERS).ignored).toBe('driver_disabled')
  })

  it.each(['routerstatus.update.end', 'routerstatus.update.start', 'loadbalancerstatus.update.end'])(
    '%s is our own echo',
    (type) => {
      expect(notice(type, { routerstatus: { id: uuid(1) } }).ignored).toBe('echo')
    },
  )
})

describe('whose it is', () => {
  it('keeps the owner apart from the requester, who may be an administrator', () => {
    const payload_ = { floatingip: { id: uuid(1), tenant_id: uuid(8), router_id: null, port_id: null } }
    expect(notice('floatingip.update.end', payload_, { tenant_id: uuid(9) }).events).toMatchObject([
      { tenantId: uuid(9), tenantFrom: 'context', hints: { ownerTenantId: uuid(8), networkIds: [] } },
    ])
  })

  it('does not take an improper requester for a tenant', () => {
    const router = { router: { id: uuid(1) } }
    for (const context of [null, {}, { tenant_id: '' }, { tenant_id: 'admin' }, { tenant_id: 5 }]) {
      expect(notice('router.update.end', router, context).events).toMatchObject([
        { tenantId: null, tenantFrom: 'none' },
      ])
    }
  })
})
