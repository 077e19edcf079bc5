import type { DriverName } from '../../contract/index.ts'
import { field, idOf, isObject, type JsonObject, UnreadableError } from './payload.ts'
import { ignored, readable, type Translation } from './translation.ts'
import type { CommandEvent, ResourceEvent } from './types.ts'

const WILDCARDS: readonly unknown[] = ['*', 'error']
const REASON_LIMIT = 1000
const NAME_LIMIT = 100

const isWildcard = (value: string | null): boolean => WILDCARDS.includes(value)

/** An id, or one of the words for many: `*` (all) and `error` (all in error). */
function target(payload: JsonObject, ...keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = field(payload, key)
    if (typeof value === 'string' && isWildcard(value)) return value
    const id = idOf(value, key)
    if (id !== null) return id
  }
  return null
}

function required(id: string | null, what: string): string {
  if (id === null) throw new UnreadableError('missing_id', `the command names no ${what}`)
  return id
}

function reasonOf(payload: JsonObject): string | null {
  const reason = field(payload, 'reason')
  if (reason === undefined) return null
  if (typeof reason !== 'string') throw new UnreadableError('bad_payload', 'reason is not a text')
  return reason.slice(0, REASON_LIMIT)
}

/** Who asked: our own command line says so, the original's does not. */
function byOf(payload: JsonObject): string | null {
  const by = field(payload, 'by')
  return typeof by === 'string' && by !== '' ? by.slice(0, NAME_LIMIT) : null
}

const IMAGE_KEYS = ['router_image_uuid', 'resource_image_uuid', 'image_uuid']

function imageOf(payload: JsonObject): string | null {
  const key = IMAGE_KEYS.find((name) => field(payload, name) !== undefined)
  return key === undefined ? null : idOf(field(payload, key), key)
}

function enabledOf(payload: JsonObject): boolean {
  const value = field(payload, 'enabled')
  if (value === 1 || value === true || value === '1') return true
  if (value === 0 || value === false || value === '0') return false
  throw new UnreadableError('bad_payload', 'enabled is neither 1 nor 0')
}

/** Resource commands that end up in state machines. */
const ACTIONS: Readonly<
  Record<
    string,
    { readonly driver: DriverName | null; readonly action: 'update' | 'rebuild'; readonly ids: readonly string[] }
  >
> = {
  'router-update': { driver: 'router', action: 'update', ids: ['router_id'] },
  'router-rebuild': { driver: 'router', action: 'rebuild', ids: ['router_id'] },
  'resource-update': { driver: null, action: 'update', ids: ['resource_id', 'router_id'] },
  'resource-rebuild': { driver: null, action: 'rebuild', ids: ['resource_id', 'router_id'] },
}

const event = (type: string, changes: Partial<ResourceEvent> & Pick<ResourceEvent, 'action'>): ResourceEvent => ({
  kind: 'resource',
  driver: null,
  resourceId: '*',
  tenantId: '*',
  tenantFrom: 'none',
  priority: 'operator',
  source: 'command',
  type,
  hints: null,
  imageUuid: null,
  reason: null,
  force: false,
  ...changes,
})

const command = (name: CommandEvent['command'], changes: Partial<CommandEvent> = {}): CommandEvent => ({
  kind: 'command',
  command: name,
  resourceId: null,
  tenantId: null,
  enabled: null,
  reason: null,
  ...changes,
})

const one = (only: ResourceEvent | CommandEvent): Translation => ({ events: [only] })

function act(name: string, payload: JsonObject): Translation | null {
  const known = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (known === undefined) return null
  const tenant = target(payload, 'tenant_id')
  // Either wildcard says "of any tenant": which resources are meant, their own id says.
  const tenantId = tenant === null || isWildcard(tenant) ? '*' : tenant
  return one(
    event(name, {
      driver: known.driver,
      action: known.action,
      resourceId: required(target(payload, ...known.ids), known.driver ?? 'resource'),
      tenantId,
      tenantFrom: tenantId === '*' ? 'none' : 'payload',
      imageUuid: known.action === 'rebuild' ? imageOf(payload) : null,
      reason: reasonOf(payload),
      by: byOf(payload),
      force: true,
    }),
  )
}

/** @throws UnreadableError when the command can never be understood. */
export function translateCommand(payload: unknown): Translation {
  if (!isObject(payload)) throw new UnreadableError('bad_payload', 'the command is not an object')
  const name = field(payload, 'command')
  if (typeof name !== 'string') throw new UnreadableError('bad_payload', 'the command has no name')
  const acted = act(name, payload)
  if (acted !== null) return acted
  switch (name) {
    case 'poll':
      return one(event(name, { action: 'poll' }))
    case 'workers-debug':
    case 'config-reload':
      return one(command(name, { by: byOf(payload) }))
    case 'router-debug':
    case 'resource-debug':
    case 'router-manage':
    case 'resource-manage': {
      const resourceId = required(target(payload, 'resource_id', 'router_id'), 'resource')
      const debug = name.endsWith('-debug')
      if (debug && isWildcard(resourceId)) return ignored('refused', 'debug mode takes one id, not a wildcard')
      const tenantId = target(payload, 'tenant_id')
      return one(
        command(debug ? 'resource-debug' : 'resource-manage', {
          resourceId,
          tenantId,
          reason: reasonOf(payload),
          by: byOf(payload),
        }),
      )
    }
    case 'tenant-debug':
    case 'tenant-manage': {
      const tenantId = required(target(payload, 'tenant_id'), 'tenant')
      if (name === 'tenant-debug' && isWildcard(tenantId)) {
        return ignored('refused', 'debug mode takes one tenant, not a wildcard')
      }
      return one(command(name, { tenantId, reason: reasonOf(payload), by: byOf(payload) }))
    }
    case 'global-debug':
      return one(command(name, { enabled: enabledOf(payload), reason: reasonOf(payload), by: byOf(payload) }))
    default:
      throw new UnreadableError('unknown_command', `unknown command ${JSON.stringify(name.slice(0, 100))}`)
  }
}

/**
 * An operator's command: the payload of an `astara.command` notification. An id must be a UUID, or `*` or `error` where many may be
 * meant: never for debug mode. Pure; never throws: what cannot be understood comes back as `poison` with its reason.
 */
export function commandToEvents(payload: unknown): Translation {
  return readable(() => translateCommand(payload))
}
