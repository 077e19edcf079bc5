import { hasStatus, OpenStackError } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { listCollection } from '../http/lister.ts'
import { isPathId, path } from '../http/path.ts'
import { type JsonObject, member, numbersOf, object, requiredList, text } from '../http/shape.ts'
import type { CallOptions, NovaClient, NovaFlavor } from '../types.ts'
import { absentIsDone, nothing } from './absent.ts'
import { readInterface, readServer } from './nova-shapes.ts'

const readFlavor = (source: JsonObject): NovaFlavor => ({
  id: text(source, 'id'),
  name: text(source, 'name'),
  ...numbersOf(source, ['disk', 'ram']),
})

const SERVERS = { path: path`/servers/detail`, key: 'servers', read: readServer }
const FLAVORS = { path: path`/flavors/detail`, key: 'flavors', read: readFlavor }

/** A client of Nova v2.1 (its first microversion: every field used here is in it). */
export function createNova(call: Caller): NovaClient {
  return {
    listServers(filter = {}, options) {
      const wanted = {
        ...(filter.name === undefined ? {} : { name: filter.name }),
        ...(filter.allTenants === true ? { all_tenants: '1' } : {}),
      }
      return listCollection(call, SERVERS, wanted, options)
    },
    async getServer(id, options) {
      const read = (body: unknown) => member(object(body, 'the body'), 'server', readServer)
      return call({ method: 'GET', path: path`/servers/${id}`, read }, options)
    },
    async createServer(server, options) {
      const read = (body: unknown) => member(object(body, 'the body'), 'server', (made) => ({ id: text(made, 'id') }))
      // Nova quotes what it refuses, and user data may hold keys.
      const secrets = server.user_data === undefined ? [] : [server.user_data]
      return call({ method: 'POST', path: path`/servers`, body: { server }, secrets, read }, options)
    },
    async deleteServer(id, options) {
      await absentIsDone(call({ method: 'DELETE', path: path`/servers/${id}`, read: nothing }, options))
    },
    async listInterfaces(serverId, options) {
      const read = (body: unknown) => requiredList(object(body, 'the body'), 'interfaceAttachments', readInterface)
      return call({ method: 'GET', path: path`/servers/${serverId}/os-interface`, read }, options)
    },
    async attachInterface(serverId, portId, options) {
      const body = { interfaceAttachment: { port_id: portId } }
      await call({ method: 'POST', path: path`/servers/${serverId}/os-interface`, body, read: nothing }, options)
    },
    async detachInterface(serverId, portId, options) {
      const target = path`/servers/${serverId}/os-interface/${portId}`
      await absentIsDone(call({ method: 'DELETE', path: target, read: nothing }, options))
    },
    async getFlavor(idOrName, options) {
      return (await flavorById(call, idOrName, options)) ?? flavorByName(call, idOrName, options)
    },
  }
}

async function flavorById(call: Caller, id: string, options?: CallOptions): Promise<NovaFlavor | null> {
  if (!isPathId(id)) return null
  try {
    const read = (body: unknown) => member(object(body, 'the body'), 'flavor', readFlavor)
    return await call({ method: 'GET', path: path`/flavors/${id}`, read }, options)
  } catch (error) {
    if (hasStatus(error, 404)) return null
    throw error
  }
}

async function flavorByName(call: Caller, name: string, options?: CallOptions): Promise<NovaFlavor> {
  // Without is_public=None an administrator is shown the public ones only, and an appliance's flavor is usually private.
  const flavors = await listCollection(call, FLAVORS, { is_public: 'None' }, options)
  const found = flavors.find((flavor) => flavor.name === name)
  if (found !== undefined) return found
  throw new OpenStackError({
    service: 'nova',
    method: 'GET',
    url: '/flavors/detail',
    pathTemplate: '/v2.1/flavors/detail',
    status: 404,
    requestId: null,
    type: 'FlavorNotFound',
    detail: `no flavor has the id or the name ${JSON.stringify(name)}`,
    retryable: false,
    retryAfterMs: null,
    suggestions: ['List the flavors: openstack flavor list --all'],
  })
}
