import { isObject, type JsonObject, list, ShapeError, text, textOr } from '../http/shape.ts'
import type { NovaInterface, NovaServer } from '../types.ts'

/** Reads a server with its details. */
export function readServer(source: JsonObject): NovaServer {
  return {
    id: text(source, 'id'),
    name: text(source, 'name'),
    status: text(source, 'status'),
    created: text(source, 'created'),
    image_id: imageId(source.image),
    tenant_id: textOr(source, 'tenant_id', ''),
    fault: isObject(source.fault) ? textOr(source.fault, 'message', '') : null,
    task_state: textOr(source, 'OS-EXT-STS:task_state', null),
  }
}

/** A server that booted from a volume has '' for its image. */
function imageId(image: unknown): string | null {
  if (image === '' || image === null || image === undefined) return null
  if (isObject(image)) return text(image, 'id')
  throw new ShapeError('image', 'an object')
}

/** Reads an interface of a server. Nova lists them by port id, not in attach order. */
export function readInterface(source: JsonObject): NovaInterface {
  return {
    port_id: text(source, 'port_id'),
    net_id: text(source, 'net_id'),
    mac_addr: text(source, 'mac_addr'),
    fixed_ips: list(source, 'fixed_ips', (address) => ({
      subnet_id: text(address, 'subnet_id'),
      ip_address: text(address, 'ip_address'),
    })),
  }
}
