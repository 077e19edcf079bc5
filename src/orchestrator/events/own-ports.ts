import { normalizeUuid } from '../../shared/index.ts'
import { at, field, idAt, type JsonObject } from './payload.ts'
import type { ResourceEvent } from './types.ts'

const OWN_NAME = /^(?:ASTARA|AKANDA):/
const INSTANCE_PORT = /^(?:ASTARA|AKANDA):(?:MGT|VRRP|LB):(.+)$/
/** Owner of the port by which an orchestrator itself is on the management network. */
const HOST_PORT_OWNER = 'network:astara'

/** A port that we made for an instance or for ourselves: its create, Nova's binding of it and its delete are our own doing. */
export function isOwnPort(view: JsonObject): boolean {
  const port = field(view, 'port')
  const name = field(port, 'name')
  return (typeof name === 'string' && OWN_NAME.test(name)) || field(port, 'device_owner') === HOST_PORT_OWNER
}

/**
 * An instance's port lost its plug: Nova takes device and host off it when it is detached or its instance is deleted (`boot-4`), or it
 * was deleted. null: it is something else.
 */
export function unpluggedEvent(view: JsonObject, type: string): ResourceEvent | null {
  const port = field(view, 'port')
  const name = field(port, 'name')
  const resourceId = normalizeUuid((typeof name === 'string' ? INSTANCE_PORT.exec(name)?.[1] : undefined) ?? '')
  const portId = idAt(port, ['id'])
  if (resourceId === null || portId === null) return null
  const isFree = at(port, ['device_id']) === '' && at(port, ['binding:host_id']) === ''
  if (type !== 'port.delete.end' && !(type === 'port.update.end' && isFree)) return null
  return {
    kind: 'resource',
    // A management port does not say what it is for; whoever has the resource knows.
    driver: null,
    resourceId,
    tenantId: null,
    tenantFrom: 'none',
    action: 'update',
    priority: 'event',
    source: 'notification',
    type,
    hints: null,
    imageUuid: null,
    reason: null,
    force: false,
    unpluggedPort: portId,
  }
}
