import type { DriverName } from '../../contract/index.ts'
import { translateCommand } from './command.ts'
import { hintsOf, mergeHints } from './hints.ts'
import { LOADBALANCER_EVENTS } from './loadbalancer-table.ts'
import { isOwnPort, unpluggedEvent } from './own-ports.ts'
import { field, firstIdAt, isObject, type JsonObject, UnreadableError } from './payload.ts'
import { ROUTER_EVENTS } from './router-table.ts'
import type { EventRule } from './rule.ts'
import { tenantOf } from './tenant.ts'
import { ignored, readable, type Translation } from './translation.ts'
import type { ResourceEvent } from './types.ts'

/** What of a notification matters here; any oslo.messaging notification has this shape. */
export interface NotificationInput {
  readonly eventType: string
  readonly payload: unknown
  readonly context: unknown
}

export interface TranslationOptions {
  /** `[router] ipsec_vpn`. */
  readonly ipsecVpn: boolean
  readonly enabledDrivers: readonly DriverName[]
}

const TABLES: readonly (readonly [DriverName, ReadonlyMap<string, EventRule>])[] = [
  ['router', ROUTER_EVENTS],
  ['loadbalancer', LOADBALANCER_EVENTS],
]

const COMMAND = 'astara.command'
const AGENT_DELETED = 'agent.delete.end'
const OWN_STATUS = /^(?:router|loadbalancer)status\.update/

/** The payload, once per object in it: a bulk request's list is taken apart. */
function viewsOf(payload: unknown, key: string): readonly JsonObject[] {
  if (!isObject(payload)) throw new UnreadableError('bad_payload', 'the payload is not an object')
  const single = field(payload, key)
  if (single !== undefined && !isObject(single)) throw new UnreadableError('bad_payload', `${key} is not an object`)
  const list = single === undefined ? field(payload, `${key}s`) : undefined
  if (list === undefined) return [payload]
  if (!Array.isArray(list) || !list.every(isObject)) {
    throw new UnreadableError('bad_payload', `${key}s is not a list of objects`)
  }
  return list.map((object) => ({ [key]: object }))
}

function eventOf(driver: DriverName, rule: EventRule, view: JsonObject, input: NotificationInput): ResourceEvent {
  const resourceId = firstIdAt(view, rule.id)
  if (resourceId === null && rule.idRequired) throw new UnreadableError('missing_id', `no ${driver} id in the payload`)
  const { tenantId, from } = tenantOf(view, input.context)
  return {
    kind: 'resource',
    driver,
    resourceId,
    tenantId,
    tenantFrom: from,
    action: rule.action,
    priority: 'event',
    source: 'notification',
    type: input.eventType,
    hints: resourceId === null ? hintsOf(rule, view) : null,
    imageUuid: null,
    reason: null,
    force: false,
  }
}

/** Events without an id that differ in their hints only become one. */
function merged(events: readonly ResourceEvent[]): readonly ResourceEvent[] {
  const byTenant = new Map<string, ResourceEvent>()
  const result: ResourceEvent[] = []
  for (const event of events) {
    if (event.hints === null) {
      result.push(event)
      continue
    }
    const key = `${event.tenantId} ${event.hints.ownerTenantId}`
    const before = byTenant.get(key)
    byTenant.set(key, before?.hints ? { ...before, hints: mergeHints(before.hints, event.hints) } : event)
  }
  return [...result, ...byTenant.values()]
}

function translate(input: NotificationInput, options: TranslationOptions): Translation {
  const type: unknown = input.eventType
  if (typeof type !== 'string') throw new UnreadableError('bad_event_type', 'the event type is not a text')
  if (type.startsWith(COMMAND)) return translateCommand(input.payload)
  if (OWN_STATUS.test(type)) return ignored('echo')
  if (type === AGENT_DELETED) return { events: [{ kind: 'agent', type: 'agent_deleted' }] }
  for (const [driver, table] of TABLES) {
    const rule = table.get(type)
    if (rule === undefined) continue
    if (!options.enabledDrivers.includes(driver)) return ignored('driver_disabled')
    if (rule.ipsecVpn && !options.ipsecVpn) return ignored('vpn_disabled')
    const views = viewsOf(input.payload, rule.object)
    const foreign = views.filter((view) => !isOwnPort(view))
    const unplugged = views.flatMap((view) => unpluggedEvent(view, type) ?? [])
    if (unplugged.length > 0 && foreign.length === 0) return { events: unplugged }
    if (foreign.length === 0) return ignored(views.length > 0 ? 'echo' : 'not_ours')
    return { events: merged(foreign.map((view) => eventOf(driver, rule, view, input))) }
  }
  return ignored('not_ours')
}

/**
 * What a notification means: none, one or (bulk requests) several events. Pure; never throws: what cannot be understood comes back as
 * `poison` with its reason.
 */
export function notificationToEvents(input: NotificationInput, options: TranslationOptions): Translation {
  return readable(() => translate(input, options))
}
