import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { notificationToEvents, type OrchestratorEvent, rpcToEvents } from '../../../src/orchestrator/events/index.ts'
import { findTenant } from '../../../src/orchestrator/events/tenant.ts'
import { jsonFixture } from '../../support/vectors.ts'

const EventRow = z.object({
  queue_target: z.string(),
  driver: z.string(),
  id: z.string().nullable(),
  tenant_id: z.string(),
  crud: z.string(),
  body: z.unknown().optional(),
})
const Row = z.object({
  ipsec_vpn: z.boolean().optional(),
  event_type: z.string().optional(),
  rpc: z.string().optional(),
  context: z.record(z.string(), z.unknown()),
  payload: z.unknown().optional(),
  events: z.array(EventRow),
})
type Row = z.infer<typeof Row>

/** The vectors use readable names for ids; ours takes UUIDs only. Same name, same UUID. */
const ID_KEY = /^(?:id|.*_id|router_image_uuid)$/
function uuidOf(name: string): string {
  const hex = createHash('md5').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
function withUuids(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return ID_KEY.test(key) && value !== '*' ? uuidOf(value) : value
  if (Array.isArray(value)) return value.map((one) => withUuids(one, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withUuids(v, k)]))
}
const idOf = (name: string | null): string | null => (name === null || name === '*' ? name : uuidOf(name))

const describeOurs = (event: OrchestratorEvent): string =>
  event.kind === 'resource' ? `${event.driver} ${event.action} ${event.resourceId} of ${event.tenantId}` : event.kind

function describeTheirs(event: Row['events'][number]): string {
  const driver = event.driver === '*' ? 'null' : event.driver
  return `${driver} ${event.crud} ${idOf(event.id)} of ${idOf(event.tenant_id)}`
}

const ours = (row: Row): readonly OrchestratorEvent[] => {
  const result = notificationToEvents(
    { eventType: row.event_type ?? '', payload: withUuids(row.payload), context: withUuids(row.context) },
    { ipsecVpn: row.ipsec_vpn ?? false, enabledDrivers: ['router', 'loadbalancer'] },
  )
  expect(result.poison, row.event_type).toBeUndefined()
  return result.events
}

/**
 * Rows where ours differs, by event type, with what ours says instead (`*`: any id). The reasons are in test/fixtures/deviations.md.
 */
const MODERN_NAMES = ['router.update.end', 'subnet.update.end', 'port.update.end', 'network.update.end']
const MODERN_VPN_NAMES = ['vpnservice', 'ipsec_site_connection', 'ikepolicy', 'ipsecpolicy'].map(
  (kind) => `${kind}.update.end`,
)
const LOADBALANCER_PARTS = [
  'loadbalancer.update.end',
  ...['listener', 'pool', 'healthmonitor'].flatMap((kind) =>
    ['create', 'update', 'delete'].map((verb) => `${kind}.${verb}.end`),
  ),
  'member.update.end',
]
const NAMED_ROUTER = ['floatingip.create.end', 'floatingip.update.end', 'floatingip.change.end']

describe('notification_events.json', () => {
  const rows = z.array(Row).parse(jsonFixture('vectors/notification_events.json'))
  const isException = (row: Row): boolean => {
    const type = row.event_type ?? ''
    if (NAMED_ROUTER.includes(type) || MODERN_NAMES.includes(type) || LOADBALANCER_PARTS.includes(type)) return true
    return MODERN_VPN_NAMES.includes(type) && row.ipsec_vpn === true
  }
  const isCommand = (row: Row): boolean => row.events.some((event) => event.crud === 'command')
  const plain = rows.filter((row) => row.event_type !== undefined && !isException(row) && !isCommand(row))

  it('holds for every row but exceptions and commands', () => {
    for (const row of plain) {
      expect(ours(row).map(describeOurs), `${row.event_type} ${row.ipsec_vpn}`).toEqual(row.events.map(describeTheirs))
    }
    expect(plain.length).toBe(rows.length - 1 - 2 * (4 + 11 + 3) - 4 - 7)
  })

  it('takes the names that Neutron uses today (pitfall D39) where the original took nothing', () => {
    const rowsOf = (names: readonly string[]): Row[] => rows.filter((row) => names.includes(row.event_type ?? ''))
    for (const row of [...rowsOf(MODERN_NAMES), ...rowsOf(MODERN_VPN_NAMES).filter((r) => r.ipsec_vpn)]) {
      expect(row.events).toEqual([])
      expect(ours(row)).toMatchObject([{ kind: 'resource', driver: 'router', action: 'update' }])
    }
    for (const row of rowsOf(['router.update.end']))
      expect(ours(row)).toMatchObject([{ resourceId: uuidOf('router-ID') }])
  })

  it('pitfall D38: takes every change of a load balancer, not four of them', () => {
    for (const row of rows.filter((one) => LOADBALANCER_PARTS.includes(one.event_type ?? ''))) {
      expect(row.events, row.event_type).toEqual([])
      expect(ours(row), row.event_type).toMatchObject([{ driver: 'loadbalancer', action: 'update' }])
    }
  })

  it('takes the router that a floating IP names instead of leaving it to be guessed', () => {
    for (const row of rows.filter((one) => NAMED_ROUTER.includes(one.event_type ?? ''))) {
      expect(row.events).toMatchObject([{ id: null, crud: 'update' }])
      expect(ours(row)).toMatchObject([{ action: 'update', resourceId: uuidOf('R-FIP'), hints: null }])
    }
  })

  it('turns every command into what it orders', () => {
    const commands = rows.filter(isCommand)
    for (const row of commands) {
      const [theirs] = row.events
      const body = z.object({ command: z.string() }).loose().parse(withUuids(theirs?.body))
      const [event, ...more] = ours(row)
      expect(more).toEqual([])
      const action = /^(?:router|resource)-(update|rebuild)$/.exec(body.command)?.[1]
      const tenantId = idOf(theirs?.tenant_id ?? null)
      if (action !== undefined) {
        const resourceId = body.resource_id ?? body.router_id
        const imageUuid = body.router_image_uuid ?? null
        expect(event).toMatchObject({ kind: 'resource', action, resourceId, tenantId, imageUuid, source: 'command' })
      } else {
        expect(event).toMatchObject({ kind: 'command', command: body.command })
        if (body.tenant_id !== undefined) expect(event).toMatchObject({ tenantId })
      }
    }
    expect(commands).toHaveLength(7)
  })

  it('holds for the RPC row', () => {
    const row = rows.find((one) => one.rpc !== undefined)
    expect(row?.rpc).toBe('l3_agent.router_deleted(router_id=R-RPC)')
    const { events } = rpcToEvents({
      method: 'router_deleted',
      args: { router_id: uuidOf('R-RPC') },
      context: withUuids(row?.context),
    })
    expect(events.map(describeOurs)).toEqual(row?.events.map(describeTheirs))
  })
})

it('tenant_id.json holds for every row', () => {
  const Case = z.object({ context: z.unknown(), payload: z.unknown(), tenant_id: z.string().nullable() })
  const cases = z.array(Case).parse(jsonFixture('vectors/tenant_id.json'))
  for (const { context, payload, tenant_id: expected } of cases) {
    expect(findTenant(payload, context).tenantId, JSON.stringify({ context, payload })).toBe(expected)
  }
  expect(cases.length).toBe(22)
})
